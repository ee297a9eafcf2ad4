import { insertAuditEntry } from '../store/audit-log.ts'
import { updateCancelled } from '../store/deliveries.ts'
import { updatePause } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'
import { lockPendingDelivery } from './pending-delivery.ts'

/**
 * Gives up a pending delivery: its part will not go out, and the ledger says why. If its destination is paused because
 * this part was refused, that pause ends and the next part follows. An attempt that is under way is not called back: if
 * it arrives, the ledger says delivered. Throws `not_found`, and `conflict` when the delivery has ended.
 */
export async function cancelDelivery(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly deliveryId: string; readonly reason: string },
): Promise<void> {
  await deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const { delivery, destination, blocks } = await lockPendingDelivery(tx, request.deliveryId)
    await updateCancelled(tx, delivery.deliveryNo, { reason: request.reason, at: now })
    if (blocks) await updatePause(tx, destination.destinationNo, undefined)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'delivery.cancel',
      subject: delivery.deliveryId,
      before: { paused_by: destination.pause?.by ?? null },
      after: { reason: request.reason, paused_by: blocks ? null : (destination.pause?.by ?? null) },
    })
  })
}
