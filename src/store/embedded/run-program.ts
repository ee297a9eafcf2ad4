import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError, toError } from '../../errors.ts'
import type { Places } from './places.ts'

/**
 * The environment of what we start: ours would change PostgreSQL (PGPORT, TZ, LC_*). Without a valid LC_ALL its
 * postmaster refuses to start on macOS.
 */
export const PLAIN_ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/bin:/bin' }

/** The line with which a supervisor begins to write into the log; what stands before it is another's. */
export const STARTED = 'started'

/** Enough for the last message of a program that ended. */
const LOG_TAIL_BYTES = 8192

/** Starts a program of PostgreSQL as the server's user; what it prints goes where ours goes, to the log file. */
export function startProgram(
  program: string,
  args: readonly string[],
  options: { readonly runAs: Places['runAs']; readonly stdin: 'pipe' | 'ignore' },
): ChildProcess {
  return spawn(program, [...args], {
    ...options.runAs,
    cwd: '/',
    env: PLAIN_ENVIRONMENT,
    stdio: [options.stdin, 'inherit', 'inherit'],
  })
}

/**
 * Runs a program to its end. An aborted one is killed, and its end awaited.
 *
 * @throws AppError `database_unavailable` with the program's last words; the signal's reason when aborted.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly places: Places; readonly stop: AbortSignal; readonly input?: string },
): Promise<void> {
  options.stop.throwIfAborted()
  const child = startProgram(program, args, { runAs: options.places.runAs, stdin: 'pipe' })
  const kill = (): void => void child.kill('SIGKILL')
  options.stop.addEventListener('abort', kill)
  try {
    // A program that ends early closes its input; its exit code tells.
    child.stdin?.on('error', () => {}).end(options.input ?? '')
    const ended = await endOf(child)
    options.stop.throwIfAborted()
    if (ended !== 'code 0') {
      throw await programFailure(`${basename(program)} ended with ${ended}`, options.places.logFile)
    }
  } finally {
    options.stop.removeEventListener('abort', kill)
  }
}

/** How a started program ended: `code 1`, `signal SIGKILL`, or why it could not be started. */
export async function endOf(child: ChildProcess): Promise<string> {
  try {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    return signal === null ? `code ${code}` : `signal ${signal}`
  } catch (thrown) {
    return toError(thrown).message
  }
}

/** An error that says what happened and shows the last complaint in the log file. */
export async function programFailure(what: string, logFile: string): Promise<AppError> {
  const complaint = (await lastComplaint(logFile)) ?? 'it said nothing'
  return new AppError('database_unavailable', `${what}: ${complaint}. More in ${logFile}`)
}

async function lastComplaint(logFile: string): Promise<string | undefined> {
  const file = await open(logFile).catch(() => undefined)
  if (file === undefined) return undefined
  try {
    const { size } = await file.stat()
    const tail = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES))
    await file.read(tail, 0, tail.length, size - tail.length)
    const lines = tail.toString().split('\n')
    const ours = lines.slice(lines.findLastIndex((line) => line.endsWith(`: ${STARTED}`)) + 1)
    return ours.findLast((line) => /(FATAL|PANIC|error):/i.test(line))?.trim()
  } finally {
    await file.close()
  }
}
