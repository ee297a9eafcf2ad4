import type { AttemptOutcome, DeliveryStatus } from '../domain/delivery.ts'
import type { ExportPart, Stream } from '../domain/export-part.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from './database.ts'

/** One part of an export on its way to one destination. */
export interface Delivery {
  readonly deliveryNo: number
  readonly deliveryId: string
  readonly destinationNo: number
  readonly partNo: number
  readonly status: DeliveryStatus
  /** The earliest time of the next attempt. */
  readonly dueAt: Date
  readonly attempts: number
  /** What the other side answered when it took it. */
  readonly receipt: string | undefined
  /** When it was delivered or cancelled. */
  readonly endedAt: Date | undefined
  readonly cancelReason: string | undefined
}

/** A delivery as lists show it: with the part, the destination and the last attempt that ended. */
export interface DeliveryLine extends Delivery {
  readonly destination: string
  readonly exportId: string
  readonly key: string
  readonly stream: Stream
  readonly lastOutcome: AttemptOutcome['kind'] | undefined
  readonly lastReason: string | undefined
}

/** One try; `finishedAt` stays empty where the worker died on the way. */
export interface Attempt {
  readonly number: number
  readonly worker: string
  readonly startedAt: Date
  readonly finishedAt: Date | undefined
  readonly outcome: AttemptOutcome['kind'] | undefined
  readonly reason: string | undefined
}

/** By its `dlv_` id. Throws `not_found`. */
export async function getDelivery(tx: Transaction, deliveryId: string): Promise<Delivery> {
  const { rows } = await tx.query<DeliveryRow>(
    'select * from deliveries where tenant_id = $1 and delivery_id = $2',
    [tx.tenantId, deliveryId],
  )
  const [found] = rows
  if (found !== undefined) return toDelivery(found)
  throw new AppError('not_found', `There is no delivery ${deliveryId}. See: tocsin deliveries list`)
}

/** The one that goes out next: the first in publishing order that is pending. Whether it is due is not asked. */
export async function findHeadDelivery(
  tx: Transaction,
  destinationNo: number,
): Promise<Delivery | undefined> {
  const { rows } = await tx.query<DeliveryRow>(
    `select * from deliveries
     where tenant_id = $1 and destination_no = $2 and status = 'pending'
     order by delivery_no limit 1`,
    [tx.tenantId, destinationNo],
  )
  return rows.map(toDelivery)[0]
}

/**
 * Deliveries in publishing order, newest first. A page begins below `before`, the number of the last one shown.
 *
 * @param filter.destinationNo, filter.exportId, filter.status Each leaves out what does not match.
 */
export async function listDeliveries(
  tx: Transaction,
  filter: {
    readonly destinationNo?: number
    readonly exportId?: string
    readonly status?: DeliveryStatus
    readonly before?: number
    readonly limit: number
  },
): Promise<readonly DeliveryLine[]> {
  const { rows } = await tx.query<DeliveryLineRow>(
    `select v.*, d.name as destination, r.export_id, p.key, p.stream, a.outcome as last_outcome, a.reason as last_reason
     from deliveries v
     join destinations d using (tenant_id, destination_no)
     join export_parts p using (tenant_id, part_no)
     join export_runs r using (tenant_id, run_no)
     left join lateral (
       select outcome, reason from attempts
       where tenant_id = v.tenant_id and delivery_no = v.delivery_no and finished_at is not null
       order by number desc limit 1
     ) a on true
     where v.tenant_id = $1
       and ($2::bigint is null or v.destination_no = $2)
       and ($3::text is null or r.export_id = $3)
       and ($4::text is null or v.status = $4)
       and ($5::bigint is null or v.delivery_no < $5)
     order by v.delivery_no desc
     limit $6`,
    [
      tx.tenantId,
      filter.destinationNo ?? null,
      filter.exportId ?? null,
      filter.status ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  )
  return rows.map(toDeliveryLine)
}

/** What waits for each destination, by its number: how many objects, and since when the first. */
export async function summarizeDeliveries(
  tx: Transaction,
): Promise<ReadonlyMap<number, { readonly count: number; readonly since: Date }>> {
  const { rows } = await tx.query<{ destination_no: number; count: number; since: Date }>(
    `select v.destination_no, count(*) as count, min(r.created_at) as since
     from deliveries v
     join export_parts p using (tenant_id, part_no)
     join export_runs r using (tenant_id, run_no)
     where v.tenant_id = $1 and v.status = 'pending'
     group by v.destination_no`,
    [tx.tenantId],
  )
  return new Map(rows.map(({ destination_no, count, since }) => [destination_no, { count, since }]))
}

/** The attempts of a delivery, first to last. */
export async function listAttempts(
  tx: Transaction,
  deliveryNo: number,
): Promise<readonly Attempt[]> {
  const { rows } = await tx.query<AttemptRow>(
    'select * from attempts where tenant_id = $1 and delivery_no = $2 order by number',
    [tx.tenantId, deliveryNo],
  )
  return rows.map((row) => ({
    number: row.number,
    worker: row.worker,
    startedAt: row.started_at,
    finishedAt: row.finished_at ?? undefined,
    outcome: row.outcome ?? undefined,
    reason: row.reason ?? undefined,
  }))
}

/** The stored part with its bytes, up to 25 MB: load it for the one that is being sent. */
export async function getPart(tx: Transaction, partNo: number): Promise<ExportPart> {
  const { rows } = await tx.query<PartRow>(
    `select key, stream, bytes, content_type, content_sha256, records, metadata
     from export_parts where tenant_id = $1 and part_no = $2`,
    [tx.tenantId, partNo],
  )
  const [row] = rows
  if (row === undefined) throw new Error(`part ${partNo} of a delivery is not there`)
  return {
    key: row.key,
    stream: row.stream,
    bytes: row.bytes,
    contentType: row.content_type,
    contentSha256: row.content_sha256,
    records: row.records,
    metadata: row.metadata,
  }
}

/** Opens the next attempt and answers its number, from 1; undefined when the delivery is no longer pending. */
export async function insertAttempt(
  tx: Transaction,
  deliveryNo: number,
  attempt: { readonly worker: string; readonly startedAt: Date },
): Promise<number | undefined> {
  const { rows } = await tx.query<{ number: number }>(
    `with counted as (
       update deliveries set attempts = attempts + 1
       where tenant_id = $1 and delivery_no = $2 and status = 'pending'
       returning attempts
     )
     insert into attempts (tenant_id, delivery_no, number, worker, started_at)
     select $1, $2, attempts, $3, $4 from counted
     returning number`,
    [tx.tenantId, deliveryNo, attempt.worker, attempt.startedAt],
  )
  return rows[0]?.number
}

export async function updateAttempt(
  tx: Transaction,
  attempt: {
    readonly deliveryNo: number
    readonly number: number
    readonly finishedAt: Date
    readonly outcome: AttemptOutcome['kind']
    readonly reason: string
  },
): Promise<void> {
  await tx.query(
    `update attempts set finished_at = $4, outcome = $5, reason = $6
     where tenant_id = $1 and delivery_no = $2 and number = $3`,
    [
      tx.tenantId,
      attempt.deliveryNo,
      attempt.number,
      attempt.finishedAt,
      attempt.outcome,
      attempt.reason,
    ],
  )
}

/** It is there. So it is even when it was cancelled while its attempt was under way. */
export async function updateDelivered(
  tx: Transaction,
  deliveryNo: number,
  end: { readonly receipt: string; readonly at: Date },
): Promise<void> {
  await tx.query(
    `update deliveries set status = 'delivered', receipt = $3, ended_at = $4, cancel_reason = null
     where tenant_id = $1 and delivery_no = $2`,
    [tx.tenantId, deliveryNo, end.receipt, end.at],
  )
}

/** Sets when it is tried next. False when it is no longer pending. */
export async function updateDueAt(
  tx: Transaction,
  deliveryNo: number,
  dueAt: Date,
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update deliveries set due_at = $3 where tenant_id = $1 and delivery_no = $2 and status = 'pending'`,
    [tx.tenantId, deliveryNo, dueAt],
  )
  return rowCount === 1
}

/** Ends it undelivered. False when it is no longer pending. */
export async function updateCancelled(
  tx: Transaction,
  deliveryNo: number,
  end: { readonly reason: string; readonly at: Date },
): Promise<boolean> {
  const { rowCount } = await tx.query(
    `update deliveries set status = 'cancelled', cancel_reason = $3, ended_at = $4
     where tenant_id = $1 and delivery_no = $2 and status = 'pending'`,
    [tx.tenantId, deliveryNo, end.reason, end.at],
  )
  return rowCount === 1
}

/** Ends all that are pending for a destination; answers how many. */
export async function updateAllCancelled(
  tx: Transaction,
  destinationNo: number,
  end: { readonly reason: string; readonly at: Date },
): Promise<number> {
  const { rowCount } = await tx.query(
    `update deliveries set status = 'cancelled', cancel_reason = $3, ended_at = $4
     where tenant_id = $1 and destination_no = $2 and status = 'pending'`,
    [tx.tenantId, destinationNo, end.reason, end.at],
  )
  return rowCount
}

interface DeliveryRow {
  readonly delivery_no: number
  readonly delivery_id: string
  readonly destination_no: number
  readonly part_no: number
  readonly status: DeliveryStatus
  readonly due_at: Date
  readonly attempts: number
  readonly receipt: string | null
  readonly ended_at: Date | null
  readonly cancel_reason: string | null
}

interface DeliveryLineRow extends DeliveryRow {
  readonly destination: string
  readonly export_id: string
  readonly key: string
  readonly stream: Stream
  readonly last_outcome: AttemptOutcome['kind'] | null
  readonly last_reason: string | null
}

interface AttemptRow {
  readonly number: number
  readonly worker: string
  readonly started_at: Date
  readonly finished_at: Date | null
  readonly outcome: AttemptOutcome['kind'] | null
  readonly reason: string | null
}

interface PartRow {
  readonly key: string
  readonly stream: Stream
  readonly bytes: Buffer
  readonly content_type: string
  readonly content_sha256: string
  readonly records: number
  readonly metadata: Record<string, string>
}

function toDelivery(row: DeliveryRow): Delivery {
  return {
    deliveryNo: row.delivery_no,
    deliveryId: row.delivery_id,
    destinationNo: row.destination_no,
    partNo: row.part_no,
    status: row.status,
    dueAt: row.due_at,
    attempts: row.attempts,
    receipt: row.receipt ?? undefined,
    endedAt: row.ended_at ?? undefined,
    cancelReason: row.cancel_reason ?? undefined,
  }
}

function toDeliveryLine(row: DeliveryLineRow): DeliveryLine {
  return {
    ...toDelivery(row),
    destination: row.destination,
    exportId: row.export_id,
    key: row.key,
    stream: row.stream,
    lastOutcome: row.last_outcome ?? undefined,
    lastReason: row.last_reason ?? undefined,
  }
}
