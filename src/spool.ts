import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCodeOf } from './errors.ts'

/** Who makes a spool: a folder is told to be left over by the machine and the process in its name. */
interface Owner {
  readonly hostname: string
  readonly pid: number
}

/**
 * A new folder of this process's own in `parent`, which is made where it is not there. Removes the folders that processes
 * of the same machine left there when they were killed, and nothing else: `parent` may hold what is not ours.
 */
export async function openSpool(parent: string, owner: Owner): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const prefix = `tocsin-${owner.hostname.replaceAll(/[^\w.-]/g, '_')}-`
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (entry.isDirectory() && isLeftOver(entry.name, prefix))
      await rm(join(parent, entry.name), { recursive: true, force: true })
  }
  return mkdtemp(join(parent, `${prefix}${owner.pid}-`))
}

function isLeftOver(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false
  // Six characters are what mkdtemp adds.
  const [, pid] = /^([1-9]\d{0,9})-[A-Za-z0-9]{6}$/.exec(name.slice(prefix.length)) ?? []
  return pid !== undefined && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (thrown) {
    // One that belongs to somebody else runs all the same.
    return errorCodeOf(thrown) !== 'ESRCH'
  }
}
