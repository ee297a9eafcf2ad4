import type { Database } from '../src/store/database.ts'
import { getDelivery, listAttempts } from '../src/store/deliveries.ts'
import type { Attempt, Delivery } from '../src/store/deliveries.ts'
import { getDestination } from '../src/store/destinations.ts'
import type { StoredDestination } from '../src/store/destinations.ts'
import { TENANT } from './delivery-factories.ts'

/** The id of one of the deliveries that a factory made. */
export const idOf = (made: { readonly deliveryId: string } | undefined): string =>
  made?.deliveryId ?? ''

export function deliveryOf(
  db: Database,
  made: { readonly deliveryId: string } | undefined,
): Promise<Delivery> {
  return db.transaction(TENANT, (tx) => getDelivery(tx, idOf(made)))
}

export function attemptsOf(
  db: Database,
  made: { readonly deliveryId: string } | undefined,
): Promise<readonly Attempt[]> {
  return db.transaction(TENANT, async (tx) =>
    listAttempts(tx, (await getDelivery(tx, idOf(made))).deliveryNo),
  )
}

export function destinationOf(
  db: Database,
  { destinationId }: StoredDestination,
): Promise<StoredDestination> {
  return db.transaction(TENANT, (tx) => getDestination(tx, destinationId))
}

/** Null once the lease was given back. */
export async function leaseUntilOf(
  db: Database,
  { destinationNo }: StoredDestination,
): Promise<Date | null | undefined> {
  const { rows } = await db.transaction(TENANT, (tx) =>
    tx.query<{ lease_until: Date | null }>(
      'select lease_until from destinations where destination_no = $1',
      [destinationNo],
    ),
  )
  return rows[0]?.lease_until
}

/** The audit log of one subject, first to last. */
export async function auditOf(
  db: Database,
  subject: string,
): Promise<
  readonly {
    readonly by: string
    readonly action: string
    readonly before: unknown
    readonly after: unknown
  }[]
> {
  const { rows } = await db.transaction(TENANT, (tx) =>
    tx.query<{ by: string; action: string; before: unknown; after: unknown }>(
      'select by, action, before, after from audit_log where subject = $1 order by entry_no',
      [subject],
    ),
  )
  return rows
}
