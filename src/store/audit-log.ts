import type { JsonObject } from '../domain/observation.ts'
import type { Transaction } from './database.ts'

/** A change that a person made: written in the transaction that makes it, never changed again. */
export interface AuditEntry {
  readonly at: Date
  readonly by: string
  /** What was done to what: `destination.pause`. */
  readonly action: string
  /** The public id of what was changed. */
  readonly subject: string
  /** What of it was there before and after, in snake_case; left out where there was nothing. Never a secret. */
  readonly before?: JsonObject
  readonly after?: JsonObject
}

export async function insertAuditEntry(tx: Transaction, entry: AuditEntry): Promise<void> {
  await tx.query(
    `insert into audit_log (tenant_id, at, by, action, subject, before, after) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tx.tenantId,
      entry.at,
      entry.by,
      entry.action,
      entry.subject,
      entry.before ?? null,
      entry.after ?? null,
    ],
  )
}
