import type { Pauser } from '../domain/delivery.ts'
import type { Compression, Framing, RecordFormat, Rendition } from '../domain/export-part.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from './database.ts'

/** A configured place that receives. */
export interface StoredDestination {
  readonly destinationNo: number
  readonly destinationId: string
  readonly name: string
  readonly type: string
  readonly config: Readonly<Record<string, unknown>>
  readonly rendition: Rendition
  readonly createdAt: Date
  readonly pause: Pause | undefined
  readonly lastSuccessAt: Date | undefined
}

export interface Pause {
  readonly at: Date
  readonly by: Pauser
  readonly reason: string
  /** When it is tried again by itself; only where `by` is `misconfigured`. */
  readonly probeAt: Date | undefined
}

/**
 * What a destination is locked for: `keep` holds off its removal, `change` other changes too, and `remove` waits for
 * everything, also for scans that complete and deliver to it. Always lock a destination before its deliveries.
 */
export type DestinationLock = 'keep' | 'change' | 'remove'
const LOCKS = { keep: 'for key share', change: 'for no key update', remove: 'for update' } as const

/** Adds it; undefined when another one has the name. */
export async function insertDestination(
  tx: Transaction,
  destination: Omit<StoredDestination, 'destinationNo' | 'pause' | 'lastSuccessAt'>,
): Promise<StoredDestination | undefined> {
  const { rendition } = destination
  const { rows } = await tx.query<DestinationRow>(
    `insert into destinations
       (tenant_id, destination_id, name, type, config, record_format, framing, compression, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (tenant_id, name) where removed_at is null do nothing
     returning *`,
    [
      tx.tenantId,
      destination.destinationId,
      destination.name,
      destination.type,
      destination.config,
      rendition.record,
      rendition.framing,
      rendition.compression,
      destination.createdAt,
    ],
  )
  return rows.map(toDestination)[0]
}

/** All that are not removed, by name. */
export async function listDestinations(tx: Transaction): Promise<readonly StoredDestination[]> {
  const { rows } = await tx.query<DestinationRow>(
    'select * from destinations where tenant_id = $1 and removed_at is null order by name',
    [tx.tenantId],
  )
  return rows.map(toDestination)
}

/** By its name or its `dst_` id. */
export async function findDestination(
  tx: Transaction,
  nameOrId: string,
  lock?: DestinationLock,
): Promise<StoredDestination | undefined> {
  const { rows } = await tx.query<DestinationRow>(
    `select * from destinations
     where tenant_id = $1 and (name = $2 or destination_id = $2) and removed_at is null
     ${lock === undefined ? '' : LOCKS[lock]}`,
    [tx.tenantId, nameOrId],
  )
  return rows.map(toDestination)[0]
}

/** By its name or its `dst_` id. Throws `not_found`. */
export async function getDestination(
  tx: Transaction,
  nameOrId: string,
  lock?: DestinationLock,
): Promise<StoredDestination> {
  const found = await findDestination(tx, nameOrId, lock)
  if (found !== undefined) return found
  throw new AppError(
    'not_found',
    `There is no destination ${nameOrId}. See: tocsin destinations list`,
  )
}

/** Locks the one of a number for a change; undefined when it is removed. */
export async function lockDestination(
  tx: Transaction,
  destinationNo: number,
): Promise<StoredDestination | undefined> {
  const { rows } = await tx.query<DestinationRow>(
    `select * from destinations
     where tenant_id = $1 and destination_no = $2 and removed_at is null
     for no key update`,
    [tx.tenantId, destinationNo],
  )
  return rows.map(toDestination)[0]
}

/** Pauses it, or ends its pause. */
export async function updatePause(
  tx: Transaction,
  destinationNo: number,
  pause: Pause | undefined,
): Promise<void> {
  await tx.query(
    `update destinations set paused_at = $3, paused_by = $4, paused_reason = $5, probe_at = $6
     where tenant_id = $1 and destination_no = $2`,
    [
      tx.tenantId,
      destinationNo,
      pause?.at ?? null,
      pause?.by ?? null,
      pause?.reason ?? null,
      pause?.probeAt ?? null,
    ],
  )
}

export async function updateLastSuccess(
  tx: Transaction,
  destinationNo: number,
  at: Date,
): Promise<void> {
  await tx.query(
    'update destinations set last_success_at = $3 where tenant_id = $1 and destination_no = $2',
    [tx.tenantId, destinationNo, at],
  )
}

/** Takes it off every list and frees its name; the row stays for the ledger. */
export async function updateRemovedDestination(
  tx: Transaction,
  destinationNo: number,
  at: Date,
): Promise<void> {
  await tx.query(
    'update destinations set removed_at = $3 where tenant_id = $1 and destination_no = $2',
    [tx.tenantId, destinationNo, at],
  )
}

/** The ids of those that something is pending for, the one that has waited longest first. */
export async function listDestinationsToDrain(tx: Transaction): Promise<readonly string[]> {
  const { rows } = await tx.query<{ destination_id: string }>(
    `select d.destination_id
     from destinations d
     cross join lateral (
       select delivery_no from deliveries
       where tenant_id = d.tenant_id and destination_no = d.destination_no and status = 'pending'
       order by delivery_no limit 1
     ) head
     where d.tenant_id = $1 and d.removed_at is null
     order by head.delivery_no`,
    [tx.tenantId],
  )
  return rows.map((row) => row.destination_id)
}

interface DestinationRow {
  readonly destination_no: number
  readonly destination_id: string
  readonly name: string
  readonly type: string
  readonly config: Record<string, unknown>
  readonly record_format: RecordFormat
  readonly framing: Framing
  readonly compression: Compression
  readonly created_at: Date
  readonly paused_at: Date | null
  readonly paused_by: Pauser | null
  readonly paused_reason: string | null
  readonly probe_at: Date | null
  readonly last_success_at: Date | null
}

function toDestination(row: DestinationRow): StoredDestination {
  return {
    destinationNo: row.destination_no,
    destinationId: row.destination_id,
    name: row.name,
    type: row.type,
    config: row.config,
    rendition: { record: row.record_format, framing: row.framing, compression: row.compression },
    createdAt: row.created_at,
    pause:
      row.paused_at === null || row.paused_by === null
        ? undefined
        : {
            at: row.paused_at,
            by: row.paused_by,
            reason: row.paused_reason ?? '',
            probeAt: row.probe_at ?? undefined,
          },
    lastSuccessAt: row.last_success_at ?? undefined,
  }
}
