import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Place } from './contract/destination-contract.ts'

export interface FilePlace extends Place {
  readonly root: string
  readonly config: { readonly path: string }
}

/** A folder that is not there yet, as when a destination is added. */
export async function makeFilePlace(): Promise<FilePlace> {
  const parent = await mkdtemp(join(tmpdir(), 'tocsin-file-'))
  const root = join(parent, 'out')
  const listAll = async () => {
    const entries = await readdir(root, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => !entry.isDirectory() || entry.name.startsWith('.'))
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  }
  return {
    root,
    config: { path: root },
    listAll,
    async arrived() {
      const names = (await listAll()).filter((name) => !name.startsWith('.'))
      const contents = await Promise.all(
        names.map(async (name) => [name, await readFile(join(root, name))] as const),
      )
      return new Map(contents)
    },
    async occupy(key, bytes) {
      await mkdir(dirname(join(root, key)), { recursive: true })
      await writeFile(join(root, key), bytes)
    },
    remove: () => rm(parent, { recursive: true, force: true }),
  }
}
