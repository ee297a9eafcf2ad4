import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError, errorCodeOf } from '../../errors.ts'

export interface User {
  readonly uid: number
  readonly gid: number
}

/** Where everything of one embedded server lies. */
export interface Places {
  /** As the command named it, absolute and with symbolic links resolved. */
  readonly dataDir: string
  /** Parent of the cluster: the data directory, unless the server's user cannot reach that. */
  readonly base: string
  /** PostgreSQL's own data directory. */
  readonly cluster: string
  /** Folder of the sockets, of PostgreSQL's and the supervisor's. */
  readonly runFolder: string
  readonly controlSocket: string
  readonly logFile: string
  /** Whom PostgreSQL runs as when the command is root, whom it refuses; undefined: the command's own user. */
  readonly runAs: User | undefined
}

/** `nobody` on Linux: in /etc/passwd of every distribution, which initdb asks for its name. */
const NOBODY: User = { uid: 65_534, gid: 65_534 }

/** Where root keeps a cluster that `nobody` cannot reach in its data directory. */
const SYSTEM_FOLDER = '/var/lib/tocsin'

/** For sockets whose path would be too long. Not os.tmpdir(): commands with another TMPDIR must meet there too. */
const SHORT_FOLDER = '/tmp'

/** `sun_path` of struct sockaddr_un without its final zero: 108 bytes on Linux, 104 on macOS. */
const MAX_SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107

/** The longest name in the run folder, with the highest process id of Linux. */
const LONGEST_SOCKET_NAME = 'candidate.4194304.sock'

/**
 * Finds the places of the embedded server of a data directory, and makes that directory. The same for every command
 * of one user.
 *
 * @throws AppError `database_unavailable` where the directory cannot be made, or for root on macOS.
 */
export async function findPlaces(dataDir: string): Promise<Places> {
  const folder = await makeFolder(dataDir)
  const runAs = await serverUser(join(folder, 'postgres'))
  const reachable = runAs === undefined || (await canReach(folder, runAs))
  const base = reachable ? folder : await makeSystemFolder(hashOf(folder))
  const runFolder = runFolderOf(base)
  return {
    dataDir: folder,
    base,
    cluster: join(base, 'postgres'),
    runFolder,
    controlSocket: join(runFolder, 'control.sock'),
    logFile: join(folder, 'postgres.log'),
    runAs,
  }
}

/** Makes a folder that only PostgreSQL's user (and root) enters, and refuses one that is another's. */
export async function ensurePrivateFolder(path: string, runAs: User | undefined): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((thrown: unknown) => {
    if (errorCodeOf(thrown) !== 'EEXIST') throw thrown
  })
  const found = await lstat(path)
  if (!found.isDirectory() || ![process.geteuid?.(), runAs?.uid].includes(found.uid)) {
    throw new AppError(
      'database_unavailable',
      `${path} belongs to another user: run as that user, or remove it`,
    )
  }
  if (runAs !== undefined) await chown(path, runAs.uid, runAs.gid)
  if ((found.mode & 0o777) !== 0o700) await chmod(path, 0o700)
}

/** Whether a user may enter each folder of an absolute path and, if it ends in a program, run that. */
export async function canReach(path: string, user: User): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    const found = await stat(at)
    const shift = found.uid === user.uid ? 6 : found.gid === user.gid ? 3 : 0
    if (((found.mode >> shift) & 1) === 0) return false
    if (at === dirname(at)) return true
  }
}

async function makeFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true })
    return await realpath(path)
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `The folder ${path} cannot be made (${errorCodeOf(thrown)}): choose a data directory by TOCSIN_DATA_DIR`,
      { cause: thrown },
    )
  }
}

async function makeSystemFolder(name: string): Promise<string> {
  const folder = await makeFolder(join(SYSTEM_FOLDER, name))
  // Whatever root's umask is, the server's user must pass.
  await chmod(SYSTEM_FOLDER, 0o755)
  await chmod(folder, 0o755)
  return folder
}

/** Root keeps the owner of a cluster that an ordinary user has made. */
async function serverUser(cluster: string): Promise<User | undefined> {
  if (process.geteuid?.() !== 0) return undefined
  if (process.platform === 'darwin') {
    throw new AppError(
      'database_unavailable',
      'The embedded PostgreSQL does not run as root on macOS: run as an ordinary user, or set DATABASE_URL',
    )
  }
  const found = await stat(cluster).catch(() => undefined)
  return found === undefined || found.uid === 0 ? NOBODY : { uid: found.uid, gid: found.gid }
}

function runFolderOf(base: string): string {
  const beside = join(base, 'run')
  const longest = Buffer.byteLength(join(beside, LONGEST_SOCKET_NAME))
  return longest <= MAX_SOCKET_PATH_BYTES ? beside : join(SHORT_FOLDER, `tocsin-${hashOf(base)}`)
}

function hashOf(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 16)
}
