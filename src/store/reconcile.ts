import type { Transaction } from './database.ts'

/**
 * The life cycle (L2-L10) as SQL, over the staged rows of one scan: the twin of domain/life-cycle.ts, set by set instead of
 * finding by finding. All of it runs in the transaction that completes the scan; its working tables are temporary.
 */
export interface Reconciliation {
  readonly scanNo: number
  readonly scanner: string
  /** T: orders scans. */
  readonly scanAt: Date
  /** False where absence says nothing: a partial or a failed scan. */
  readonly coversUnits: boolean
  /** Reports whose full snapshot names one account; without one it covers the accounts of its records. */
  readonly fullReports: readonly FullReport[]
  /** Sets of accounts all of whose attack paths one report holds, rejected ones' accounts taken out. */
  readonly attackPathCoverage: readonly AttackPathCoverage[]
}

export interface FullReport {
  readonly reportNo: number
  readonly provider: string | null
  readonly accountId: string | null
  readonly region: string | null
}

export interface AttackPathCoverage {
  readonly unitKey: Uint8Array
  readonly provider: string
  readonly accountIds: readonly string[]
}

/** From here on, all that a scan does can be taken back if the drop guard holds it. */
export async function markBeforeApplying(tx: Transaction): Promise<void> {
  await tx.query('savepoint before_applying')
}

export async function undoSinceMark(tx: Transaction): Promise<void> {
  await tx.query('rollback to savepoint before_applying')
}

/**
 * Leaves one staged row a fingerprint (L2): fail beats not_assessed beats suppressed beats pass and closed, then the higher
 * severity, then the smaller text; first seen is the earliest of them all. Answers how many rows went.
 */
export async function collapseCollisions(tx: Transaction, scanNo: number): Promise<number> {
  await tx.query(
    `
    create temp table collided on commit drop as
    select fingerprint, min(first_seen_at) as first_seen_at from staged_records
    where scan_no = $1 and kind in ('finding', 'attack_path') group by fingerprint having count(*) > 1`,
    [scanNo],
  )
  const { rowCount } = await tx.query(
    `
    with ranked as (
      select s.ctid, row_number() over (
        partition by s.fingerprint
        order by s.evaluation, s.severity desc,
          concat(s.body_identity, s.body_facts, s.labels_json::text, s.body_description, s.body_remediation,
            s.body_resources, s.body_assets, s.body_risk) collate "C", s.unit_key) as place
      from staged_records s join collided using (fingerprint)
      where s.scan_no = $1 and s.kind in ('finding', 'attack_path')
    )
    delete from staged_records s using ranked r where s.ctid = r.ctid and r.place > 1`,
    [scanNo],
  )
  await tx.query(
    `
    update staged_records s set first_seen_at = c.first_seen_at from collided c
    where s.scan_no = $1 and s.fingerprint = c.fingerprint and s.first_seen_at is distinct from c.first_seen_at`,
    [scanNo],
  )
  return rowCount
}

/**
 * From this many staged rows on a scan is joined by hashing whole sets, below by looking each row up in an index. The
 * planner cannot tell: it knows nothing of rows that this transaction wrote, and takes a tenant that it has not seen
 * for an empty one. Left to itself it has compared each row with each.
 */
const HASHED_FROM_ROWS = 5_000

/** Tells the planner how to join what a scan of so many staged rows touches, until the transaction ends. */
export async function chooseJoins(tx: Transaction, stagedRows: number): Promise<void> {
  if (stagedRows >= HASHED_FROM_ROWS) await tx.query('set local enable_nestloop = off')
}

/** Copies what decides about the staged rows into a table that the planner knows. */
async function stageEvidence(tx: Transaction, scanNo: number): Promise<void> {
  await tx.query(
    `create temp table evidence on commit drop as
    select ctid as staged, kind, fingerprint, unit_key, evaluation, first_seen_at, content_digest
    from staged_records where scan_no = $1 and kind in ('finding', 'attack_path')`,
    [scanNo],
  )
  await tx.query('create index on evidence (unit_key)')
  await tx.query('create index on evidence (fingerprint)')
  await tx.query('analyze evidence')
}

/**
 * Joins the staged rows to the findings they speak of and says what each does, in the temporary table seen; and which open
 * findings are missing from a unit that the scan covers (L6), in the temporary table absent.
 *
 * `act`: create, reopen, resolve, update, see (only its times or its mark may change), late
 * (lowers first seen), none.
 */
export async function stageActions(tx: Transaction, scan: Reconciliation): Promise<void> {
  await stageEvidence(tx, scan.scanNo)
  await tx.query(
    `
    create temp table seen on commit drop as
    select j.*,
      case
        when finding_no is null then case when failing and not late then 'create' else 'none' end
        when late then case when failing then 'late' else 'none' end
        when state = 'resolved' then case when failing then 'reopen' else 'see' end
        when evaluation in (3, 4) then 'resolve'
        when failing and content_digest <> old_digest then 'update'
        else 'see'
      end as act
    from (
      select s.staged, s.kind, s.fingerprint, s.evaluation, s.evaluation in (0, 2) as failing, s.first_seen_at,
        s.content_digest, u.unit_no, f.finding_no, f.state, f.content_digest as old_digest, f.unit_no as old_unit_no,
        coalesce(coalesce(fu.covered_at, case when f.finding_no is null then u.covered_at end) > $2, false)
          or coalesce(greatest(f.seen_at, f.resolved_at) > $2, false) as late
      from evidence s
      join units u on u.tenant_id = $1 and u.unit_key = s.unit_key
      left join findings f on f.tenant_id = $1 and f.fingerprint = s.fingerprint
      left join units fu on fu.tenant_id = $1 and fu.unit_no = f.unit_no
    ) j`,
    [tx.tenantId, scan.scanAt],
  )
  await tx.query('create index on seen (finding_no)')
  await tx.query('analyze seen')
  await tx.query(
    `
    create temp table absent on commit drop as
    select f.finding_no, f.detection_type from findings f join scan_units su on su.unit_no = f.unit_no
    where f.tenant_id = $1 and f.state = 'open' and su.covered and f.seen_at <= $2
      and not exists (select from seen where seen.finding_no = f.finding_no)`,
    [tx.tenantId, scan.scanAt],
  )
}

export interface Loss {
  readonly detectionType: 'security_finding' | 'attack_path'
  /** Open ones that the scan would resolve by absence. */
  readonly absent: number
  /** Open ones in the units that it covers. */
  readonly open: number
}

/** What the drop guard weighs (L10), findings and attack paths apart. */
export async function weighLoss(tx: Transaction): Promise<readonly Loss[]> {
  const { rows } = await tx.query<{
    detection_type: Loss['detectionType']
    absent: number
    open: number
  }>(
    `
    select f.detection_type, count(*) as open, count(a.finding_no) as absent
    from findings f join scan_units su on su.unit_no = f.unit_no and su.covered
    left join absent a on a.finding_no = f.finding_no
    where f.tenant_id = $1 and f.state = 'open' group by f.detection_type`,
    [tx.tenantId],
  )
  return rows.map((row) => ({
    detectionType: row.detection_type,
    absent: row.absent,
    open: row.open,
  }))
}
