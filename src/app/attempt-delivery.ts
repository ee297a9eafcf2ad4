import type { Clock } from '../clock.ts'
import type { Destination } from '../destinations/destination.ts'
import type { AttemptOutcome } from '../domain/delivery.ts'
import type { ExportPart } from '../domain/export-part.ts'
import { toError } from '../errors.ts'
import type { Log } from '../log.ts'

/** How long one attempt may take: the largest part (25 MB) at 2 Mbit/s takes 100 s. */
export const SEND_TIMEOUT_MS = 120_000

/** How long a destination that was told to stop may take before it is left to itself. */
export const ABORT_GRACE_MS = 5000

export interface AttemptContext {
  /** Keeps the lease; false when it is no longer ours. Called every `renewEveryMs` while the attempt lasts. */
  readonly renewLease: () => Promise<boolean>
  readonly renewEveryMs: number
  /** Asks to end: the attempt is waited for up to `graceMs`, then aborted. */
  readonly stop: AbortSignal
  readonly graceMs: number
}

/**
 * One attempt to send one part, that ends whatever the destination does: it is aborted when its time is over, when the
 * lease is lost and when the process must end, and given up when it does not heed that. A throw is a bug: logged with
 * its stack, answered as an outcome.
 */
export async function attemptDelivery(
  deps: { readonly clock: Clock; readonly log: Log },
  destination: Destination,
  part: ExportPart,
  context: AttemptContext,
): Promise<AttemptOutcome> {
  const over = new AbortController()
  const abort = new AbortController()
  const watchers = [
    abortLate(deps.clock, over.signal, abort),
    abortOnStop(deps.clock, over.signal, abort, context),
    keepLease(deps, over.signal, abort, context),
  ]
  try {
    return await Promise.race([
      send(deps.log, destination, part, abort.signal),
      giveUp(deps.clock, over.signal, abort.signal),
    ])
  } finally {
    over.abort()
    await Promise.all(watchers)
  }
}

async function send(
  log: Log,
  destination: Destination,
  part: ExportPart,
  signal: AbortSignal,
): Promise<AttemptOutcome> {
  try {
    const outcome = await destination.send(part, signal)
    return outcome.kind === 'retryable' && signal.aborted ? aborted(signal) : outcome
  } catch (thrown) {
    if (signal.aborted) return aborted(signal)
    const error = toError(thrown)
    log.error({ err: error, key: part.key }, 'destination threw')
    return { kind: 'bug', reason: error.message }
  }
}

/** An attempt that was told to stop says why in our words: the destination does not know. */
function aborted(signal: AbortSignal): AttemptOutcome {
  return { kind: 'retryable', reason: String(signal.reason) }
}

async function abortLate(clock: Clock, over: AbortSignal, abort: AbortController): Promise<void> {
  await clock.sleep(SEND_TIMEOUT_MS, over)
  if (!over.aborted) abort.abort(`no answer within ${SEND_TIMEOUT_MS / 1000} s`)
}

async function abortOnStop(
  clock: Clock,
  over: AbortSignal,
  abort: AbortController,
  context: AttemptContext,
): Promise<void> {
  await eitherAborts(context.stop, over)
  if (over.aborted) return
  await clock.sleep(context.graceMs, over)
  if (!over.aborted) abort.abort('the worker had to stop')
}

async function keepLease(
  deps: { readonly clock: Clock; readonly log: Log },
  over: AbortSignal,
  abort: AbortController,
  context: AttemptContext,
): Promise<void> {
  for (;;) {
    await deps.clock.sleep(context.renewEveryMs, over)
    if (over.aborted) return
    try {
      if (await context.renewLease()) continue
    } catch (thrown) {
      // The database may be back for the next one; if not, what is recorded is checked against the lease again.
      deps.log.warn({ err: toError(thrown) }, 'lease not renewed')
      continue
    }
    return abort.abort('the lease went to another worker')
  }
}

async function giveUp(
  clock: Clock,
  over: AbortSignal,
  abort: AbortSignal,
): Promise<AttemptOutcome> {
  await eitherAborts(abort, over)
  await clock.sleep(ABORT_GRACE_MS, over)
  return {
    kind: 'bug',
    reason: `${String(abort.reason)}, and the destination did not stop when it was told to`,
  }
}

function eitherAborts(one: AbortSignal, other: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const signal = AbortSignal.any([one, other])
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
