import type { DetectionType } from '../domain/finding.ts'
import type { Transaction } from './database.ts'

/** A decision of a person to be written to findings (L11). */
export type DecisionChange =
  | {
      readonly kind: 'dismissed'
      readonly reason: string
      readonly comment: string
      readonly by: string
      readonly at: Date
    }
  | {
      readonly kind: 'snoozed'
      readonly until: Date
      readonly comment: string
      readonly by: string
      readonly at: Date
    }
  | { readonly kind: 'restored'; readonly comment: string; readonly by: string; readonly at: Date }

/** Which of these ids are known, as what. */
export async function findDetectionTypes(
  tx: Transaction,
  alertIds: readonly string[],
): Promise<ReadonlyMap<string, DetectionType>> {
  const { rows } = await tx.query<{ alert_id: string; detection_type: DetectionType }>(
    'select alert_id, detection_type from findings where tenant_id = $1 and alert_id = any ($2::text[])',
    [tx.tenantId, alertIds],
  )
  return new Map(rows.map((row) => [row.alert_id, row.detection_type]))
}

/**
 * Writes a decision with its history. The later one replaces the earlier; restoring ends what still runs and leaves alone
 * what ran out. Answers the ids that it changed.
 */
export async function updateDecisions(
  tx: Transaction,
  alertIds: readonly string[],
  change: DecisionChange,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ alert_id: string }>(
    `
    with before as (
      select finding_no, decision, decision_reason, decision_comment, decision_until
      from findings f where f.tenant_id = $1 and f.alert_id = any ($2::text[])
        and ($3 <> 'restored' or f.decision = 'dismissed' or f.decision = 'snoozed' and f.decision_until > $8)
      order by finding_no for update
    ), written as (
      update findings f set
        decision = nullif($3, 'restored'),
        decision_reason = $4, decision_comment = $5, decision_until = $6, decision_by = $7, decision_at = $8,
        decision_ended_at = case when $3 = 'restored' then $8 end
      from before b where f.tenant_id = $1 and f.finding_no = b.finding_no
      returning f.finding_no, f.alert_id
    ), events as (
      insert into finding_events (tenant_id, finding_no, at, kind, by, details)
      select $1, b.finding_no, $8, $3, $7, jsonb_strip_nulls(jsonb_build_object('reason', $4::text, 'comment', nullif($5, ''), 'until', $6::timestamptz,
        'before', case when b.decision is null then null else jsonb_build_object('decision', b.decision, 'reason', b.decision_reason,
          'comment', nullif(b.decision_comment, ''), 'until', b.decision_until) end))
      from before b order by b.finding_no
    )
    select alert_id from written`,
    [
      tx.tenantId,
      alertIds,
      change.kind,
      change.kind === 'dismissed' ? change.reason : null,
      change.comment,
      change.kind === 'snoozed' ? change.until : null,
      change.by,
      change.at,
    ],
  )
  return rows.map((row) => row.alert_id)
}
