import { AppError, toError } from '../errors.ts'
import { listDestinationsToDrain } from '../store/destinations.ts'
import { drainDestination } from './drain-destination.ts'
import type { DrainDeps, DrainRequest, DrainResult } from './drain-destination.ts'

/** Destinations drained at once: each holds one part (25 MB at most) and now and then a connection. */
export const DRAINS_AT_ONCE = 4

export type DrainAllResult =
  | DrainResult
  | {
      readonly destination: string
      readonly delivered: 0
      /** Its drain threw, which the log tells; the others went on. */
      readonly outcome: { readonly kind: 'failed'; readonly reason: string }
    }

/**
 * Drains every destination of a tenant that something is pending for, some at a time, so that one that hangs or breaks
 * does not hold up the others. Answers in the order in which they were taken: the longest wait first.
 */
export async function drainAll(
  deps: DrainDeps,
  request: Omit<DrainRequest, 'destination'>,
): Promise<readonly DrainAllResult[]> {
  const waiting = await deps.db.transaction(request.tenantId, listDestinationsToDrain)
  const queue = waiting.entries()
  const results: DrainAllResult[] = []
  const drainQueue = async () => {
    for (const [index, destination] of queue)
      results[index] = await drainOne(deps, { ...request, destination })
  }
  await Promise.all(Array.from({ length: DRAINS_AT_ONCE }, drainQueue))
  return results
}

async function drainOne(deps: DrainDeps, request: DrainRequest): Promise<DrainAllResult> {
  const { destination } = request
  try {
    return await drainDestination(deps, request)
  } catch (thrown) {
    // It was removed since it was listed, and with it what was pending.
    if (thrown instanceof AppError && thrown.code === 'not_found') {
      return { destination, delivered: 0, outcome: { kind: 'drained' } }
    }
    const error = toError(thrown)
    deps.log.error({ err: error, destination_id: destination }, 'drain failed')
    return { destination, delivered: 0, outcome: { kind: 'failed', reason: error.message } }
  }
}
