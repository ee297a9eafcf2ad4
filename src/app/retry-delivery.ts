import { insertAuditEntry } from '../store/audit-log.ts'
import { updateDueAt } from '../store/deliveries.ts'
import { updatePause } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'
import { lockPendingDelivery } from './pending-delivery.ts'

/**
 * Tries a pending delivery again now instead of later. If its destination is paused because this part was refused, that
 * pause ends; if it is paused as misconfigured, it is probed at once. A pause that a person made stays. Throws
 * `not_found`, and `conflict` when the delivery has ended.
 */
export async function retryDelivery(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly deliveryId: string },
): Promise<void> {
  await deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const { delivery, destination, blocks } = await lockPendingDelivery(tx, request.deliveryId)
    const { pause } = destination
    await updateDueAt(tx, delivery.deliveryNo, now)
    if (blocks) await updatePause(tx, destination.destinationNo, undefined)
    else if (pause?.by === 'misconfigured')
      await updatePause(tx, destination.destinationNo, { ...pause, probeAt: now })
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'delivery.retry',
      subject: delivery.deliveryId,
      before: { due_at: delivery.dueAt.toISOString(), paused_by: pause?.by ?? null },
      after: { due_at: now.toISOString(), paused_by: blocks ? null : (pause?.by ?? null) },
    })
  })
}
