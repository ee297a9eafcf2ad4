import type { DetectionType } from '../domain/finding.ts'
import type { FindingStatus } from '../domain/finding-status.ts'
import { severities } from '../domain/severity.ts'
import type { Severity } from '../domain/severity.ts'
import type { Transaction } from './database.ts'

/** A finding or an attack path as people see it at an instant. */
export interface FindingView {
  readonly findingNo: number
  readonly alertId: string
  readonly detectionType: DetectionType
  readonly status: FindingStatus
  readonly state: 'open' | 'resolved'
  readonly severity: Severity
  readonly title: string
  readonly scanner: string
  /** The check; of an attack path its scenario stands in its record. */
  readonly rule: string
  readonly provider: string
  readonly accountId: string
  readonly region: string
  readonly assetId: string
  readonly assetName: string
  readonly resourceType: string
  readonly riskCategory: string
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
  readonly resolvedAt: Date | null
  readonly resolvedCause: string | null
  readonly reopenedCount: number
  readonly suppressedUpstream: boolean
  readonly ignored: boolean
  readonly decision: DecisionView | null
  readonly quarantined: string | null
  readonly riskScore: number | null
}

export interface DecisionView {
  readonly kind: 'dismissed' | 'snoozed'
  readonly reason: string | null
  readonly comment: string | null
  readonly until: Date | null
  readonly by: string
  readonly at: Date
}

export interface FindingFilter {
  readonly status?: FindingStatus
  readonly severity?: Severity
  readonly provider?: string
  readonly accountId?: string
  readonly assetId?: string
  readonly rule?: string
  /** Last seen at this instant or later. */
  readonly since?: Date
  /** Left out of exports, because no valid record can be made of it; or not. */
  readonly quarantined?: boolean
}

export interface FindingPage {
  readonly limit: number
  /** The last one of the page before. */
  readonly after?: number
}

export interface FindingEvent {
  readonly at: Date
  readonly kind: string
  readonly scanId: string | null
  readonly by: string | null
  readonly details: unknown
}

/** One page, in the order in which they were first recorded. */
export async function listFindings(
  tx: Transaction,
  detectionType: DetectionType,
  filter: FindingFilter,
  page: FindingPage,
  now: Date,
): Promise<readonly FindingView[]> {
  const { rows } = await tx.query<FindingRow>(
    `${SELECT_FINDING}
    where ${MATCHES} and f.finding_no > coalesce($12::bigint, 0)
    order by f.finding_no limit $13`,
    [...filterValues(tx, detectionType, filter, now), page.after ?? null, page.limit],
  )
  return rows.map(rowToFinding)
}

/** The ids of all that match, for a decision by filter: chosen first, so that what changes on the way changes nothing. */
export async function listAlertIds(
  tx: Transaction,
  detectionType: DetectionType,
  filter: FindingFilter,
  now: Date,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ alert_id: string }>(
    `
    select v.alert_id from (${SELECT_FINDING} where ${MATCHES}) v order by v.finding_no`,
    filterValues(tx, detectionType, filter, now),
  )
  return rows.map((row) => row.alert_id)
}

export async function findFinding(
  tx: Transaction,
  alertId: string,
  now: Date,
): Promise<FindingView | undefined> {
  const { rows } = await tx.query<FindingRow>(
    `${SELECT_FINDING} where f.tenant_id = $1 and f.alert_id = $3 and $2::timestamptz is not null`,
    [tx.tenantId, now, alertId],
  )
  return rows[0] === undefined ? undefined : rowToFinding(rows[0])
}

/** What its record says, in its parts: JSON texts as they go out. */
export async function getFindingBody(tx: Transaction, findingNo: number): Promise<string> {
  const { rows } = await tx.query<{ body: string }>(
    `
    select '{' || substr(concat(body_identity, body_facts, body_description, body_remediation, body_resources, body_assets, body_risk), 2) || '}' as body
    from findings where tenant_id = $1 and finding_no = $2`,
    [tx.tenantId, findingNo],
  )
  return rows[0]?.body ?? '{}'
}

export async function listFindingEvents(
  tx: Transaction,
  findingNo: number,
): Promise<readonly FindingEvent[]> {
  const { rows } = await tx.query<{
    at: Date
    kind: string
    scan_id: string | null
    by: string | null
    details: unknown
  }>(
    `
    select e.at, e.kind, s.scan_id, e.by, e.details
    from finding_events e left join scans s on s.tenant_id = e.tenant_id and s.scan_no = e.scan_no
    where e.tenant_id = $1 and e.finding_no = $2 order by e.event_no`,
    [tx.tenantId, findingNo],
  )
  return rows.map((row) => ({
    at: row.at,
    kind: row.kind,
    scanId: row.scan_id,
    by: row.by,
    details: row.details,
  }))
}

/** How many are open, and how many of them people or the scanner took out of sight. */
export async function countFindings(
  tx: Transaction,
  now: Date,
): Promise<readonly { detectionType: DetectionType; status: FindingStatus; count: number }[]> {
  const { rows } = await tx.query<{
    detection_type: DetectionType
    status: FindingStatus
    count: number
  }>(
    `
    select v.detection_type, v.status, count(*) from (${SELECT_FINDING} where f.tenant_id = $1 and $2::timestamptz is not null) v
    group by v.detection_type, v.status`,
    [tx.tenantId, now],
  )
  return rows.map((row) => ({
    detectionType: row.detection_type,
    status: row.status,
    count: row.count,
  }))
}

/** The status as people see it (life-cycle.md, Words); $2 is now. An attack path follows its own decision alone. */
const STATUS = `
  case
    when f.decision = 'dismissed' or f.suppressed_upstream or a.ignored and f.detection_type = 'security_finding' then 'dismissed'
    when f.decision = 'snoozed' and f.decision_until > $2 then 'snoozed'
    else f.state
  end`

const SELECT_FINDING = `
  select f.finding_no, f.alert_id, f.detection_type, ${STATUS} as status, f.state, f.severity, f.title, u.scanner, u.check_key, a.provider,
    a.account_id, u.region, a.asset_id, a.name as asset_name, a.resource_type, f.risk_category, f.first_seen_at,
    case f.state when 'open' then greatest(f.seen_at, u.covered_at) else f.seen_at end as last_seen_at,
    f.resolved_at, f.resolved_cause, f.reopened_count, f.suppressed_upstream, a.ignored or coalesce(t.ignored, false) as ignored,
    f.decision, f.decision_reason, f.decision_comment, f.decision_until, f.decision_by, f.decision_at, f.quarantined, p.risk_score
  from findings f
  join units u on u.tenant_id = f.tenant_id and u.unit_no = f.unit_no
  join assets a on a.tenant_id = f.tenant_id and a.asset_no = f.asset_no
  left join attack_paths p on p.tenant_id = f.tenant_id and p.finding_no = f.finding_no
  left join assets t on t.tenant_id = f.tenant_id and t.asset_no = p.target_asset_no`

const MATCHES = `f.tenant_id = $1 and f.detection_type = $3
    and ($4::text is null or ${STATUS} = $4)
    and ($5::smallint is null or f.severity = $5)
    and ($6::text is null or a.provider = $6)
    and ($7::text is null or a.account_id = $7)
    and ($8::text is null or a.asset_id = $8)
    and ($9::text is null or u.check_key = $9)
    and ($10::timestamptz is null or case f.state when 'open' then greatest(f.seen_at, u.covered_at) else f.seen_at end >= $10)
    and ($11::boolean is null or (f.quarantined is not null) = $11)`

function filterValues(
  tx: Transaction,
  detectionType: DetectionType,
  filter: FindingFilter,
  now: Date,
): unknown[] {
  return [
    tx.tenantId,
    now,
    detectionType,
    filter.status ?? null,
    filter.severity === undefined ? null : severities.indexOf(filter.severity),
    filter.provider ?? null,
    filter.accountId ?? null,
    filter.assetId ?? null,
    filter.rule ?? null,
    filter.since ?? null,
    filter.quarantined ?? null,
  ]
}

interface FindingRow {
  finding_no: number
  alert_id: string
  detection_type: DetectionType
  status: FindingStatus
  state: 'open' | 'resolved'
  severity: number
  title: string
  scanner: string
  check_key: string
  provider: string
  account_id: string
  region: string
  asset_id: string
  asset_name: string
  resource_type: string
  risk_category: string
  first_seen_at: Date
  last_seen_at: Date
  resolved_at: Date | null
  resolved_cause: string | null
  reopened_count: number
  suppressed_upstream: boolean
  ignored: boolean
  decision: 'dismissed' | 'snoozed' | null
  decision_reason: string | null
  decision_comment: string | null
  decision_until: Date | null
  decision_by: string
  decision_at: Date
  quarantined: string | null
  risk_score: number | null
}

function rowToFinding(row: FindingRow): FindingView {
  return {
    findingNo: row.finding_no,
    alertId: row.alert_id,
    detectionType: row.detection_type,
    status: row.status,
    state: row.state,
    severity: severities[row.severity] ?? 'Information',
    title: row.title,
    scanner: row.scanner,
    rule: row.check_key,
    provider: row.provider,
    accountId: row.account_id,
    region: row.region,
    assetId: row.asset_id,
    assetName: row.asset_name,
    resourceType: row.resource_type,
    riskCategory: row.risk_category,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
    resolvedAt: row.resolved_at,
    resolvedCause: row.resolved_cause,
    reopenedCount: row.reopened_count,
    suppressedUpstream: row.suppressed_upstream,
    ignored: row.ignored,
    decision:
      row.decision === null
        ? null
        : {
            kind: row.decision,
            reason: row.decision_reason,
            comment: row.decision_comment,
            until: row.decision_until,
            by: row.decision_by,
            at: row.decision_at,
          },
    quarantined: row.quarantined,
    riskScore: row.risk_score,
  }
}
