import { runningDecision } from './decision.ts'
import type { Change, Finding } from './finding.ts'
import { exclusionOf } from './finding-status.ts'
import type { ExportContent, ExportRecord } from './scan-answer.ts'
import type { ScanPlan } from './scan-plan.ts'
import type { Tenant } from './tenant.ts'
import { isIgnored, lastSeenAt } from './tenant.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** L12: the export of a scan that has just been applied to the tenant, as of `now`. */
export function exportContent(tenant: Tenant, plan: ScanPlan, now: Date): ExportContent {
  const records: ExportRecord[] = []
  const excluded = { ignored: 0, dismissed: 0, snoozed: 0, suppressed: 0 }
  for (const finding of tenant.findings.values()) {
    const change = plan.transitions.get(finding.alertId)?.change ?? 'unchanged'
    if (!isInRange(tenant, plan, finding)) continue
    if (!isInWindow(finding, change, tenant.settings.resolvedDays, now)) continue
    const exclusion = exclusionOf(finding, isIgnored(tenant, finding), now)
    if (exclusion === undefined) records.push(toExportRecord(tenant, finding, change))
    else excluded[exclusion] += 1
  }
  return { records, excluded }
}

/** L12: in a unit that the scan covers, or seen or changed by it; or anywhere in the tenant. */
function isInRange(tenant: Tenant, plan: ScanPlan, finding: Finding): boolean {
  return (
    tenant.settings.fullExport === 'tenant' ||
    plan.covered.has(finding.unitKey) ||
    plan.transitions.has(finding.alertId)
  )
}

/**
 * L12: whether a resolved finding still goes out: for some days, the last instant included, after its resolution or
 * the end of its decision. What this scan resolved always does, and a decision that runs keeps the window open.
 */
export function isInWindow(finding: Finding, change: Change, days: number, now: Date): boolean {
  const { resolution, decision } = finding
  if (resolution === undefined || change === 'resolved' || runningDecision(decision, now))
    return true
  const from = Math.max(resolution.at.getTime(), decision?.endsAt?.getTime() ?? 0)
  return now.getTime() <= from + days * DAY_MS
}

/** L13: the state and what this scan did; first seen never grows. */
function toExportRecord(tenant: Tenant, finding: Finding, change: Change): ExportRecord {
  return {
    alertId: finding.alertId,
    resolved: finding.resolution !== undefined,
    eventAction: change,
    detectionAt: finding.resolution?.at ?? lastSeenAt(tenant, finding),
    firstSeenAt: finding.firstSeenAt,
    severity: finding.severity,
  }
}
