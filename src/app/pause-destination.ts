import { insertAuditEntry } from '../store/audit-log.ts'
import { getDestination, updatePause } from '../store/destinations.ts'
import type { StoredDestination } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'

/**
 * Sends nothing more to a destination until a person resumes it; what is meant for it is kept. An attempt that is under
 * way ends as it does. Takes the place of a pause that an outcome made, which could have ended by itself. Throws
 * `not_found`.
 */
export async function pauseDestination(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly destination: string; readonly reason: string },
): Promise<StoredDestination> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const destination = await getDestination(tx, request.destination, 'change')
    if (destination.pause?.by === 'person') return destination
    const pause = { at: now, by: 'person', reason: request.reason, probeAt: undefined } as const
    await updatePause(tx, destination.destinationNo, pause)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'destination.pause',
      subject: destination.destinationId,
      before: { paused_by: destination.pause?.by ?? null },
      after: { paused_by: 'person', reason: request.reason },
    })
    return { ...destination, pause }
  })
}
