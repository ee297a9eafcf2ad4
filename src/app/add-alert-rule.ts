import { AppError } from '../errors.ts'
import { getAlertRule, insertAlertRule, updateRuleDestinations } from '../store/alert-rules.ts'
import type { AlertRule } from '../store/alert-rules.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { readAlertRuleSettings, resolveDestinations, toAuditedRule } from './alert-rule-settings.ts'
import type { AlertRuleSettings } from './alert-rule-settings.ts'
import type { Actor, AppDeps } from './deps.ts'

/**
 * Saves a new alert rule: from the next completed scan on, each gives an export to its destinations. Without any, its
 * exports are kept to be fetched. Throws `invalid_argument` with every problem, `not_found` with every unknown
 * destination, `name_taken`.
 */
export async function addAlertRule(
  deps: Pick<AppDeps, 'db' | 'clock' | 'randomId'>,
  request: Actor & AlertRuleSettings & { readonly name: string; readonly eventType: string },
): Promise<AlertRule> {
  const { fullExport = 'coverage' } = readAlertRuleSettings(request)
  return deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const ruleId = deps.randomId('rul')
    const destinationNos = await resolveDestinations(tx, request.destinations ?? [])
    const ruleNo = await insertAlertRule(tx, {
      ruleId,
      name: request.name,
      eventType: 'siem',
      enabled: request.enabled ?? true,
      fullExport,
      createdAt: now,
    })
    if (ruleNo === undefined) {
      throw new AppError(
        'name_taken',
        `There is another alert rule ${request.name}. Choose another name.`,
      )
    }
    await updateRuleDestinations(tx, ruleNo, destinationNos)
    const rule = await getAlertRule(tx, ruleId)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'alert_rule.add',
      subject: ruleId,
      after: toAuditedRule(rule),
    })
    return rule
  })
}
