import { waitsForDecision } from '../domain/delivery.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from '../store/database.ts'
import { findHeadDelivery, getDelivery } from '../store/deliveries.ts'
import type { Delivery } from '../store/deliveries.ts'
import { lockDestination } from '../store/destinations.ts'
import type { StoredDestination } from '../store/destinations.ts'

/** A delivery that a person may still decide upon, with its destination locked for a change. */
export interface PendingDelivery {
  readonly delivery: Delivery
  readonly destination: StoredDestination
  /** Whether the destination is paused because of this very delivery. */
  readonly blocks: boolean
}

/** Throws `not_found`, and `conflict` when it has ended. */
export async function lockPendingDelivery(
  tx: Transaction,
  deliveryId: string,
): Promise<PendingDelivery> {
  const { destinationNo } = await getDelivery(tx, deliveryId)
  const destination = await lockDestination(tx, destinationNo)
  // Once more under the lock: the drain records under the same one.
  const delivery = await getDelivery(tx, deliveryId)
  if (delivery.status !== 'pending' || destination === undefined) throw ended(delivery)
  const head = await findHeadDelivery(tx, destinationNo)
  const isHead = head?.deliveryNo === delivery.deliveryNo
  return { delivery, destination, blocks: isHead && waitsForDecision(destination.pause?.by) }
}

function ended({ deliveryId, status, endedAt }: Delivery): AppError {
  const when = endedAt === undefined ? '' : ` at ${endedAt.toISOString()}`
  return new AppError(
    'conflict',
    `The delivery ${deliveryId} has been ${status}${when}. To send its export again: tocsin exports replay`,
  )
}
