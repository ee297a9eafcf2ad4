import type { DecisionRequest } from './decision.ts'
import { decided, decisionProblems } from './decision.ts'
import { exportContent } from './export-content.ts'
import type { FindingStatus } from './finding-status.ts'
import { statusOf } from './finding-status.ts'
import type { ReportEvidence } from './report-evidence.ts'
import { scanTime } from './report-evidence.ts'
import type { ScanAnswer } from './scan-answer.ts'
import type { ScanPlan } from './scan-plan.ts'
import { planScan } from './scan-plan.ts'
import type { KnownUnit, Scan, Tenant } from './tenant.ts'
import { isIgnored } from './tenant.ts'

// The life of a finding, L1-L14 of life-cycle.md, as functions from one tenant to the next. This file holds what
// happens to scans; where each other rule stands: L1 fingerprint.ts, L2 evidence.ts, L3-L5 and L8
// finding-transition.ts, L6 coverage.ts, L7 partial.ts and coverage.ts, L9 scan-plan.ts, L10 drop-guard.ts,
// L11 decision.ts and finding-status.ts, L12 and L13 export-content.ts. The store holds the same rules as SQL.

/** A step and what it answers. */
export interface Step {
  readonly tenant: Tenant
  readonly answer: ScanAnswer
}

const RECEIVING: ScanAnswer = { status: 'receiving', late: false, partial: false }

/** Opens a scan under an id of its own. */
export function openScan(
  tenant: Tenant,
  scan: { readonly id: string; readonly again: boolean; readonly openedAt: Date },
): Tenant {
  return withScan(tenant, { ...scan, reports: [], owedReports: [], answer: RECEIVING })
}

/** L7, L14: takes a whole report. Given twice it counts once; one that was owed under its name is owed no more. */
export function addReport(
  tenant: Tenant,
  scanId: string,
  name: string,
  report: ReportEvidence,
): Tenant {
  const scan = receivingScan(tenant, scanId)
  const isNew = scan.reports.every(({ digest }) => digest !== report.digest)
  return withScan(tenant, {
    ...scan,
    reports: isNew ? [...scan.reports, report] : scan.reports,
    owedReports: scan.owedReports.filter((owed) => owed !== name),
  })
}

/** L7: refuses a truncated report whole; the scan cannot complete until it is given again. */
export function refuseTruncatedReport(tenant: Tenant, scanId: string, name: string): Tenant {
  const scan = receivingScan(tenant, scanId)
  return withScan(tenant, { ...scan, owedReports: [...scan.owedReports, name] })
}

/** Completes a scan: applies it, or says why not (L7, L10, L14). Once ended, it gives its first answer. */
export function completeScan(tenant: Tenant, scanId: string, now: Date): Step {
  const scan = scanOf(tenant, scanId)
  if (scan.answer.status !== 'receiving') return firstAnswer(tenant, scan)
  const isWhole = scan.owedReports.length === 0 && scan.reports.length > 0
  if (!isWhole) return { tenant, answer: scan.answer }
  const first = scan.again ? undefined : findTakenBefore(tenant, scan)
  if (first !== undefined) {
    return ended(tenant, scan, { ...RECEIVING, status: 'duplicate', of: first.id })
  }
  const plan = planScan(tenant, scan, false)
  if (plan.held) return ended(tenant, scan, { status: 'held', late: false, partial: plan.partial })
  return applied(tenant, scan, plan, 'completed', now)
}

/** L7: ends a scan that its scanner could not finish: its evidence counts, absence does not, nothing is exported. */
export function failScan(tenant: Tenant, scanId: string, now: Date): Step {
  const scan = scanOf(tenant, scanId)
  if (scan.answer.status !== 'receiving') return firstAnswer(tenant, scan)
  return applied(tenant, scan, planScan(tenant, scan, true), 'failed', now)
}

/** L10: applies a held scan as if nothing had been odd, with its own time; its export is as of now. */
export function confirmScan(tenant: Tenant, scanId: string, now: Date): Step {
  const scan = scanOf(tenant, scanId)
  if (scan.answer.status !== 'held') return firstAnswer(tenant, scan)
  return applied(tenant, scan, planScan(tenant, scan, false), 'completed', now)
}

/** L10: ends a held scan as failed; nothing of it counts. */
export function discardScan(tenant: Tenant, scanId: string): Step {
  const scan = scanOf(tenant, scanId)
  if (scan.answer.status !== 'held') return firstAnswer(tenant, scan)
  return ended(tenant, scan, { ...scan.answer, status: 'failed' })
}

/** L11: dismisses, snoozes or restores all of these findings; with any problem, none. */
export function decide(
  tenant: Tenant,
  alertIds: readonly string[],
  request: DecisionRequest,
  by: string,
  now: Date,
): { readonly tenant: Tenant; readonly problems: readonly string[] } {
  const problems = decisionProblems(request, now)
  if (problems.length > 0) return { tenant, problems }
  const findings = new Map(tenant.findings)
  for (const alertId of alertIds) {
    const finding = findings.get(alertId)
    if (finding === undefined) return { tenant, problems: [`there is no finding ${alertId}`] }
    const decision = decided(finding.decision, request, by, now)
    if (decision !== undefined) findings.set(alertId, { ...finding, decision })
  }
  return { tenant: { ...tenant, findings }, problems: [] }
}

/** L11: puts a person's Ignore on an asset, or takes it off. */
export function setIgnored(tenant: Tenant, assetKey: string, ignored: boolean): Tenant {
  const ignoredAssets = new Set(tenant.ignoredAssets)
  if (ignored) ignoredAssets.add(assetKey)
  else ignoredAssets.delete(assetKey)
  return { ...tenant, ignoredAssets }
}

/** What people see of a finding at `now`; undefined when it is not known. */
export function findStatus(tenant: Tenant, alertId: string, now: Date): FindingStatus | undefined {
  const finding = tenant.findings.get(alertId)
  return finding && statusOf(finding, isIgnored(tenant, finding), now)
}

/** L14: the completed scan in which each report of this one stands. */
function findTakenBefore(tenant: Tenant, scan: Scan): Scan | undefined {
  return [...tenant.scans.values()].find(
    (other) =>
      other.answer.status === 'completed' &&
      scan.reports.every(({ digest }) => other.reports.some((taken) => taken.digest === digest)),
  )
}

function applied(
  tenant: Tenant,
  scan: Scan,
  plan: ScanPlan,
  status: 'completed' | 'failed',
  now: Date,
): Step {
  const after = superseded(withPlan(tenant, plan), scan, plan)
  const { late, partial, counts } = plan
  const answer = { status, late, partial, counts }
  if (status === 'failed' || late) return ended(after, scan, answer)
  return ended(after, scan, { ...answer, export: exportContent(after, plan, now) })
}

function withPlan(tenant: Tenant, plan: ScanPlan): Tenant {
  const findings = new Map(tenant.findings)
  for (const finding of plan.backdated) findings.set(finding.alertId, finding)
  for (const { finding } of plan.transitions.values()) findings.set(finding.alertId, finding)

  const units = new Map<string, KnownUnit>(tenant.units)
  const held = new Set([...plan.transitions.values()].map(({ finding }) => finding.unitKey))
  for (const unit of plan.units) {
    if (plan.covered.has(unit.key)) units.set(unit.key, { unit, coveredAt: plan.at })
    else if (held.has(unit.key) && !units.has(unit.key)) units.set(unit.key, { unit })
  }
  const analyses = plan.coverage.pathAnalyses.map((analysis) => ({ ...analysis, at: plan.at }))
  return { ...tenant, findings, units, pathAnalyses: [...tenant.pathAnalyses, ...analyses] }
}

/** L10: a scan that is not older, applied to any of the same units, ends a held one. */
function superseded(tenant: Tenant, scan: Scan, plan: ScanPlan): Tenant {
  const scans = new Map(tenant.scans)
  for (const held of tenant.scans.values()) {
    if (held.id === scan.id || held.answer.status !== 'held') continue
    if (scanTime(held.reports, held.openedAt) > plan.at) continue
    const { named } = planScan(tenant, held, false).coverage
    if (![...named].some((key) => plan.coverage.named.has(key))) continue
    scans.set(held.id, { ...held, answer: { ...held.answer, status: 'superseded' } })
  }
  return { ...tenant, scans }
}

function ended(tenant: Tenant, scan: Scan, answer: ScanAnswer): Step {
  return { tenant: withScan(tenant, { ...scan, answer }), answer }
}

/** L14: a scan that has ended answers as it did, and exports nothing again. */
function firstAnswer(tenant: Tenant, scan: Scan): Step {
  const { export: _, ...answer } = scan.answer
  return { tenant, answer }
}

function scanOf(tenant: Tenant, scanId: string): Scan {
  const scan = tenant.scans.get(scanId)
  if (scan === undefined) throw new RangeError(`there is no scan ${scanId}`)
  return scan
}

function receivingScan(tenant: Tenant, scanId: string): Scan {
  const scan = scanOf(tenant, scanId)
  if (scan.answer.status !== 'receiving')
    throw new RangeError(`scan ${scanId} takes no more reports`)
  return scan
}

function withScan(tenant: Tenant, scan: Scan): Tenant {
  return { ...tenant, scans: new Map(tenant.scans).set(scan.id, scan) }
}
