import type { Transaction } from './database.ts'
import type { Reconciliation } from './reconcile.ts'

export interface Changes {
  readonly created: number
  readonly updated: number
  readonly unchanged: number
  readonly resolved: number
  readonly reopened: number
}

/** Applies what stageActions worked out: findings, attack paths, their history, and the coverage of units. */
export async function applyActions(
  tx: Transaction,
  scan: Reconciliation,
  late: boolean,
): Promise<Changes> {
  await upsertAssets(tx, scan, late)
  await tx.query(
    'create temp table changed (finding_no bigint, change text, cause text) on commit drop',
  )
  await createFindings(tx, scan)
  await resolveFindings(tx, scan)
  await rewriteFindings(tx, scan)
  await lowerFirstSeen(tx, scan)
  await touchFindings(tx, scan)
  await tx.query('analyze changed')
  await upsertAttackPaths(tx, scan)
  await insertEvents(tx, scan)
  await coverUnits(tx, scan)
  await recordSpoken(tx, scan)
  return countChanges(tx)
}

async function countChanges(tx: Transaction): Promise<Changes> {
  const { rows } = await tx.query<{ change: string; count: number }>(`
    select change, count(*) from changed group by change
    union all select 'unchanged', count(*) from seen where act = 'see' and state = 'open'`)
  const count = (change: string): number => rows.find((row) => row.change === change)?.count ?? 0
  return {
    created: count('created'),
    updated: count('updated'),
    unchanged: count('unchanged'),
    resolved: count('resolved'),
    reopened: count('reopened'),
  }
}

/** What reports say of assets; a late scan only makes those that it names known. */
async function upsertAssets(tx: Transaction, scan: Reconciliation, late: boolean): Promise<void> {
  await tx.query(
    `
    insert into assets as a (tenant_id, asset_key, provider, account_id, region, asset_id, name, native_type, resource_type, scanner_labels, scanner_labels_json)
    select distinct on (asset_key) $1, asset_key, provider, account_id, region, asset_id, name, native_type, resource_type, labels, labels_json
    from staged_records where scan_no = $2 and kind = 'asset'
    order by asset_key, cardinality(labels) desc, name desc, native_type desc, labels_json desc
    on conflict (tenant_id, asset_key) ${late ? 'do nothing' : UPDATE_ASSET}`,
    [tx.tenantId, scan.scanNo],
  )
}

/** What a report leaves empty, it does not know; a row that would say the same is not written. */
const UPDATE_ASSET = `do update set
      name = case when excluded.name = '' then a.name else excluded.name end,
      native_type = case when excluded.native_type = '' then a.native_type else excluded.native_type end,
      resource_type = case when excluded.native_type = '' then a.resource_type else excluded.resource_type end,
      scanner_labels = case when excluded.scanner_labels = '{}' then a.scanner_labels else excluded.scanner_labels end,
      scanner_labels_json = case when excluded.scanner_labels = '{}' then a.scanner_labels_json else excluded.scanner_labels_json end
    where excluded.name not in ('', a.name) or excluded.native_type not in ('', a.native_type)
      or excluded.scanner_labels not in ('{}', a.scanner_labels)`

async function createFindings(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    with written as (
    insert into findings (tenant_id, fingerprint, alert_id, detection_type, unit_no, asset_no, severity, title, risk_category, source_id,
      state, first_seen_at, seen_at, changed_by_scan, change, suppressed_upstream, content_digest, body_identity, body_facts,
      body_description, body_remediation, body_resources, body_assets, body_risk, labels_json, quarantined)
    select $1, s.fingerprint, s.alert_id, case s.kind when 'finding' then 'security_finding' else 'attack_path' end, n.unit_no, a.asset_no,
      s.severity, s.title, s.risk_category, s.source_id, 'open', least($3, s.first_seen_at), $3, $2, 'created', s.evaluation = 2,
      s.content_digest, s.body_identity, s.body_facts, s.body_description, s.body_remediation, s.body_resources, s.body_assets,
      s.body_risk, s.labels_json, s.quarantined
    from seen n join staged_records s on s.scan_no = $2 and s.ctid = n.staged join assets a on a.tenant_id = $1 and a.asset_key = s.asset_key
    where n.act = 'create'
    order by s.alert_id
    returning finding_no, change)
    insert into changed select finding_no, change from written`,
    [tx.tenantId, scan.scanNo, scan.scanAt],
  )
}

/** By evidence (L5) and by covered absence (L6). What was last seen through the unit's coverage is written down first. */
async function resolveFindings(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    with gone as (
      select finding_no, case evaluation when 3 then 'passed' else 'closed_upstream' end as cause from seen where act = 'resolve'
      union all
      select finding_no, 'not_reported' from absent
    ), written as (
    update findings f set state = 'resolved', resolved_at = $3, resolved_cause = g.cause, changed_by_scan = $2, change = 'resolved',
      seen_at = greatest(f.seen_at, u.covered_at)
    from gone g, units u
    where f.tenant_id = $1 and f.finding_no = g.finding_no and u.tenant_id = $1 and u.unit_no = f.unit_no
    returning f.finding_no, f.change, f.resolved_cause)
    insert into changed select finding_no, change, resolved_cause from written`,
    [tx.tenantId, scan.scanNo, scan.scanAt],
  )
}

/** Updated (L4) and reopened (L8): the row says what the record says now. */
async function rewriteFindings(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    with written as (
      update findings f set state = 'open', resolved_at = null, resolved_cause = null,
        reopened_count = f.reopened_count + (n.act = 'reopen')::int,
        changed_by_scan = $2, change = case n.act when 'reopen' then 'reopened' else 'updated' end,
        first_seen_at = least(f.first_seen_at, $3, s.first_seen_at), seen_at = $3, suppressed_upstream = s.evaluation = 2,
        unit_no = n.unit_no, asset_no = a.asset_no, severity = s.severity, title = s.title, risk_category = s.risk_category,
        source_id = s.source_id, content_digest = s.content_digest, body_identity = s.body_identity, body_facts = s.body_facts,
        body_description = s.body_description, body_remediation = s.body_remediation, body_resources = s.body_resources,
        body_assets = s.body_assets, body_risk = s.body_risk, labels_json = s.labels_json, quarantined = s.quarantined
      from seen n join staged_records s on s.scan_no = $2 and s.ctid = n.staged join assets a on a.tenant_id = $1 and a.asset_key = s.asset_key
      where n.act in ('update', 'reopen') and f.tenant_id = $1 and f.finding_no = n.finding_no
      returning f.finding_no, f.change
    )
    insert into changed select finding_no, change from written`,
    [tx.tenantId, scan.scanNo, scan.scanAt],
  )
}

/** A late failure only lowers first seen (L9), and that is no change. */
async function lowerFirstSeen(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    update findings f set first_seen_at = least($2, n.first_seen_at)
    from seen n where n.act = 'late' and f.tenant_id = $1 and f.finding_no = n.finding_no and f.first_seen_at > least($2, n.first_seen_at)`,
    [tx.tenantId, scan.scanAt],
  )
}

/**
 * Findings that the scan saw and did not change. Only those are written whose times or mark the unit's coverage does not
 * tell: seen outside of what the scan covers, seen in another unit, an earlier first seen, the scanner's mute on or off.
 */
async function touchFindings(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    update findings f set
      first_seen_at = case when n.failing then least(f.first_seen_at, $2, n.first_seen_at) else f.first_seen_at end,
      seen_at = case when f.state = 'open' then greatest(f.seen_at, $2) else f.seen_at end,
      suppressed_upstream = case n.evaluation when 0 then false when 2 then true else f.suppressed_upstream end,
      unit_no = case when n.failing then n.unit_no else f.unit_no end
    from seen n left join scan_units su on su.unit_no = n.old_unit_no
    where n.act = 'see' and f.tenant_id = $1 and f.finding_no = n.finding_no
      and (f.state = 'open' and f.seen_at < $2 and not coalesce(su.covered, false)
        or n.failing and (f.first_seen_at > least($2, n.first_seen_at) or f.unit_no <> n.unit_no or f.suppressed_upstream <> (n.evaluation = 2)))`,
    [tx.tenantId, scan.scanAt],
  )
}

async function upsertAttackPaths(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    insert into attack_paths (tenant_id, finding_no, target_asset_no, account_ids, routes, risk_score)
    select $1, f.finding_no, a.asset_no, s.account_ids, s.routes::json, s.risk_score
    from seen n join staged_records s on s.scan_no = $2 and s.ctid = n.staged
    join findings f on f.tenant_id = $1 and f.fingerprint = n.fingerprint
    join assets a on a.tenant_id = $1 and a.asset_key = s.target_key
    where n.kind = 'attack_path' and n.act in ('create', 'update', 'reopen') and s.scan_no = $2
    on conflict (tenant_id, finding_no) do update set target_asset_no = excluded.target_asset_no,
      account_ids = excluded.account_ids, routes = excluded.routes, risk_score = excluded.risk_score`,
    [tx.tenantId, scan.scanNo],
  )
}

async function insertEvents(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    insert into finding_events (tenant_id, finding_no, at, kind, scan_no, details)
    select $1, finding_no, $3, change, $2, case when change = 'resolved' then jsonb_build_object('cause', cause) end
    from changed order by finding_no`,
    [tx.tenantId, scan.scanNo, scan.scanAt],
  )
}

async function coverUnits(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    update units u set covered_at = $3, covered_by_scan = $2, known = u.known or u.account_ids is null
    from scan_units su where su.covered and u.tenant_id = $1 and u.unit_no = su.unit_no`,
    [tx.tenantId, scan.scanNo, scan.scanAt],
  )
  await tx.query(
    `
    update units u set known = true
    where u.tenant_id = $1 and not u.known and u.unit_no in (
      select unit_no from seen where act in ('create', 'update', 'reopen') or act = 'see' and failing and finding_no is not null)`,
    [tx.tenantId],
  )
}

/** What an export made later must hold beside the covered units: findings that the scan saw or changed outside of them. */
async function recordSpoken(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    update scans set spoken_findings = (
      select coalesce(array_agg(f.finding_no), '{}')
      from (
        select finding_no from changed
        union select finding_no from seen where act = 'see'
      ) spoken
      join findings f on f.tenant_id = $1 and f.finding_no = spoken.finding_no
      where not exists (select from scan_units su where su.unit_no = f.unit_no and su.covered))
    where tenant_id = $1 and scan_no = $2`,
    [tx.tenantId, scan.scanNo],
  )
}
