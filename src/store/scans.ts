import type { ScanStatus } from '../domain/scan.ts'
import type { Transaction } from './database.ts'
import { only } from './only.ts'
import { deleteStagedRows } from './staged-records.ts'

export interface Scan {
  readonly scanNo: number
  readonly scanId: string
  readonly scanner: string
  readonly status: ScanStatus
  readonly openedBy: 'ingest' | 'open'
  readonly again: boolean
  readonly labels: readonly string[]
  readonly openedAt: Date
  readonly endedAt: Date | null
  readonly scanAt: Date | null
  readonly partial: boolean
  readonly partialReasons: readonly string[]
  readonly late: boolean
  readonly duplicateOf: string | null
  readonly owedReports: readonly string[]
  readonly outcome: unknown
  /** Of a scan that the drop guard holds: what it would resolve by absence. */
  readonly losses: unknown
}

/**
 * Lets one completion at a time into a tenant (L14): held until the transaction ends. The two numbers are a namespace of
 * Tocsin's and the tenant.
 */
export async function lockTenant(tx: Transaction): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('tocsin scans'), hashtext($1))", [
    tx.tenantId,
  ])
}

export async function insertScan(
  tx: Transaction,
  scan: {
    readonly scanId: string
    readonly openedBy: Scan['openedBy']
    readonly again: boolean
    readonly labels: readonly string[]
    readonly openedAt: Date
  },
): Promise<Scan> {
  const { rows } = await tx.query<ScanRow>(
    `
    insert into scans (tenant_id, scan_id, opened_by, again, labels, opened_at) values ($1, $2, $3, $4, $5, $6) returning *`,
    [tx.tenantId, scan.scanId, scan.openedBy, scan.again, scan.labels, scan.openedAt],
  )
  return rowToScan(only(rows))
}

export async function findScan(
  tx: Transaction,
  scanId: string,
  options: { readonly forUpdate?: boolean } = {},
): Promise<Scan | undefined> {
  const { rows } = await tx.query<ScanRow>(
    `select * from scans where tenant_id = $1 and scan_id = $2 ${options.forUpdate === true ? 'for update' : ''}`,
    [tx.tenantId, scanId],
  )
  return rows[0] === undefined ? undefined : rowToScan(rows[0])
}

export async function listScans(
  tx: Transaction,
  filter: {
    readonly status?: ScanStatus
    readonly openedBy?: Scan['openedBy']
    readonly limit: number
    /** Only scans older than this one. */
    readonly before?: number
  },
): Promise<readonly Scan[]> {
  const { rows } = await tx.query<ScanRow>(
    `
    select * from scans where tenant_id = $1 and ($2::text is null or status = $2) and ($3::text is null or opened_by = $3)
      and ($4::bigint is null or scan_no < $4)
    order by scan_no desc limit $5`,
    [
      tx.tenantId,
      filter.status ?? null,
      filter.openedBy ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  )
  return rows.map(rowToScan)
}

export async function updateScan(
  tx: Transaction,
  scanNo: number,
  change: {
    readonly status: ScanStatus
    readonly endedAt: Date | null
    readonly scanAt: Date
    readonly partial: boolean
    readonly partialReasons: readonly string[]
    readonly late: boolean
    readonly namedUnits: readonly number[]
    readonly coveredUnits: readonly number[]
    readonly losses?: readonly object[]
  },
): Promise<void> {
  await tx.query(
    `
    update scans set status = $3, ended_at = $4, scan_at = $5, partial = $6, partial_reasons = $7, late = $8, named_units = $9,
      covered_units = $10, losses = $11
    where tenant_id = $1 and scan_no = $2`,
    [
      tx.tenantId,
      scanNo,
      change.status,
      change.endedAt,
      change.scanAt,
      change.partial,
      change.partialReasons,
      change.late,
      change.namedUnits,
      change.coveredUnits,
      change.losses === undefined ? null : JSON.stringify(change.losses),
    ],
  )
}

/** What a scan did is known only after it was applied; its exports are named in it last. */
export async function updateScanOutcome(
  tx: Transaction,
  scanNo: number,
  outcome: object,
): Promise<void> {
  await tx.query('update scans set outcome = $3 where tenant_id = $1 and scan_no = $2', [
    tx.tenantId,
    scanNo,
    JSON.stringify(outcome),
  ])
}

/** Ends a scan of which nothing counts. */
export async function failScanRow(tx: Transaction, scanNo: number, endedAt: Date): Promise<void> {
  await tx.query(
    "update scans set status = 'failed', ended_at = $3 where tenant_id = $1 and scan_no = $2",
    [tx.tenantId, scanNo, endedAt],
  )
}

/** Ends a scan whose reports all stand in another one; its own are dropped, so that they count once. */
export async function endDuplicateScan(
  tx: Transaction,
  scanNo: number,
  duplicateOf: string,
  endedAt: Date,
): Promise<void> {
  await deleteStagedRows(tx, scanNo)
  await tx.query('delete from reports where tenant_id = $1 and scan_no = $2', [tx.tenantId, scanNo])
  await tx.query(
    "update scans set status = 'duplicate', duplicate_of = $3, ended_at = $4 where tenant_id = $1 and scan_no = $2",
    [tx.tenantId, scanNo, duplicateOf, endedAt],
  )
}

export async function deleteScan(tx: Transaction, scanNo: number): Promise<void> {
  await deleteStagedRows(tx, scanNo)
  await tx.query('delete from scans where tenant_id = $1 and scan_no = $2', [tx.tenantId, scanNo])
}

export async function updateScanner(
  tx: Transaction,
  scanNo: number,
  scanner: string,
): Promise<void> {
  await tx.query('update scans set scanner = $3 where tenant_id = $1 and scan_no = $2', [
    tx.tenantId,
    scanNo,
    scanner,
  ])
}

export async function updateOwedReports(
  tx: Transaction,
  scanNo: number,
  owed: readonly string[],
): Promise<void> {
  await tx.query('update scans set owed_reports = $3 where tenant_id = $1 and scan_no = $2', [
    tx.tenantId,
    scanNo,
    owed,
  ])
}

/** The first completed scan in which all the reports of this one stand, each with the same words beside it (L14). */
export async function findDuplicateScan(
  tx: Transaction,
  scanNo: number,
): Promise<Scan | undefined> {
  const { rows } = await tx.query<ScanRow>(
    `
    select s.* from scans s
    where s.tenant_id = $1 and s.status = 'completed' and s.scan_no <> $2
      and exists (select from reports mine where mine.tenant_id = $1 and mine.scan_no = $2)
      and not exists (
        select from reports mine where mine.tenant_id = $1 and mine.scan_no = $2 and not exists (
          select from reports theirs where theirs.tenant_id = $1 and theirs.scan_no = s.scan_no
            and theirs.content_sha256 = mine.content_sha256 and theirs.context_sha256 = mine.context_sha256))
      and s.scan_no in (
        select r.scan_no from reports r join reports mine on mine.tenant_id = $1 and mine.scan_no = $2
          and r.content_sha256 = mine.content_sha256 where r.tenant_id = $1)
    order by s.scan_no limit 1`,
    [tx.tenantId, scanNo],
  )
  return rows[0] === undefined ? undefined : rowToScan(rows[0])
}

interface ScanRow {
  scan_no: number
  scan_id: string
  scanner: string
  status: ScanStatus
  opened_by: Scan['openedBy']
  again: boolean
  labels: string[]
  opened_at: Date
  ended_at: Date | null
  scan_at: Date | null
  partial: boolean
  partial_reasons: string[]
  late: boolean
  duplicate_of: string | null
  owed_reports: string[]
  outcome: unknown
  losses: unknown
}

function rowToScan(row: ScanRow): Scan {
  return {
    scanNo: row.scan_no,
    scanId: row.scan_id,
    scanner: row.scanner,
    status: row.status,
    openedBy: row.opened_by,
    again: row.again,
    labels: row.labels,
    openedAt: row.opened_at,
    endedAt: row.ended_at,
    scanAt: row.scan_at,
    partial: row.partial,
    partialReasons: row.partial_reasons,
    late: row.late,
    duplicateOf: row.duplicate_of,
    owedReports: row.owed_reports,
    outcome: row.outcome,
    losses: row.losses,
  }
}
