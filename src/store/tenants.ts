import type { DropGuardSettings } from '../domain/drop-guard.ts'
import { AppError } from '../errors.ts'
import type { Transaction } from './database.ts'

export interface Tenant {
  readonly tenantId: string
  readonly name: string
  readonly dropGuard: DropGuardSettings
  /** For how many days a resolved finding goes out (L12). */
  readonly resolvedDays: number
}

/** The tenant of this transaction. */
export async function getTenant(tx: Transaction): Promise<Tenant> {
  const { rows } = await tx.query<{
    name: string
    drop_guard_findings: number
    drop_guard_percent: number
    resolved_days: number
  }>(
    'select name, drop_guard_findings, drop_guard_percent, resolved_days from tenants where tenant_id = $1',
    [tx.tenantId],
  )
  const row = rows[0]
  if (row === undefined) throw new AppError('not_found', `There is no tenant ${tx.tenantId}`)
  return {
    tenantId: tx.tenantId,
    name: row.name,
    dropGuard: { findings: row.drop_guard_findings, percent: row.drop_guard_percent },
    resolvedDays: row.resolved_days,
  }
}

/**
 * An instant for the keys of a new export: later than that of every export before it, whatever the clock says, so that keys
 * ascend in the order in which they are published.
 */
export async function nextExportAt(tx: Transaction, now: Date): Promise<Date> {
  const { rows } = await tx.query<{ last_export_at: Date }>(
    `
    update tenants set last_export_at = greatest($2, last_export_at + interval '1 millisecond') where tenant_id = $1
    returning last_export_at`,
    [tx.tenantId, now],
  )
  const row = rows[0]
  if (row === undefined) throw new AppError('not_found', `There is no tenant ${tx.tenantId}`)
  return row.last_export_at
}
