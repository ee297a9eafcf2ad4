import type { ChildProcess } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, errorCodeOf } from '../../errors.ts'
import type { Binaries } from './binaries.ts'
import { describeProcess } from './describe-process.ts'
import type { ProcessDescription } from './describe-process.ts'
import type { Places } from './places.ts'
import { endOf, programFailure, startProgram } from './run-program.ts'

/** A running PostgreSQL that is our child and owns the cluster. */
export interface Postmaster {
  /** Answers how it ended, once it has. */
  readonly ended: Promise<string>
  /** Disconnects everyone, writes a checkpoint and ends. */
  stop(): Promise<void>
}

/** Name of the supervisor's program, by which a process is told to be one. */
export const SUPERVISOR_PROGRAM = 'supervisor-process'

/**
 * For a shutdown checkpoint of a full buffer pool on a slow disk. After it the server is ended at once, and replays
 * its log when it starts again.
 */
const FAST_STOP_MS = 30_000

/** How often files and processes are looked at: short beside a start (65 ms warm), long beside a look (0.1 ms). */
const POLL_MS = 10

/** After a crash, orphaned backends hold the shared memory until they notice: well under a second. 3.1 s in all. */
const RETRY_WAITS_MS = [100, 200, 400, 800, 1600]

/** A laptop's share, and enough for bulk: measured with scans of a million findings. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '', // only the socket, in a folder of our own
  ssl: 'off',
  timezone: 'UTC',
  io_method: 'sync', // 12 % faster than worker processes on two cores
  shared_buffers: '256MB', // holds the indexes that a merge of a large scan probes
  work_mem: '64MB', // a merge sorts and hashes a scan's rows in memory; few sessions run at a time
  maintenance_work_mem: '256MB', // index builds of migrations and restores
  client_connection_check_interval: '1s', // a killed command's statement, and with it its locks, ends soon
  max_wal_size: '2GB', // a large scan spans few checkpoints, and so writes few full pages
}

/**
 * Starts PostgreSQL and answers when it takes connections and owns the cluster: line 1 of its postmaster.pid is our
 * child. May take long after a crash, while it replays its log.
 *
 * @throws AppError `database_unavailable` when it ends again and again; the signal's reason when aborted.
 */
export async function startPostmaster(
  places: Places,
  binaries: Binaries,
  stop: AbortSignal,
): Promise<Postmaster> {
  for (let attempt = 0; ; attempt++) {
    stop.throwIfAborted()
    const postmaster = await launch(places, binaries, stop)
    if (postmaster !== undefined) return postmaster
    const waitMs = RETRY_WAITS_MS[attempt]
    if (waitMs === undefined)
      throw await programFailure('PostgreSQL does not start', places.logFile)
    await sleep(waitMs, undefined, { signal: stop })
  }
}

/**
 * Ends a postmaster that its supervisor has left behind: none but its own supervisor's commands may use one. Waits
 * for one whose supervisor is about to stop it. A process that merely got its number is left alone.
 *
 * @throws AppError `database_unavailable` when a supervisor that we cannot reach keeps its postmaster.
 */
export async function clearPostmaster(
  places: Places,
  log: (line: string) => void,
  stop: AbortSignal,
): Promise<void> {
  const pid = (await readPostmasterPid(places.cluster))?.pid
  const found = pid === undefined ? undefined : await describeProcess(pid)
  if (pid === undefined || found === undefined) return
  if (!isPostmaster(found, places.cluster)) {
    log(`postmaster.pid names process ${pid}, which is another program: removing it`)
    return removeLockFiles(places)
  }
  const supervisor = await describeProcess(found.parent)
  if (supervisor?.command.includes(SUPERVISOR_PROGRAM) === true) {
    if (await isGone(pid, places.cluster, FAST_STOP_MS, stop)) return
    throw new AppError(
      'database_unavailable',
      `The database in ${places.cluster} is in use by process ${found.parent}, whose sockets in ` +
        `${places.runFolder} are gone: end that process`,
    )
  }
  log(`postmaster ${pid} has lost its supervisor: stopping it`)
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    sendSignal(pid, signal)
    if (await isGone(pid, places.cluster, FAST_STOP_MS, stop)) return
  }
  throw new AppError('database_unavailable', `PostgreSQL, process ${pid}, does not end: kill it`)
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (thrown) {
    if (errorCodeOf(thrown) !== 'ESRCH') throw thrown // it has just ended
  }
}

async function launch(
  places: Places,
  binaries: Binaries,
  stop: AbortSignal,
): Promise<Postmaster | undefined> {
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const args = ['-D', places.cluster, '-k', places.runFolder, ...settings]
  const child = startProgram(binaries.postgres, args, { runAs: places.runAs, stdin: 'ignore' })
  const ended = endOf(child)
  const postmaster = { ended, stop: () => stopChild(child, ended) }
  try {
    while (isRunning(child)) {
      const owner = await readPostmasterPid(places.cluster)
      if (owner?.pid === child.pid && owner?.status === 'ready') return postmaster
      await sleep(POLL_MS, undefined, { signal: stop })
    }
    return undefined
  } catch (thrown) {
    await postmaster.stop()
    throw thrown
  }
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill('SIGINT')
  const impatience = setTimeout(() => child.kill('SIGQUIT'), FAST_STOP_MS)
  await ended
  clearTimeout(impatience)
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null
}

/** Lines 1 and 8 of postmaster.pid (miscadmin.h of PostgreSQL). */
async function readPostmasterPid(
  cluster: string,
): Promise<{ readonly pid: number; readonly status: string | undefined } | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  return Number.isInteger(pid) && pid > 0 ? { pid, status: lines[7]?.trim() } : undefined
}

/** By the arguments that `launch` gives, which no other process has. */
function isPostmaster(found: ProcessDescription | undefined, cluster: string): boolean {
  return found?.command.includes(`postgres -D ${cluster} -k `) ?? false
}

/** PostgreSQL believes the number in them, and would not start while that other program runs. */
async function removeLockFiles(places: Places): Promise<void> {
  await rm(join(places.cluster, 'postmaster.pid'), { force: true })
  await rm(join(places.runFolder, '.s.PGSQL.5432.lock'), { force: true })
}

async function isGone(
  pid: number,
  cluster: string,
  withinMs: number,
  stop: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isPostmaster(await describeProcess(pid), cluster)) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS, undefined, { signal: stop })
  }
  return true
}
