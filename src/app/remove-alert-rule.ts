import { getAlertRule, updateRemovedRule } from '../store/alert-rules.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { toAuditedRule } from './alert-rule-settings.ts'
import type { Actor, AppDeps } from './deps.ts'

/** Takes an alert rule away. What it has exported is still delivered. Throws `not_found`. */
export async function removeAlertRule(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly rule: string },
): Promise<void> {
  await deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const rule = await getAlertRule(tx, request.rule, 'change')
    await updateRemovedRule(tx, rule.ruleNo, now)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'alert_rule.remove',
      subject: rule.ruleId,
      before: toAuditedRule(rule),
    })
  })
}
