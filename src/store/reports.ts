import type { Snapshot } from '../domain/scan.ts'
import type { Transaction } from './database.ts'
import { only } from './only.ts'

export interface Report {
  readonly reportNo: number
  readonly name: string
  readonly source: string
  readonly scannerVersion: string
  readonly contentSha256: Uint8Array
  readonly contextSha256: Uint8Array
  readonly bytes: number
  readonly records: number
  readonly rejected: number
  readonly stagedRows: number
  readonly receivedAt: Date
  readonly startedAt: Date | null
  readonly reportedAt: Date
  readonly provider: string | null
  readonly accountId: string | null
  readonly region: string | null
  readonly snapshot: Snapshot
  readonly partialReasons: readonly string[]
  readonly attackPathAccounts: readonly string[]
  readonly statistics: ReportStatistics
}

/** Counted while a report is read, for the scan report. */
export interface ReportStatistics {
  readonly evaluations: Readonly<Record<string, number>>
  readonly attack_paths: number
  readonly assets: number
  /** Native types, and checks, that no data table knows: with how many records each, the most frequent first. */
  readonly unknown_resource_types: Readonly<Record<string, number>>
  readonly unknown_risk_categories: Readonly<Record<string, number>>
  readonly quarantined: number
  readonly truncated: number
}

export interface Rejection {
  readonly pointer: string
  readonly byteOffset: number
  readonly reason: string
}

/** A number for a report whose rows are copied before its own row is written. */
export async function nextReportNo(tx: Transaction): Promise<number> {
  const { rows } = await tx.query<{ report_no: number }>(
    "select nextval(pg_get_serial_sequence('reports', 'report_no')) as report_no",
  )
  return only(rows).report_no
}

export async function insertReport(tx: Transaction, scanNo: number, report: Report): Promise<void> {
  await tx.query(
    `
    insert into reports (tenant_id, report_no, scan_no, name, source, scanner_version, content_sha256, context_sha256, bytes, records, rejected,
      staged_rows, received_at, reported_at, provider, account_id, region, snapshot, partial_reasons, attack_path_accounts, statistics, started_at)
    overriding system value
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
    [
      tx.tenantId,
      report.reportNo,
      scanNo,
      report.name,
      report.source,
      report.scannerVersion,
      report.contentSha256,
      report.contextSha256,
      report.bytes,
      report.records,
      report.rejected,
      report.stagedRows,
      report.receivedAt,
      report.reportedAt,
      report.provider,
      report.accountId,
      report.region,
      report.snapshot,
      report.partialReasons,
      report.attackPathAccounts,
      JSON.stringify(report.statistics),
      report.startedAt,
    ],
  )
}

export async function deleteReport(tx: Transaction, reportNo: number): Promise<void> {
  await tx.query('delete from reports where tenant_id = $1 and report_no = $2', [
    tx.tenantId,
    reportNo,
  ])
}

export async function insertRejections(
  tx: Transaction,
  reportNo: number,
  rejections: readonly Rejection[],
): Promise<void> {
  await tx.query(
    `
    insert into rejections (tenant_id, report_no, pointer, byte_offset, reason)
    select $1, $2, * from unnest($3::text[], $4::bigint[], $5::text[])`,
    [
      tx.tenantId,
      reportNo,
      rejections.map((r) => r.pointer),
      rejections.map((r) => r.byteOffset),
      rejections.map((r) => r.reason),
    ],
  )
}

export async function listReports(tx: Transaction, scanNo: number): Promise<readonly Report[]> {
  const { rows } = await tx.query<ReportRow>(
    'select * from reports where tenant_id = $1 and scan_no = $2 order by report_no',
    [tx.tenantId, scanNo],
  )
  return rows.map(rowToReport)
}

export async function listRejections(
  tx: Transaction,
  scanNo: number,
  limit: number,
): Promise<readonly (Rejection & { readonly report: string })[]> {
  const { rows } = await tx.query<{
    report: string
    pointer: string
    byte_offset: number
    reason: string
  }>(
    `
    select r.name as report, j.pointer, j.byte_offset, j.reason
    from reports r join rejections j on j.tenant_id = r.tenant_id and j.report_no = r.report_no
    where r.tenant_id = $1 and r.scan_no = $2 order by j.report_no, j.byte_offset limit $3`,
    [tx.tenantId, scanNo, limit],
  )
  return rows.map((row) => ({
    report: row.report,
    pointer: row.pointer,
    byteOffset: row.byte_offset,
    reason: row.reason,
  }))
}

interface ReportRow {
  report_no: number
  name: string
  source: string
  scanner_version: string
  content_sha256: Buffer
  context_sha256: Buffer
  bytes: number
  records: number
  rejected: number
  staged_rows: number
  received_at: Date
  started_at: Date | null
  reported_at: Date
  provider: string | null
  account_id: string | null
  region: string | null
  snapshot: Snapshot
  partial_reasons: string[]
  attack_path_accounts: string[]
  statistics: ReportStatistics
}

function rowToReport(row: ReportRow): Report {
  return {
    reportNo: row.report_no,
    name: row.name,
    source: row.source,
    scannerVersion: row.scanner_version,
    contentSha256: row.content_sha256,
    contextSha256: row.context_sha256,
    bytes: row.bytes,
    records: row.records,
    rejected: row.rejected,
    stagedRows: row.staged_rows,
    receivedAt: row.received_at,
    startedAt: row.started_at,
    reportedAt: row.reported_at,
    provider: row.provider,
    accountId: row.account_id,
    region: row.region,
    snapshot: row.snapshot,
    partialReasons: row.partial_reasons,
    attackPathAccounts: row.attack_path_accounts,
    statistics: row.statistics,
  }
}
