import { getAlertRule, updateAlertRule, updateRuleDestinations } from '../store/alert-rules.ts'
import type { AlertRule } from '../store/alert-rules.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { readAlertRuleSettings, resolveDestinations, toAuditedRule } from './alert-rule-settings.ts'
import type { AlertRuleSettings } from './alert-rule-settings.ts'
import type { Actor, AppDeps } from './deps.ts'

/**
 * Changes what is given of an alert rule, from the next completed scan on; `destinations` replaces them all. Throws
 * `not_found` for the rule or a destination, `invalid_argument` with every problem, `name_taken`.
 */
export async function editAlertRule(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly rule: string; readonly changes: AlertRuleSettings },
): Promise<AlertRule> {
  const { changes } = request
  const { fullExport } = readAlertRuleSettings(changes)
  return deps.db.transaction(request.tenantId, async (tx) => {
    const before = await getAlertRule(tx, request.rule, 'change')
    await updateAlertRule(tx, before.ruleNo, {
      name: changes.name ?? before.name,
      enabled: changes.enabled ?? before.enabled,
      fullExport: fullExport ?? before.fullExport,
    })
    if (changes.destinations !== undefined) {
      await updateRuleDestinations(
        tx,
        before.ruleNo,
        await resolveDestinations(tx, changes.destinations),
      )
    }
    const after = await getAlertRule(tx, before.ruleId)
    await insertAuditEntry(tx, {
      at: deps.clock.now(),
      by: request.by,
      action: 'alert_rule.edit',
      subject: before.ruleId,
      before: toAuditedRule(before),
      after: toAuditedRule(after),
    })
    return after
  })
}
