import { once } from 'node:events'
import { performance } from 'node:perf_hooks'
import { AppError, toError } from '../../errors.ts'
import { findBinariesPackage, prepareBinaries } from './binaries.ts'
import { DATABASE_NAME, prepareCluster } from './cluster.ts'
import { openControl } from './control.ts'
import type { Control } from './control.ts'
import type { EmbeddedConnection } from './control-protocol.ts'
import { ensurePrivateFolder } from './places.ts'
import type { Places } from './places.ts'
import { clearPostmaster, startPostmaster } from './postmaster.ts'
import { STARTED } from './run-program.ts'

interface Work {
  readonly places: Places
  readonly control: Control
  readonly log: (line: string) => void
  readonly stop: AbortSignal
}

/** A server that falls over this often in a row is not helped by starting it again. */
const MAX_CRASHES = 5

/** One that ran this long did not fall over in a row. */
const STEADY_MS = 60_000

/**
 * Keeps PostgreSQL running while a command uses it: the one supervisor of its data directory, or none if another is.
 * Returns when the last user has gone or `stop` is aborted, with PostgreSQL stopped, and when it cannot be run,
 * which its users are told.
 */
export async function supervise(
  places: Places,
  options: { readonly log: (line: string) => void; readonly stop: AbortSignal },
): Promise<void> {
  options.log(STARTED)
  await ensurePrivateFolder(places.runFolder, places.runAs)
  const control = await openControl(places)
  const stop = AbortSignal.any([options.stop, control.abandoned])
  // At once: a command that comes while PostgreSQL stops is to start a supervisor that waits for that.
  stop.addEventListener('abort', () => control.retire({ kind: 'stopped' }))
  try {
    if (!(await control.claim(stop))) return
    await keepRunning({ places, control, stop, log: options.log }).catch(
      async (thrown: unknown) => {
        if (stop.aborted) return
        const { message, stack } = toError(thrown)
        options.log(`failed: ${thrown instanceof AppError ? message : stack}`)
        await control.heard(stop)
        control.retire({ kind: 'failed', message })
      },
    )
  } catch (thrown) {
    if (!stop.aborted) throw thrown
  } finally {
    control.retire({ kind: 'stopped' })
  }
}

async function keepRunning({ places, control, log, stop }: Work): Promise<void> {
  const binaries = await prepareBinaries(await findBinariesPackage(), places)
  const password = await prepareCluster(places, binaries, stop)
  const connection: EmbeddedConnection = {
    host: places.runFolder,
    user: DATABASE_NAME,
    password,
    database: DATABASE_NAME,
  }
  const stopped = aborted(stop)
  let crashes = 0
  while (!stop.aborted) {
    await clearPostmaster(places, log, stop)
    const postmaster = await startPostmaster(places, binaries, stop)
    const startedAt = performance.now()
    control.announce({ kind: 'ready', connection })
    log('PostgreSQL is up')
    const ended = await Promise.race([postmaster.ended, stopped])
    if (ended === 'aborted') {
      await postmaster.stop()
      log('PostgreSQL is stopped')
      return
    }
    control.announce({ kind: 'starting' })
    crashes = performance.now() - startedAt < STEADY_MS ? crashes + 1 : 1
    log(`PostgreSQL ended with ${ended}, ${crashes} of ${MAX_CRASHES} times in a row`)
    if (crashes === MAX_CRASHES) {
      throw new AppError(
        'database_unavailable',
        `PostgreSQL ended ${crashes} times in a row, the last time with ${ended}. More in ${places.logFile}`,
      )
    }
  }
}

async function aborted(signal: AbortSignal): Promise<'aborted'> {
  if (!signal.aborted) await once(signal, 'abort')
  return 'aborted'
}
