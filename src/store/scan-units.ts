import type { Transaction } from './database.ts'
import type { Reconciliation } from './reconcile.ts'

export interface UnitNumbers {
  /** Units that the scan covers or holds accepted records of. */
  readonly named: readonly number[]
  readonly covered: readonly number[]
  /** Named units that a later scan covered. */
  readonly late: number
}

/**
 * Gives every unit that the scan speaks of its number, works out which it covers (L6, L7) and for which it is late (L9), and
 * leaves that in the temporary table scan_units.
 */
export async function stageUnits(tx: Transaction, scan: Reconciliation): Promise<UnitNumbers> {
  await insertUnits(tx, scan)
  await tx.query(
    `
    create temp table scan_units on commit drop as
    select u.unit_no, u.account_ids is not null and not u.known as without_paths, u.covered_at,
      bool_or(not s.rejected) as accepted, bool_or(s.rejected) as rejected,
      $3 and bool_or(s.covers) and not bool_or(s.rejected) as covered
    from staged_records s join units u on u.tenant_id = $1 and u.unit_key = s.unit_key
    where s.scan_no = $2 and s.kind = 'unit'
    group by u.tenant_id, u.unit_no`,
    [tx.tenantId, scan.scanNo, scan.coversUnits],
  )
  if (scan.coversUnits) {
    await addUnitsOfFullReports(tx, scan)
    await addUnitsOfAttackPaths(tx, scan)
  }
  await tx.query('alter table scan_units add primary key (unit_no)')
  const { rows } = await tx.query<{ named: number[]; covered: number[]; late: number }>(
    `
    select
      coalesce(array_agg(unit_no) filter (where accepted or covered and not without_paths), '{}') as named,
      coalesce(array_agg(unit_no) filter (where covered and not coalesce(covered_at > $1, false)), '{}') as covered,
      count(*) filter (where (accepted or covered and not without_paths) and covered_at > $1) as late
    from scan_units`,
    [scan.scanAt],
  )
  await tx.query('update scan_units set covered = false where covered_at > $1', [scan.scanAt])
  await tx.query('analyze scan_units')
  const units = rows[0]
  return { named: units?.named ?? [], covered: units?.covered ?? [], late: units?.late ?? 0 }
}

async function insertUnits(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    insert into units (tenant_id, unit_key, scanner, check_key, provider, account_id, region, account_ids)
    select distinct on (unit_key) $1, unit_key, $3, check_key, provider, account_id, region, account_ids
    from staged_records where scan_no = $2 and kind = 'unit' order by unit_key
    on conflict (tenant_id, unit_key) do nothing`,
    [tx.tenantId, scan.scanNo, scan.scanner],
  )
  for (const coverage of scan.attackPathCoverage) {
    await tx.query(
      `
      insert into units as u (tenant_id, unit_key, scanner, check_key, provider, account_id, region, account_ids, analysed)
      values ($1, $2, $3, 'attack-paths', $4, '', '', $5, true)
      on conflict (tenant_id, unit_key) do update set analysed = true where not u.analysed`,
      [tx.tenantId, coverage.unitKey, scan.scanner, coverage.provider, coverage.accountIds],
    )
  }
  await inheritCoverage(tx, scan)
}

/**
 * A set of accounts that is new here was covered by every earlier analysis of all of them (L9: an older scan opens nothing
 * in it). Only sets that an analysis covered are looked at: few, however many paths there are.
 */
async function inheritCoverage(tx: Transaction, scan: Reconciliation): Promise<void> {
  await tx.query(
    `
    update units u set covered_at = earlier.covered_at
    from (
      select n.unit_no, max(c.covered_at) as covered_at
      from staged_records s
      join units n on n.tenant_id = $1 and n.unit_key = s.unit_key and n.covered_at is null
      join units c on c.tenant_id = $1 and c.scanner = $3 and c.provider = n.provider
        and c.account_ids @> n.account_ids and c.analysed and c.covered_at is not null
      where s.scan_no = $2 and s.kind = 'unit' and s.account_ids is not null
      group by n.unit_no
    ) earlier
    where u.tenant_id = $1 and u.unit_no = earlier.unit_no`,
    [tx.tenantId, scan.scanNo, scan.scanner],
  )
}

/** A full snapshot covers each known unit of the accounts it names, but those of which a record was rejected. */
async function addUnitsOfFullReports(tx: Transaction, scan: Reconciliation): Promise<void> {
  for (const report of scan.fullReports) {
    await tx.query(
      `
      with accounts as (
        select $4::text as provider, $5::text as account_id where $5::text is not null
        union
        select s.provider, s.account_id from staged_records s
        where $5::text is null and s.scan_no = $2 and s.report_no = $3 and s.kind = 'unit' and not s.rejected and s.account_ids is null
      ), covered as (
        select distinct u.unit_no, u.covered_at
        from units u join accounts a on a.account_id = u.account_id and (a.provider is null or a.provider = u.provider)
        where u.tenant_id = $1 and u.scanner = $7 and u.known and u.account_ids is null and ($6::text is null or u.region = $6)
      ), already as (
        update scan_units s set covered = not s.rejected from covered c where s.unit_no = c.unit_no
      )
      insert into scan_units (unit_no, without_paths, covered_at, accepted, rejected, covered)
      select unit_no, false, covered_at, false, false, true from covered c
      where not exists (select from scan_units s where s.unit_no = c.unit_no)`,
      [
        tx.tenantId,
        scan.scanNo,
        report.reportNo,
        report.provider,
        report.accountId,
        report.region,
        scan.scanner,
      ],
    )
  }
}

/** An analysis covers each unit of attack paths all of whose accounts it names. */
async function addUnitsOfAttackPaths(tx: Transaction, scan: Reconciliation): Promise<void> {
  for (const coverage of scan.attackPathCoverage) {
    await tx.query(
      `
      with covered as (
        select unit_no, covered_at, known from units
        where tenant_id = $1 and scanner = $2 and provider = $3 and account_ids <@ $4::text[]
      ), already as (
        update scan_units s set covered = true from covered c where s.unit_no = c.unit_no
      )
      insert into scan_units (unit_no, without_paths, covered_at, accepted, rejected, covered)
      select unit_no, not known, covered_at, false, false, true from covered c
      where not exists (select from scan_units s where s.unit_no = c.unit_no)`,
      [tx.tenantId, scan.scanner, coverage.provider, coverage.accountIds],
    )
  }
}

/** Accounts of attack paths whose records were rejected: nothing is known of what runs through them. */
export async function listRejectedAttackPathAccounts(
  tx: Transaction,
  scanNo: number,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ account_id: string }>(
    `
    select distinct unnest(account_ids) as account_id from staged_records
    where scan_no = $1 and kind = 'unit' and rejected and account_ids is not null`,
    [scanNo],
  )
  return rows.map((row) => row.account_id)
}
