import { insertAuditEntry } from '../store/audit-log.ts'
import { findHeadDelivery, updateDueAt } from '../store/deliveries.ts'
import { getDestination, updatePause } from '../store/destinations.ts'
import type { StoredDestination } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'

/**
 * Ends the pause of a destination, whoever made it, and lets its next part go out at once, however long it was to wait.
 * Throws `not_found`.
 */
export async function resumeDestination(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly destination: string },
): Promise<StoredDestination> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const destination = await getDestination(tx, request.destination, 'change')
    await updatePause(tx, destination.destinationNo, undefined)
    const head = await findHeadDelivery(tx, destination.destinationNo)
    if (head !== undefined) await updateDueAt(tx, head.deliveryNo, now)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'destination.resume',
      subject: destination.destinationId,
      before: { paused_by: destination.pause?.by ?? null },
      after: { paused_by: null },
    })
    return { ...destination, pause: undefined }
  })
}
