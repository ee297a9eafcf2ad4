import type { Coverage } from './coverage.ts'
import { coverageOf } from './coverage.ts'
import type { Drop } from './drop-guard.ts'
import { guardHolds } from './drop-guard.ts'
import type { Evidence, JoinedEvidence } from './evidence.ts'
import { joinEvidence } from './evidence.ts'
import type { DetectionType, Finding } from './finding.ts'
import { lastTimeOf, stateOf } from './finding.ts'
import type { Transition } from './finding-transition.ts'
import { created, observed, resolved, seenLate } from './finding-transition.ts'
import { hasPartialReport, scanTime } from './report-evidence.ts'
import type { ScanCounts } from './scan-answer.ts'
import type { ScannedUnit } from './scanned-unit.ts'
import type { Scan, Tenant } from './tenant.ts'
import { coveredAt } from './tenant.ts'

/** What applying a scan would do to a tenant; nothing is done yet, so that the drop guard can look at it. */
export interface ScanPlan {
  /** T. */
  readonly at: Date
  readonly partial: boolean
  readonly late: boolean
  readonly coverage: Coverage
  /** Keys of the units that it covers and is not late for. */
  readonly covered: ReadonlySet<string>
  /** Units that it covers or opens findings in. */
  readonly units: readonly ScannedUnit[]
  /** By alert id: what the scan saw or changed. */
  readonly transitions: ReadonlyMap<string, Transition>
  /** Of which a late record only lowered first seen. */
  readonly backdated: readonly Finding[]
  readonly counts: ScanCounts
  /** Whether so much is missing that the scan is held (L10). */
  readonly held: boolean
}

/**
 * L2-L10: what a scan does to the findings of the units that it may speak of.
 *
 * @param failed Whether a person or its scanner failed the scan: then it is partial, whatever its reports say.
 */
export function planScan(tenant: Tenant, scan: Scan, failed: boolean): ScanPlan {
  const at = scanTime(scan.reports, scan.openedAt)
  const partial = failed || hasPartialReport(scan.reports)
  const known = [...tenant.units.values()].map(({ unit }) => unit)
  const coverage = coverageOf(scan.reports, known, partial)
  const joined = joinEvidence(scan.reports.flatMap(({ records }) => records))
  const units = unitsOf(scan, known)
  const isLate = (key: string) => isLateFor(tenant, units.get(key), at)
  const covered = new Set([...coverage.covered].filter((key) => !isLate(key)))
  const { transitions, backdated } = seen(tenant, joined, at)
  const missing = absent(tenant, joined, covered, at)
  for (const finding of missing) {
    transitions.set(finding.alertId, resolved(finding, 'not_reported', at))
  }
  return {
    at,
    partial,
    late: coverage.named.size > 0 && [...coverage.named].every(isLate),
    coverage,
    covered,
    units: [...units.values()],
    transitions,
    backdated,
    counts: countsOf(scan, transitions, joined.collisions),
    held: (['security_finding', 'attack_path'] as const).some((type) =>
      guardHolds(dropOf(tenant, missing, covered, type), tenant.settings.dropGuard),
    ),
  }
}

function unitsOf(scan: Scan, known: readonly ScannedUnit[]): Map<string, ScannedUnit> {
  const recorded = scan.reports.flatMap(({ records }) => records).map(({ unit }) => unit)
  return new Map([...known, ...recorded].map((unit) => [unit.key, unit]))
}

/** L9: a scan is late for a unit that a later scan covered; equal times apply in the order of arrival. */
function isLateFor(tenant: Tenant, unit: ScannedUnit | undefined, at: Date): boolean {
  const last = unit && coveredAt(tenant, unit)
  return last !== undefined && at < last
}

/** L9: a scan speaks of a finding that neither its unit's coverage nor its own last time is later than. */
function speaksOf(tenant: Tenant, finding: Finding, at: Date): boolean {
  return (
    !isLateFor(tenant, tenant.units.get(finding.unitKey)?.unit, at) && at >= lastTimeOf(finding)
  )
}

function seen(tenant: Tenant, joined: JoinedEvidence, at: Date) {
  const transitions = new Map<string, Transition>()
  const backdated: Finding[] = []
  for (const evidence of joined.byAlertId.values()) {
    const before = tenant.findings.get(evidence.alertId)
    if (before === undefined) {
      const finding = opened(tenant, evidence, at)
      if (finding !== undefined) transitions.set(finding.alertId, { finding, change: 'created' })
    } else if (speaksOf(tenant, before, at)) {
      transitions.set(before.alertId, observed(before, evidence, at))
    } else {
      backdated.push(seenLate(before, evidence, at))
    }
  }
  return { transitions, backdated }
}

/** L3, L9: a late scan opens nothing in a unit that was covered later. */
function opened(tenant: Tenant, evidence: Evidence, at: Date): Finding | undefined {
  return isLateFor(tenant, evidence.unit, at) ? undefined : created(evidence, at)
}

/** L6: open findings of covered units of which the scan holds no record at all. */
function absent(
  tenant: Tenant,
  joined: JoinedEvidence,
  covered: ReadonlySet<string>,
  at: Date,
): Finding[] {
  return [...tenant.findings.values()].filter(
    (finding) =>
      stateOf(finding) === 'open' &&
      covered.has(finding.unitKey) &&
      !joined.byAlertId.has(finding.alertId) &&
      speaksOf(tenant, finding, at),
  )
}

/** L10: what the guard weighs of findings, or of attack paths. */
function dropOf(
  tenant: Tenant,
  missing: readonly Finding[],
  covered: ReadonlySet<string>,
  type: DetectionType,
): Drop {
  const open = [...tenant.findings.values()].filter(
    (finding) => stateOf(finding) === 'open' && covered.has(finding.unitKey),
  )
  const ofType = (finding: Finding) => finding.detectionType === type
  return { absent: missing.filter(ofType).length, open: open.filter(ofType).length }
}

function countsOf(
  scan: Scan,
  transitions: ReadonlyMap<string, Transition>,
  collisions: number,
): ScanCounts {
  const rejected = scan.reports.reduce((total, report) => total + report.rejected.length, 0)
  const counts = { created: 0, updated: 0, unchanged: 0, resolved: 0, reopened: 0 }
  for (const { change } of transitions.values()) if (change !== undefined) counts[change] += 1
  return { ...counts, collisions, rejected }
}
