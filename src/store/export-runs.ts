import type {
  Compression,
  ExportPart,
  Framing,
  RecordFormat,
  Rendition,
  Stream,
} from '../domain/export-part.ts'
import type { Transaction } from './database.ts'
import { only } from './only.ts'
import type { ManifestCounts } from '../domain/manifest.ts'

/** The records of one completed scan for one alert rule, in one form. */
export interface ExportRun {
  readonly runNo: number
  readonly exportId: string
  readonly kind: 'scan' | 'replay' | 'manual'
  readonly scanNo: number
  readonly scanId: string
  readonly ruleNo: number
  readonly rule: string
  readonly rendition: Rendition
  /** The instant in its keys. */
  readonly exportAt: Date
  readonly createdAt: Date
  readonly previousExportId: string | null
  readonly replayOf: string | null
  readonly counts: ManifestCounts
}

export interface StoredPart {
  readonly partNo: number
  readonly number: number
  readonly stream: Stream
  readonly key: string
  readonly contentType: string
  readonly contentSha256: string
  readonly contentBytes: number
  readonly bytes: number
  readonly records: number
}

export async function insertExportRun(
  tx: Transaction,
  run: {
    readonly exportId: string
    readonly kind: ExportRun['kind']
    readonly scanNo: number
    readonly ruleNo: number
    readonly rendition: Rendition
    readonly exportAt: Date
    readonly createdAt: Date
    readonly previousExportId: string | null
    readonly replayOf: string | null
    readonly counts: ManifestCounts
  },
): Promise<number> {
  const { rows } = await tx.query<{ run_no: number }>(
    `
    insert into export_runs (tenant_id, export_id, kind, scan_no, rule_no, record_format, framing, compression, export_at, created_at,
      previous_export_id, replay_of, counts)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning run_no`,
    [
      tx.tenantId,
      run.exportId,
      run.kind,
      run.scanNo,
      run.ruleNo,
      run.rendition.record,
      run.rendition.framing,
      run.rendition.compression,
      run.exportAt,
      run.createdAt,
      run.previousExportId,
      run.replayOf,
      JSON.stringify(run.counts),
    ],
  )
  return only(rows).run_no
}

/** Stores one object of an export; from here on its key and bytes never change. Answers its number. */
export async function insertExportPart(
  tx: Transaction,
  runNo: number,
  number: number,
  part: ExportPart & { readonly contentBytes: number },
): Promise<number> {
  const { rows } = await tx.query<{ part_no: number }>(
    `
    insert into export_parts (tenant_id, run_no, stream, number, key, bytes, content_type, content_sha256, content_bytes, records, metadata)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning part_no`,
    [
      tx.tenantId,
      runNo,
      part.stream,
      number,
      part.key,
      part.bytes,
      part.contentType,
      part.contentSha256,
      part.contentBytes,
      part.records,
      JSON.stringify(part.metadata),
    ],
  )
  return only(rows).part_no
}

/** One delivery a part, in the order given, which is the order of publishing. */
export async function insertDeliveries(
  tx: Transaction,
  destinationNo: number,
  parts: readonly { readonly partNo: number; readonly deliveryId: string }[],
  dueAt: Date,
): Promise<void> {
  await tx.query(
    `
    insert into deliveries (tenant_id, delivery_id, part_no, destination_no, due_at)
    select $1, delivery_id, part_no, $2, $3 from unnest($4::text[], $5::bigint[]) with ordinality p (delivery_id, part_no, place) order by place`,
    [
      tx.tenantId,
      destinationNo,
      dueAt,
      parts.map((part) => part.deliveryId),
      parts.map((part) => part.partNo),
    ],
  )
}

/** The last export of a rule in one form, which the next one's manifest names. */
export async function findPreviousExportId(
  tx: Transaction,
  ruleNo: number,
  rendition: Rendition,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ export_id: string }>(
    `
    select export_id from export_runs
    where tenant_id = $1 and rule_no = $2 and record_format = $3 and framing = $4 and compression = $5 and kind <> 'replay'
    order by run_no desc limit 1`,
    [tx.tenantId, ruleNo, rendition.record, rendition.framing, rendition.compression],
  )
  return rows[0]?.export_id
}

export async function findExportRun(
  tx: Transaction,
  exportId: string,
): Promise<ExportRun | undefined> {
  const { rows } = await tx.query<RunRow>(
    `${SELECT_RUN} where r.tenant_id = $1 and r.export_id = $2`,
    [tx.tenantId, exportId],
  )
  return rows[0] === undefined ? undefined : rowToRun(rows[0])
}

export async function listExportRuns(
  tx: Transaction,
  filter: {
    readonly scanNo?: number
    readonly ruleNo?: number
    readonly limit: number
    readonly before?: number
  },
): Promise<readonly ExportRun[]> {
  const { rows } = await tx.query<RunRow>(
    `${SELECT_RUN}
    where r.tenant_id = $1 and ($2::bigint is null or r.scan_no = $2) and ($3::bigint is null or r.rule_no = $3) and ($4::bigint is null or r.run_no < $4)
    order by r.run_no desc limit $5`,
    [
      tx.tenantId,
      filter.scanNo ?? null,
      filter.ruleNo ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  )
  return rows.map(rowToRun)
}

/** The objects of an export in publishing order, without their bytes. */
export async function listExportParts(
  tx: Transaction,
  runNo: number,
): Promise<readonly StoredPart[]> {
  const { rows } = await tx.query<PartRow>(
    `
    select part_no, number, stream, key, content_type, content_sha256, content_bytes, octet_length(bytes) as bytes, records
    from export_parts where tenant_id = $1 and run_no = $2 order by part_no`,
    [tx.tenantId, runNo],
  )
  return rows.map((row) => ({
    partNo: row.part_no,
    number: row.number,
    stream: row.stream,
    key: row.key,
    contentType: row.content_type,
    contentSha256: row.content_sha256,
    contentBytes: row.content_bytes,
    bytes: row.bytes,
    records: row.records,
  }))
}

export async function getPartBytes(tx: Transaction, partNo: number): Promise<Uint8Array> {
  const { rows } = await tx.query<{ bytes: Buffer }>(
    'select bytes from export_parts where tenant_id = $1 and part_no = $2',
    [tx.tenantId, partNo],
  )
  const row = rows[0]
  if (row === undefined) throw new Error(`there is no part ${partNo}`)
  return row.bytes
}

const SELECT_RUN = `
  select r.*, s.scan_id, a.name as rule from export_runs r
  join scans s on s.tenant_id = r.tenant_id and s.scan_no = r.scan_no
  join alert_rules a on a.tenant_id = r.tenant_id and a.rule_no = r.rule_no`

interface RunRow {
  run_no: number
  export_id: string
  kind: ExportRun['kind']
  scan_no: number
  scan_id: string
  rule_no: number
  rule: string
  record_format: RecordFormat
  framing: Framing
  compression: Compression
  export_at: Date
  created_at: Date
  previous_export_id: string | null
  replay_of: string | null
  counts: ManifestCounts
}

interface PartRow {
  part_no: number
  number: number
  stream: Stream
  key: string
  content_type: string
  content_sha256: string
  content_bytes: number
  bytes: number
  records: number
}

function rowToRun(row: RunRow): ExportRun {
  return {
    runNo: row.run_no,
    exportId: row.export_id,
    kind: row.kind,
    scanNo: row.scan_no,
    scanId: row.scan_id,
    ruleNo: row.rule_no,
    rule: row.rule,
    rendition: { record: row.record_format, framing: row.framing, compression: row.compression },
    exportAt: row.export_at,
    createdAt: row.created_at,
    previousExportId: row.previous_export_id,
    replayOf: row.replay_of,
    counts: row.counts,
  }
}
