import { fork } from 'node:child_process'
import { once } from 'node:events'
import { randomBytes } from 'node:crypto'
import { link, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aPart, destinationDeps, digests } from '../../../test/contract/destination-contract.ts'
import { makeFilePlace } from '../../../test/file-place.ts'
import type { FilePlace } from '../../../test/file-place.ts'
import { textWith } from '../../../test/matchers.ts'
import { openFolder } from './folder.ts'
import type { Link } from './publish.ts'

const SEND_FOR_EVER = join(import.meta.dirname, '../../../test/programs/send-for-ever.ts')
const never = new AbortController().signal

describe('a folder', () => {
  let place: FilePlace
  beforeEach(async () => {
    place = await makeFilePlace()
    await mkdir(place.root)
  })
  afterEach(() => place.remove())

  it.each([
    ['..'],
    ['../outside.gz'],
    ['tocsin/../../outside.gz'],
    ['/etc/outside.gz'],
    ['tocsin//a.gz'],
    ['tocsin/./a.gz'],
    [''],
    ['tocsin\\a.gz'],
    ['tocsin/a\0.gz'],
    ['.tocsin-partial/a.gz'],
  ])('rejects the key %j', async (key) => {
    const outcome = await openFolder(place.root, destinationDeps).send(aPart({ key }), never)

    expect(outcome.kind).toBe('rejected')
    expect(await place.listAll()).toEqual([])
  })

  it('removes what an attempt at the same key left, and nothing else', async () => {
    const part = aPart()
    const dying = openFolder(place.root, destinationDeps, () => new Promise(() => {}))
    void dying.send(part, never)
    await expect.poll(() => readdir(join(place.root, '.tocsin-partial'))).toHaveLength(1)
    await expect
      .poll(async () => (await stat(join(place.root, '.tocsin-partial', await leftover()))).size)
      .toBe(part.bytes.length)
    await writeFile(join(place.root, '.tocsin-partial', `${'0'.repeat(32)}.other`), 'another key')

    const outcome = await openFolder(place.root, destinationDeps).send(part, never)

    expect(outcome.kind).toBe('delivered')
    expect(await readdir(join(place.root, '.tocsin-partial'))).toEqual([`${'0'.repeat(32)}.other`])

    async function leftover(): Promise<string> {
      return (await readdir(join(place.root, '.tocsin-partial')))[0] ?? ''
    }
  })

  it('delivers by moving where the file system has no hard links', async () => {
    const part = aPart()
    const folder = openFolder(place.root, destinationDeps, noHardLinks)

    const outcomes = [await folder.send(part, never), await folder.send(part, never)]

    expect(outcomes.map((outcome) => outcome.kind)).toEqual(['delivered', 'delivered'])
    expect(digests(await place.arrived())).toEqual(digests(new Map([[part.key, part.bytes]])))
    expect(await place.listAll()).toEqual([part.key])
  })

  it('replaces nothing that appears while it writes', async () => {
    const part = aPart()
    const theirs = randomBytes(10)
    const late = async (existing: string, name: string) => {
      await writeFile(name, theirs)
      await link(existing, name)
    }
    const lateWithoutLinks = async (existing: string, name: string) => {
      await writeFile(name, theirs)
      await noHardLinks(existing, name)
    }

    for (const linkFile of [late, lateWithoutLinks]) {
      const outcome = await openFolder(place.root, destinationDeps, linkFile).send(part, never)

      expect(outcome.kind).toBe('key_occupied')
      expect(await readFile(join(place.root, part.key))).toEqual(theirs)
    }
  })

  it('tests a folder without hard links as well', async () => {
    const result = await openFolder(place.root, destinationDeps, noHardLinks).check(never)

    expect(result.ok).toBe(true)
    expect(await place.listAll()).toEqual([])
  })

  it('finds a file system that lets a name be taken twice', async () => {
    const replacing = async () => {}

    const result = await openFolder(place.root, destinationDeps, replacing).check(never)

    expect(result.ok).toBe(false)
    expect(result.steps.at(-1)).toMatchObject({
      ok: false,
      detail: textWith('another file system'),
    })
    expect(await place.listAll()).toEqual([])
  })

  it('says where a test failed and goes no further', async () => {
    const blocked = join(place.root, 'blocked')
    await writeFile(blocked, '')

    const result = await openFolder(join(blocked, 'out'), destinationDeps).check(never)

    expect(result.ok).toBe(false)
    expect(result.steps).toEqual([
      {
        name: 'Folder',
        ok: false,
        detail: textWith('a file lies where a folder is expected'),
      },
    ])
  })

  it('delivers through a symbolic link to the folder', async () => {
    const name = join(place.root, '..', 'link')
    await symlink(place.root, name)
    const part = aPart()

    expect(await openFolder(name, destinationDeps).send(part, never)).toMatchObject({
      kind: 'delivered',
    })
    expect(await place.listAll()).toEqual([part.key])
  })

  it('shows no reader half a file, and is finished by the next attempt, when killed at any moment', async () => {
    const part = aPart({ bytes: Buffer.alloc(4 * 1024 * 1024, 'tocsin') })
    for (const killAfterMs of [0, 1, 2, 4, 8, 16, 32]) {
      const child = fork(SEND_FOR_EVER, [place.root, part.key, String(part.bytes.length)])
      await once(child, 'message')
      await new Promise((resolve) => setTimeout(resolve, killAfterMs))
      child.kill('SIGKILL')
      await once(child, 'exit')

      for (const bytes of (await place.arrived()).values())
        expect(Buffer.compare(bytes, part.bytes)).toBe(0)
    }

    const outcome = await openFolder(place.root, destinationDeps).send(part, never)

    expect(outcome.kind).toBe('delivered')
    expect(await place.listAll()).toEqual([part.key])
  })
})

const noHardLinks: Link = async () => {
  throw Object.assign(new Error('operation not permitted'), { code: 'EPERM', syscall: 'link' })
}
