import type { Transaction } from './database.ts'
import type { Reconciliation } from './reconcile.ts'
import { deleteStagedRows } from './staged-records.ts'

/** Ends each held scan that this one, applied and not older, has a unit in common with (L10). Answers their ids. */
export async function supersedeHeldScans(
  tx: Transaction,
  scan: Reconciliation,
  named: readonly number[],
  endedAt: Date,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ scan_no: number; scan_id: string }>(
    `
    update scans h set status = 'superseded', ended_at = $5
    where h.tenant_id = $1 and h.status = 'held' and h.scan_no <> $2 and h.scan_at <= $3 and h.scanner = $6 and h.named_units && $4::bigint[]
    returning scan_no, scan_id`,
    [tx.tenantId, scan.scanNo, scan.scanAt, named, endedAt, scan.scanner],
  )
  for (const { scan_no } of rows) await deleteStagedRows(tx, scan_no)
  return rows.map((row) => row.scan_id)
}

/** Open findings of this scanner and the accounts it names that it neither saw nor covered (L6), the first of them by id. */
export async function countUncovered(
  tx: Transaction,
  scan: Reconciliation,
): Promise<{ readonly count: number; readonly examples: readonly string[] }> {
  const { rows } = await tx.query<{ count: number; examples: string[] | null }>(
    `
    select count(*) as count, (array_agg(f.alert_id order by f.alert_id))[1:20] as examples
    from findings f join units u on u.tenant_id = $1 and u.unit_no = f.unit_no
    where f.tenant_id = $1 and f.state = 'open' and u.scanner = $2 and u.account_ids is null
      and (u.provider, u.account_id) in (
        select n.provider, n.account_id from scan_units su join units n on n.tenant_id = $1 and n.unit_no = su.unit_no
        where (su.accepted or su.covered) and n.account_ids is null)
      and not exists (select from scan_units su where su.unit_no = f.unit_no and su.covered)
      and not exists (select from seen where seen.fingerprint = f.fingerprint)`,
    [tx.tenantId, scan.scanner],
  )
  return { count: rows[0]?.count ?? 0, examples: rows[0]?.examples ?? [] }
}
