import { to as copyTo } from 'pg-copy-streams'
import type { RecordFormat, Stream } from '../domain/export-part.ts'
import type { ManifestCounts } from '../domain/manifest.ts'
import { severities } from '../domain/severity.ts'
import type { Transaction } from './database.ts'
import { only } from './only.ts'

/** Whose present state an export tells: of one completed scan, for one rule. */
export interface ExportScope {
  readonly scanNo: number
  readonly scanId: string
  /** `coverage`: what is in the units the scan covers and what it saw or changed; `tenant`: all. */
  readonly range: 'coverage' | 'tenant'
  /** How long resolved ones go out (L12). */
  readonly resolvedDays: number
  /** The clock: what is snoozed, and how long ago something was resolved. */
  readonly now: Date
}

/**
 * Works out what the export holds and what it leaves out (L12), in the temporary table export_range: one row a finding or
 * attack path, with the reason where it is left out.
 */
export async function stageExportRange(
  tx: Transaction,
  scope: ExportScope,
): Promise<ManifestCounts> {
  await tx.query('drop table if exists export_range')
  await tx.query(
    `
    create temp table export_range on commit drop as
    with candidates as (${scope.range === 'tenant' ? TENANT : COVERAGE}), decided as (
      select f.finding_no, f.detection_type, f.state, f.quarantined, f.body_facts like '%,"truncated_fields":[%' as truncated,
        a.ignored or coalesce(t.ignored, false) as ignored,
        f.decision = 'dismissed' as dismissed,
        f.decision = 'snoozed' and f.decision_until > $3 as snoozed,
        f.suppressed_upstream as suppressed,
        f.changed_by_scan = $2 and f.change = 'resolved' as resolved_now,
        greatest(f.resolved_at, case when f.decision = 'snoozed' then f.decision_until else f.decision_ended_at end) as window_begins_at
      from candidates c join findings f on f.tenant_id = $1 and f.finding_no = c.finding_no
      join assets a on a.tenant_id = $1 and a.asset_no = f.asset_no
      left join attack_paths p on p.tenant_id = $1 and p.finding_no = f.finding_no
      left join assets t on t.tenant_id = $1 and t.asset_no = p.target_asset_no
    )
    select finding_no, detection_type, state, truncated, case
        when ignored then 'ignored'
        when dismissed then 'dismissed'
        when snoozed then 'snoozed'
        when suppressed then 'suppressed'
        when quarantined is not null then 'quarantined'
      end as excluded
    from decided
    where state = 'open' or resolved_now or coalesce(dismissed, false) or coalesce(snoozed, false)
      or window_begins_at >= $3::timestamptz - make_interval(days => $4)`,
    [tx.tenantId, scope.scanNo, scope.now, scope.resolvedDays],
  )
  await tx.query('analyze export_range')
  return countRange(tx)
}

/** The findings that a scan may speak of, of which the export takes what is open or resolved of late. */
const COVERAGE = `
      select f.finding_no from findings f where f.tenant_id = $1 and f.unit_no in (
        select unnest(covered_units) from scans where tenant_id = $1 and scan_no = $2)
      union select unnest(spoken_findings) from scans where tenant_id = $1 and scan_no = $2`
const TENANT = 'select finding_no from findings where tenant_id = $1'

async function countRange(tx: Transaction): Promise<ManifestCounts> {
  const { rows } = await tx.query<Omit<ManifestCounts, 'excluded'> & ManifestCounts['excluded']>(`
    select count(*) filter (where excluded is null) as records,
      count(*) filter (where excluded is null and detection_type = 'security_finding') as security_finding,
      count(*) filter (where excluded is null and detection_type = 'attack_path') as attack_path,
      count(*) filter (where excluded is null and state = 'resolved') as resolved,
      count(*) filter (where excluded is null and truncated) as truncated,
      count(*) filter (where excluded = 'quarantined') as quarantined,
      count(*) filter (where excluded = 'ignored') as ignored,
      count(*) filter (where excluded = 'dismissed') as dismissed,
      count(*) filter (where excluded = 'snoozed') as snoozed,
      count(*) filter (where excluded = 'suppressed') as suppressed
    from export_range`)
  const { ignored, dismissed, snoozed, suppressed, ...counts } = only(rows)
  return { ...counts, excluded: { ignored, dismissed, snoozed, suppressed } }
}

/**
 * The records of one stream as NDJSON bytes, straight from COPY: head, body and labels are put together by PostgreSQL, and
 * nothing is parsed on the way. Call stageExportRange before. COPY takes no parameters, so the constants come by a table.
 * Who stops reading before the end ends the transaction with it.
 */
export async function* readRecords(
  tx: Transaction,
  scope: ExportScope,
  stream: Exclude<Stream, 'manifests'>,
  record: RecordFormat,
): AsyncGenerator<Uint8Array, void> {
  await tx.query(
    'create temp table if not exists export_constants (scan_id text, scan_no bigint) on commit drop',
  )
  await tx.query('delete from export_constants')
  await tx.query('insert into export_constants values ($1, $2)', [scope.scanId, scope.scanNo])
  // Minified JSON holds neither of the two control characters, so that csv hands it through byte for byte.
  const copy = tx.client.query(
    copyTo(
      `copy (${recordSelect(stream, record)}) to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`,
    ),
  )
  let whole = false
  try {
    for await (const chunk of copy as AsyncIterable<Uint8Array>) yield chunk
    whole = true
  } finally {
    // The server would wait for ever until the rest is read, and the rollback behind it.
    if (!whole) await tx.client.end()
  }
}

const STREAM_TYPES = { security_findings: 'security_finding', attack_paths: 'attack_path' } as const

function recordSelect(stream: keyof typeof STREAM_TYPES, record: RecordFormat): string {
  return `
    select ${record === 'siem' ? SIEM_RECORD : SIEM_STRICT_RECORD}
    from (${recordFacts(STREAM_TYPES[stream])}) r
    order by finding_no`
}

/** One row a record: columns as they stand, and what the head is made of. */
function recordFacts(detectionType: string): string {
  return `
      select f.*, c.scan_id,
        case f.state when 'open' then greatest(f.seen_at, u.covered_at) else f.resolved_at end as detected_at,
        case when f.changed_by_scan = c.scan_no then f.change else 'unchanged' end as action,
        case when a.scanner_labels_json <@ f.labels_json and a.user_labels_json <@ f.labels_json then f.labels_json else
          f.labels_json || (
            select array_agg(label order by place) from (
              select label, min(place) as place
              from unnest(a.scanner_labels_json || a.user_labels_json) with ordinality l (label, place)
              where label <> all (f.labels_json) group by label) more)
        end as all_labels_json
      from export_constants c, export_range x
      join findings f on f.finding_no = x.finding_no
      join units u on u.tenant_id = f.tenant_id and u.unit_no = f.unit_no
      join assets a on a.tenant_id = f.tenant_id and a.asset_no = f.asset_no
      where x.excluded is null and x.detection_type = '${detectionType}'`
}

/**
 * The first 32 hex digits over tenant, alert, scan and all that the record says but times, each behind its length (L13): a
 * record that tells something else of the same scan, made by hand later, is another event.
 */
const EVENT_ID = `left(encode(sha256(${[
  'tenant_id',
  'alert_id',
  'scan_id',
  "encode(content_digest, 'hex')",
  'state',
  'action',
  "array_to_string(all_labels_json, ',')",
]
  .map((part) => `int4send(octet_length(${part})) || convert_to(${part}, 'UTF8')`)
  .join(' || ')}), 'hex'), 32)`

const SEVERITY = `(array[${severities.map((severity) => `'${severity}'`).join(', ')}])[severity + 1]`

function instant(column: string): string {
  return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}

/** The head as SQL; `strict` leaves out what the original did not have. */
function head(strict: boolean): string {
  return [
    `'{"detection_timestamp":"' || ${instant('detected_at')}`,
    strict ? undefined : `'","event_id":"' || ${EVENT_ID}`,
    `'","alert_id":"' || alert_id || '","detection_type":"' || detection_type || '","severity":"' || ${SEVERITY}`,
    `'","resolved":' || (state = 'resolved')::text`,
    strict ? undefined : `',"event_action":"' || action || '"'`,
    'body_identity',
    `',"tenant_id":"' || tenant_id || '","first_seen_timestamp":"' || ${instant('first_seen_at')} || '"'`,
    strict ? undefined : `',"schema_version":"1","scan_id":"' || scan_id || '"' || body_facts`,
    `',"labels":[' || array_to_string(all_labels_json, ',') || ']'`,
  ]
    .filter((part) => part !== undefined)
    .join(' || ')
}

const SIEM_RECORD = `${head(false)} || body_description || body_remediation || body_resources || body_assets || body_risk || '}'`
const SIEM_STRICT_RECORD = `${head(true)} || body_description || body_resources || body_risk || '}'`
