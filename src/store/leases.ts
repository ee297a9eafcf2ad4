import type { Transaction } from './database.ts'

/** Who may drain a destination: nobody else can while it stands, and the fence tells its holder from all others. */
export interface Lease {
  readonly destinationNo: number
  readonly owner: string
  readonly fence: number
}

/**
 * Takes the lease until `until`, unless somebody who lives has it. With the destination's name held, one that is free is
 * taken, and one whose owner had held the name too: it is dead. Without, only one that has lapsed: whoever holds the name
 * is about to take what is free. A lease that ends more than `clockSkewMs` after ours would was taken before the clock was
 * set back, and counts for nothing. Answers the lease, or until when another one stands; undefined when the destination
 * is removed.
 */
export async function takeLease(
  tx: Transaction,
  destinationNo: number,
  wanted: {
    readonly owner: string
    readonly now: Date
    readonly until: Date
    readonly clockSkewMs: number
    /** Whether we hold the destination's name: then nobody else who lives does. */
    readonly withHold: boolean
  },
): Promise<Lease | { readonly takenUntil: Date } | undefined> {
  const { rows } = await tx.query<{ fence: number | null; lease_until: Date | null }>(
    `with taken as (
       update destinations set lease_owner = $3, lease_until = $5, lease_with_hold = $7, lease_fence = lease_fence + 1
       where tenant_id = $1 and destination_no = $2 and removed_at is null
         and (lease_until <= $4 or lease_until > $6 or $7 and (lease_until is null or lease_with_hold))
       returning destination_no, lease_fence
     )
     select taken.lease_fence as fence, d.lease_until
     from destinations d left join taken using (destination_no)
     where d.tenant_id = $1 and d.destination_no = $2 and d.removed_at is null`,
    [
      tx.tenantId,
      destinationNo,
      wanted.owner,
      wanted.now,
      wanted.until,
      new Date(wanted.until.getTime() + wanted.clockSkewMs),
      wanted.withHold,
    ],
  )
  const [row] = rows
  if (row === undefined) return undefined
  if (row.fence !== null) return { destinationNo, owner: wanted.owner, fence: row.fence }
  return { takenUntil: row.lease_until ?? wanted.until }
}

/** Keeps the lease until `until`, and locks the destination for a change. False when it is no longer ours. */
export async function renewLease(tx: Transaction, lease: Lease, until: Date): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update destinations set lease_until = $5
     where tenant_id = $1 and destination_no = $2 and lease_owner = $3 and lease_fence = $4`,
    [tx.tenantId, lease.destinationNo, lease.owner, lease.fence, until],
  )
  return rowCount === 1
}

/** Gives the lease back; harmless when it is no longer ours. */
export async function releaseLease(tx: Transaction, lease: Lease): Promise<void> {
  await tx.query(
    `update destinations set lease_owner = null, lease_until = null
     where tenant_id = $1 and destination_no = $2 and lease_owner = $3 and lease_fence = $4`,
    [tx.tenantId, lease.destinationNo, lease.owner, lease.fence],
  )
}
