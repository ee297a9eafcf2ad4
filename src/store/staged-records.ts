import type { Writable } from 'node:stream'
import { from as copyFrom } from 'pg-copy-streams'
import type { Transaction } from './database.ts'

/** The columns of a COPY into staged_records, in the order in which a row's values are encoded. */
export const stagedColumns = [
  'scan_no',
  'report_no',
  'kind',
  'fingerprint',
  'alert_id',
  'unit_key',
  'asset_key',
  'evaluation',
  'severity',
  'first_seen_at',
  'content_digest',
  'title',
  'risk_category',
  'source_id',
  'body_identity',
  'body_facts',
  'body_description',
  'body_remediation',
  'body_resources',
  'body_assets',
  'body_risk',
  'labels',
  'labels_json',
  'quarantined',
  'target_key',
  'account_ids',
  'routes',
  'risk_score',
  'check_key',
  'provider',
  'account_id',
  'region',
  'covers',
  'rejected',
  'asset_id',
  'name',
  'native_type',
  'resource_type',
] as const
export type StagedColumn = (typeof stagedColumns)[number]
type StagedValue = string | number | boolean | Uint8Array | Date | readonly string[]
export type StagedRow = { readonly kind: 'finding' | 'attack_path' | 'unit' | 'asset' } & {
  readonly [column in Exclude<StagedColumn, 'kind'>]?: StagedValue
}

/** One row in COPY's text format (postgresql.org/docs/current/sql-copy.html), with its line feed. */
export function encodeStagedRow(scanNo: number, reportNo: number, row: StagedRow): string {
  let line = `${scanNo}\t${reportNo}`
  for (let at = 2; at < stagedColumns.length; at += 1) {
    const column = stagedColumns[at]
    line += `\t${column === undefined ? '\\N' : encodeValue(row[column])}`
  }
  return `${line}\n`
}

/** A stream that takes encoded rows; its end is the end of the COPY. */
export function copyIntoStagedRecords(tx: Transaction): Writable {
  return tx.client.query(copyFrom(`copy staged_records (${stagedColumns.join(', ')}) from stdin`))
}

/** How many rows a scan has waiting: a crash of the server empties the unlogged table. */
export async function countStagedRows(tx: Transaction, scanNo: number): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*) from staged_records where scan_no = $1',
    [scanNo],
  )
  return rows[0]?.count ?? 0
}

/** The same of one of its reports. */
export async function countStagedRowsOf(
  tx: Transaction,
  scanNo: number,
  reportNo: number,
): Promise<number> {
  const { rows } = await tx.query<{ count: number }>(
    'select count(*) from staged_records where scan_no = $1 and report_no = $2',
    [scanNo, reportNo],
  )
  return rows[0]?.count ?? 0
}

export async function deleteStagedRowsOf(
  tx: Transaction,
  scanNo: number,
  reportNo: number,
): Promise<void> {
  await tx.query('delete from staged_records where scan_no = $1 and report_no = $2', [
    scanNo,
    reportNo,
  ])
}

export async function deleteStagedRows(tx: Transaction, scanNo: number): Promise<void> {
  await tx.query('delete from staged_records where scan_no = $1', [scanNo])
}

function encodeValue(value: StagedValue | undefined): string {
  if (value === undefined) return '\\N'
  if (typeof value === 'string') return escapeText(value)
  if (typeof value === 'number') return String(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) {
    return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  }
  return escapeText(arrayLiteral(value))
}

function arrayLiteral(items: readonly string[]): string {
  return `{${items.map((item) => `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`
}

// PostgreSQL's text cannot hold a NUL; in a record's JSON it stands as an escape, and never comes here.
const SPECIAL = /[\0\\\t\n\r]/
const ALL_SPECIAL = /[\0\\\t\n\r]/g
const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\uFFFD',
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}

function escapeText(text: string): string {
  return SPECIAL.test(text)
    ? text.replace(ALL_SPECIAL, (character) => ESCAPES[character] ?? '')
    : text
}
