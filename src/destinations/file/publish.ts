import { link, lstat, open, rename, rmdir, mkdir, unlink } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Holds what is being written. Begins with a dot, so that readers which list the folder pass it by. */
export const PARTIAL_FOLDER = '.tocsin-partial'

/** Written at a time, so that an abort is heard within one such write. */
const CHUNK_BYTES = 1024 * 1024

/** What file systems answer that know no second name for a file: FAT, exFAT, many network and user-space ones. */
const NO_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

/** What file systems answer that have nothing to flush for a folder. */
const NO_FOLDER_SYNC: ReadonlySet<string> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EBADF',
])

/** The one call that a file system may lack; an argument, so that a test can lack it. */
export type Link = (existing: string, name: string) => Promise<void>
export const systemLink: Link = link

/** Writes a new file and flushes it to the disk. Refuses one that exists; throws the signal's reason when it aborts. */
export async function writeDurably(
  path: string,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  const handle = await open(path, 'wx')
  try {
    await writeChunks(handle, bytes, signal)
    await handle.sync()
  } finally {
    await handle.close()
  }
  signal.throwIfAborted()
}

async function writeChunks(
  handle: FileHandle,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<void> {
  let at = 0
  while (at < bytes.length) {
    signal.throwIfAborted()
    const { bytesWritten } = await handle.write(bytes, at, Math.min(CHUNK_BYTES, bytes.length - at))
    at += bytesWritten
  }
}

/**
 * Gives a finished file its final name in one step, so that a reader sees it whole or not at all. A name that is taken
 * stays as it is: `taken`.
 *
 * A hard link never replaces anything. Where there are none, the name is looked for and then the file is moved there.
 * Between the two somebody else could take the name and would lose his file; but the names are our own, and another
 * worker of ours would put the same bytes there. The alternatives are worse: opening the final name and writing into
 * it shows readers half a file, and a lock file outlives a worker that is killed.
 */
export async function publishOnce(
  temporary: string,
  final: string,
  linkFile: Link,
): Promise<'published' | 'taken'> {
  try {
    await linkFile(temporary, final)
    return 'published'
  } catch (thrown) {
    const code = systemCode(thrown)
    if (code === 'EEXIST') return 'taken'
    if (!NO_HARD_LINKS.has(code)) throw thrown
  }
  if (await exists(final)) return 'taken'
  await rename(temporary, final)
  return 'published'
}

/**
 * Makes the names in a folder survive a power cut, and those of the folders above it, up to and with `root`. All of
 * them each time: a worker that was killed may have made a folder and not come so far.
 */
export async function syncFolders(folder: string, root: string): Promise<void> {
  for (let path = folder; ; path = dirname(path)) {
    await syncFolder(path)
    if (path === root || path === dirname(path)) return
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } catch (thrown) {
    if (!NO_FOLDER_SYNC.has(systemCode(thrown))) throw thrown
  } finally {
    await handle.close()
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (thrown) {
    return unlessCode(thrown, ['ENOENT'], false)
  }
}

/** Makes one folder; one that is there already is as good. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((thrown: unknown) => unlessCode(thrown, ['EEXIST'], undefined))
}

export async function removeFile(path: string): Promise<void> {
  await unlink(path).catch((thrown: unknown) => unlessCode(thrown, ['ENOENT'], undefined))
}

/** Removes a folder if nothing is in it. */
export async function removeEmptyFolder(path: string): Promise<void> {
  await rmdir(path).catch((thrown: unknown) =>
    unlessCode(thrown, ['ENOENT', 'ENOTEMPTY', 'EEXIST'], undefined),
  )
}

/** The code of a system error; anything else is a bug and goes on as it came. */
export function systemCode(thrown: unknown): string {
  if (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    'syscall' in thrown
  ) {
    return thrown.code
  }
  throw thrown
}

function unlessCode<T>(thrown: unknown, codes: readonly string[], value: T): T {
  if (codes.includes(systemCode(thrown))) return value
  throw thrown
}
