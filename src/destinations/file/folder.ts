import { createHash } from 'node:crypto'
import { lstat, open, readdir, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ExportPart } from '../../domain/export-part.ts'
import type { Destination, DestinationDeps, SendOutcome } from '../destination.ts'
import { checkFolder } from './check-folder.ts'
import { classify } from './classify.ts'
import {
  PARTIAL_FOLDER,
  exists,
  makeFolder,
  publishOnce,
  removeEmptyFolder,
  removeFile,
  syncFolders,
  systemCode,
  systemLink,
  writeDurably,
} from './publish.ts'
import type { Link } from './publish.ts'

/** Segments of the alphabet of keys (delivery.md F.3), so that none can lead out of the folder. */
const KEY = /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/

/** @param linkFile Replaced only to stand in for a file system without hard links. */
export function openFolder(
  path: string,
  deps: DestinationDeps,
  linkFile: Link = systemLink,
): Destination {
  const root = resolve(path)
  return {
    async send(part, signal) {
      if (!staysInside(part.key)) {
        return { kind: 'rejected', reason: `the key is not a path below the folder: ${part.key}` }
      }
      try {
        return await sendPart(root, part, { signal, linkFile, randomHex: deps.randomHex })
      } catch (thrown) {
        if (signal.aborted)
          return { kind: 'retryable', reason: 'stopped before the file was complete' }
        return outcomeOf(systemCode(thrown), root)
      }
    },
    check: (signal) => checkFolder(root, { signal, linkFile, randomHex: deps.randomHex }),
  }
}

interface SendContext {
  readonly signal: AbortSignal
  readonly linkFile: Link
  readonly randomHex: (bytes: number) => string
}

async function sendPart(
  root: string,
  part: ExportPart,
  context: SendContext,
): Promise<SendOutcome> {
  context.signal.throwIfAborted()
  const final = join(root, part.key)
  const partial = join(root, PARTIAL_FOLDER)
  const leftoverPrefix = `${sha256(part.key).slice(0, 32)}.`
  // Never recursive: if the folder itself is gone, its disk may be, and a new one would hide that.
  await makeFolder(partial)
  const temporary = join(partial, leftoverPrefix + context.randomHex(8))
  try {
    await removeLeftovers(partial, leftoverPrefix)
    await makeFoldersBelow(root, part.key)
    let taken = await exists(final)
    if (!taken) {
      await writeDurably(temporary, part.bytes, context.signal)
      taken = (await publishOnce(temporary, final, context.linkFile)) === 'taken'
    }
    if (taken) {
      const conflict = await compare(final, part.bytes)
      if (conflict !== undefined) return conflict
    }
    await syncFolders(dirname(final), root)
    return { kind: 'delivered', receipt: pathToFileURL(final).href }
  } finally {
    await removeFile(temporary)
    await removeEmptyFolder(partial)
  }
}

/** What an attempt at the same key left behind when it was killed. */
async function removeLeftovers(partial: string, prefix: string): Promise<void> {
  const names = await readdir(partial)
  await Promise.all(
    names.filter((name) => name.startsWith(prefix)).map((name) => removeFile(join(partial, name))),
  )
}

async function makeFoldersBelow(root: string, key: string): Promise<void> {
  let folder = root
  for (const segment of key.split('/').slice(0, -1)) {
    folder = join(folder, segment)
    await makeFolder(folder)
  }
}

/** Nothing if the file holds just these bytes; then it is flushed, for it may be from a worker that was killed. */
async function compare(final: string, bytes: Uint8Array): Promise<SendOutcome | undefined> {
  if (!(await lstat(final)).isFile()) {
    return { kind: 'rejected', reason: `what lies at the key is not a file: ${final}` }
  }
  const handle = await open(final, 'r')
  try {
    const theirs = await contentSha256(handle)
    const ours = sha256(bytes)
    if (ours !== theirs) return { kind: 'key_occupied', ours, theirs }
    await handle.sync()
    return undefined
  } finally {
    await handle.close()
  }
}

async function contentSha256(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256')
  const chunks: AsyncIterable<Buffer> = handle.createReadStream({ autoClose: false })
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}

/** A name that vanishes while the folder stands was taken away by another worker; that passes. */
async function outcomeOf(code: string, root: string): Promise<SendOutcome> {
  if (code === 'ENOENT' && (await isFolder(root))) {
    return {
      kind: 'retryable',
      reason: `${root}: a file was removed while it was being written (ENOENT)`,
    }
  }
  return classify(code, root)
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  return found?.isDirectory() ?? false
}

function staysInside(key: string): boolean {
  const segments = key.split('/')
  return (
    KEY.test(key) &&
    !segments.includes('.') &&
    !segments.includes('..') &&
    segments[0] !== PARTIAL_FOLDER
  )
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex')
}
