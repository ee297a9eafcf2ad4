import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { extname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { AppError, errorCodeOf, toError } from '../../errors.ts'
import { listenTo } from './control-protocol.ts'
import type { EmbeddedConnection, SupervisorState } from './control-protocol.ts'
import { findPlaces } from './places.ts'
import type { Places } from './places.ts'
import { SUPERVISOR_PROGRAM } from './postmaster.ts'
import { PLAIN_ENVIRONMENT, programFailure } from './run-program.ts'

/** The embedded PostgreSQL, which runs for as long as anyone holds it. */
export interface EmbeddedServer {
  readonly connection: EmbeddedConnection
  /** Lets go of it; who is last stops it. A process that ends, however it does, has let go. May be called twice. */
  release(): Promise<void>
}

export interface AcquireOptions {
  readonly dataDir: string
  /** Hears in one line what a person should know: where the database lies instead, or that it was lost. */
  readonly onNotice?: (line: string) => void
  /** How long a start may take; a minute by default, as the log of a crashed server is replayed first. */
  readonly deadlineMs?: number
}

/** A place among a supervisor's users. */
interface Seat {
  readonly socket: Socket
  readonly connection: EmbeddedConnection
  /** Resolves with the last that the supervisor said, when it has gone. */
  readonly lost: Promise<SupervisorState>
}

const DEADLINE_MS = 60_000

/** Between attempts to reach a supervisor, whose program takes some 100 ms to load. */
const POLL_MS = 20

/**
 * Joins the users of the embedded PostgreSQL of a data directory, and starts it if there are none. Commands that run
 * at the same time share it. Holding it does not keep the process alive. Should its supervisor be killed, a new one
 * is started and joined, with the same connection.
 *
 * @throws AppError `database_unavailable`, with what to do.
 */
export async function acquireEmbeddedServer(options: AcquireOptions): Promise<EmbeddedServer> {
  const notice = options.onNotice ?? (() => {})
  const places = await findPlaces(options.dataDir)
  if (places.base !== places.dataDir) {
    notice(
      `The database lies in ${places.base}: the user that PostgreSQL runs as instead of root cannot reach ` +
        places.dataDir,
    )
  }
  const deadlineMs = options.deadlineMs ?? DEADLINE_MS
  let seat = await takeSeat(places, deadlineMs)
  let released = false

  async function keepSeat(): Promise<void> {
    for (;;) {
      const { kind, message } = {
        message: 'The embedded PostgreSQL was stopped',
        ...(await seat.lost),
      }
      if (released) return
      if (kind === 'failed' || kind === 'stopped') return notice(message)
      seat = await takeSeat(places, deadlineMs)
      if (released) seat.socket.destroy()
    }
  }
  void keepSeat().catch((thrown: unknown) => notice(toError(thrown).message))

  return {
    connection: seat.connection,
    async release() {
      released = true
      seat.socket.destroy()
      await seat.lost
    },
  }
}

async function takeSeat(places: Places, deadlineMs: number): Promise<Seat> {
  const deadline = AbortSignal.timeout(deadlineMs)
  let supervisor: ChildProcess | undefined
  for (;;) {
    const seat = await trySeat(places, deadline)
    if (seat !== undefined) return seat
    if (deadline.aborted) {
      throw await programFailure(
        `PostgreSQL is not up after ${deadlineMs / 1000} s`,
        places.logFile,
      )
    }
    if (supervisor === undefined || supervisor.exitCode === 0) {
      supervisor = await startSupervisor(places)
    } else if (supervisor.exitCode !== null || supervisor.signalCode !== null) {
      throw await programFailure('The embedded PostgreSQL has no supervisor', places.logFile)
    }
    await sleep(POLL_MS)
  }
}

/** Undefined when there is no supervisor, or it left before the server was up. */
function trySeat(places: Places, deadline: AbortSignal): Promise<Seat | undefined> {
  return new Promise((resolve, reject) => {
    const { promise: lost, resolve: leave } = Promise.withResolvers<SupervisorState>()
    let lastWord: SupervisorState = { kind: 'starting' }
    const socket = listenTo(places.controlSocket, {
      onState(state) {
        lastWord = state
        if (state.kind === 'failed') reject(new AppError('database_unavailable', state.message))
        if (state.kind !== 'ready') return
        socket.unref()
        resolve({ socket, connection: state.connection, lost })
      },
      onEnd() {
        deadline.removeEventListener('abort', giveUp)
        resolve(undefined)
        leave(lastWord)
      },
    })
    function giveUp(): void {
      socket.destroy()
    }
    deadline.addEventListener('abort', giveUp)
  })
}

/** In a session of its own, so that neither a terminal's Ctrl-C nor our end reaches it. */
async function startSupervisor(places: Places): Promise<ChildProcess> {
  const log = await openLog(places)
  try {
    // What is published is compiled, so the program's name ends as ours does.
    const program = new URL(`${SUPERVISOR_PROGRAM}${extname(import.meta.url)}`, import.meta.url)
    const supervisor = spawn(process.execPath, [fileURLToPath(program), places.dataDir], {
      cwd: '/',
      detached: true,
      env: PLAIN_ENVIRONMENT,
      stdio: ['ignore', log.fd, log.fd],
    })
    supervisor.on('error', () => {}) // its exit code shows it
    supervisor.unref()
    return supervisor
  } finally {
    await log.close()
  }
}

async function openLog(places: Places): Promise<FileHandle> {
  try {
    const log = await open(places.logFile, 'a', 0o600)
    if (places.runAs !== undefined) await log.chown(places.runAs.uid, places.runAs.gid)
    return log
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `${places.logFile} cannot be written (${errorCodeOf(thrown)}): run as the owner of that folder, or choose ` +
        'another by TOCSIN_DATA_DIR',
      { cause: thrown },
    )
  }
}
