import { randomBytes } from 'node:crypto'
import { chown, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { AppError, errorCodeOf } from '../../errors.ts'
import type { Binaries } from './binaries.ts'
import { ensurePrivateFolder } from './places.ts'
import type { Places } from './places.ts'
import { runProgram } from './run-program.ts'

/** Owner of the cluster and of its one database, both of this name. */
export const DATABASE_NAME = 'tocsin'

/** Beside PostgreSQL's own files, so that cluster and password come into being with one rename. */
const PASSWORD_FILE = 'tocsin-password'

/**
 * Makes the cluster where there is none, and answers its owner's password. A crash on the way leaves a folder that
 * the next start removes, never half a cluster.
 *
 * @throws AppError `database_unavailable` for a cluster of another major version, or when initdb fails.
 */
export async function prepareCluster(
  places: Places,
  binaries: Binaries,
  stop: AbortSignal,
): Promise<string> {
  await removeLeftovers(places)
  const major = await majorOf(places.cluster)
  if (major === undefined) await makeCluster(places, binaries, stop)
  else if (major !== String(binaries.major)) throw otherVersion(places.cluster, major, binaries)
  return readFile(join(places.cluster, PASSWORD_FILE), 'utf8')
}

async function makeCluster(places: Places, binaries: Binaries, stop: AbortSignal): Promise<void> {
  const workshop = `${places.cluster}.${process.pid}.new`
  const made = join(workshop, 'cluster')
  const passwordFile = join(workshop, 'password')
  await ensurePrivateFolder(workshop, places.runAs)
  const password = randomBytes(24).toString('base64url')
  await writeFile(passwordFile, password, { mode: 0o600, flush: true })
  if (places.runAs !== undefined) await chown(passwordFile, places.runAs.uid, places.runAs.gid)

  const shape = ['--locale=C', '--encoding=UTF8', '--data-checksums']
  const access = ['-U', DATABASE_NAME, '--pwfile', passwordFile, '-A', 'scram-sha-256']
  await runProgram(binaries.initdb, ['-D', made, ...access, ...shape], { places, stop })
  const single = ['--single', '-D', made, '-c', 'exit_on_error=true', 'postgres']
  const input = `create database ${DATABASE_NAME}\n`
  await runProgram(binaries.postgres, single, { places, stop, input })

  await rename(passwordFile, join(made, PASSWORD_FILE))
  await rename(made, places.cluster).catch((thrown: unknown) => {
    // A supervisor that was told to stop may still finish its cluster: as good as ours.
    if (!['ENOTEMPTY', 'EEXIST'].includes(errorCodeOf(thrown) ?? '')) throw thrown
  })
  await syncFolder(places.base)
  await rm(workshop, { recursive: true, force: true })
}

/** The rename must not be lost in a power cut after the first rows were committed. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder)
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}

async function removeLeftovers(places: Places): Promise<void> {
  const prefix = `${basename(places.cluster)}.`
  const names = await readdir(places.base)
  for (const name of names.filter((each) => each.startsWith(prefix) && each.endsWith('.new'))) {
    // An initdb whose supervisor was killed may still be writing there for a second.
    const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 100 }
    await rm(join(places.base, name), options)
  }
}

async function majorOf(cluster: string): Promise<string | undefined> {
  try {
    return (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  } catch (thrown) {
    if (errorCodeOf(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}

function otherVersion(cluster: string, major: string, binaries: Binaries): AppError {
  return new AppError(
    'database_unavailable',
    `The database in ${cluster} is PostgreSQL ${major}'s, and this Tocsin brings PostgreSQL ${binaries.major}. ` +
      `Keep that folder, and either start empty in another one (TOCSIN_DATA_DIR), or serve it with a PostgreSQL ${major} ` +
      'of your own: set DATABASE_URL to that, or take the data out of it with pg_dump',
  )
}
