import type { DecisionRequest } from '../../src/domain/decision.ts'
import type { Evaluation } from '../../src/domain/evaluation.ts'
import type { Evidence } from '../../src/domain/evidence.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { FindingStatus } from '../../src/domain/finding-status.ts'
import * as lifeCycle from '../../src/domain/life-cycle.ts'
import type { RejectedRecord, ReportEvidence } from '../../src/domain/report-evidence.ts'
import type { ScanAnswer } from '../../src/domain/scan-answer.ts'
import { unitOfAttackPaths, unitOfFindings } from '../../src/domain/scanned-unit.ts'
import type { Severity } from '../../src/domain/severity.ts'
import type { Tenant, TenantSettings } from '../../src/domain/tenant.ts'
import { emptyTenant } from '../../src/domain/tenant.ts'

/** Fake accounts. */
export const ONE = '111111111111'
export const TWO = '222222222222'

/** An instant of the one day on which these tests play: `at('10:30')`. */
export function at(time: string): Date {
  return new Date(`2025-03-01T${time.length === 5 ? `${time}:00.000` : time}Z`)
}

interface Place {
  readonly check?: string
  readonly accountId?: string
  readonly region?: string
  readonly severity?: Severity
  readonly text?: string
  readonly firstSeenAt?: Date
}

/** A record of check `c1` in account ONE; the asset's name is the finding's id. */
export function record(evaluation: Evaluation, asset: string, place: Place = {}): Evidence {
  const { check = 'c1', accountId = ONE, region = 'eu-west-1', severity = 'High' } = place
  return {
    alertId: asset,
    detectionType: 'security_finding',
    unit: unitOfFindings('probe', { check, provider: 'AWS', accountId, region }),
    assetKeys: [asset],
    evaluation,
    severity,
    content: `${severity} ${place.text ?? 'text'}`,
    ...(place.firstSeenAt && { firstSeenAt: place.firstSeenAt }),
  }
}

export const fail = (asset: string, place?: Place) => record('fail', asset, place)
export const pass = (asset: string, place?: Place) => record('pass', asset, place)

/** An attack path over these accounts; its entry and target are assets of its own. */
export function path(name: string, accountIds: readonly string[] = [ONE]): Evidence {
  return {
    alertId: name,
    detectionType: 'attack_path',
    unit: unitOfAttackPaths('probe', 'AWS', accountIds),
    assetKeys: [`entry of ${name}`, `target of ${name}`],
    evaluation: 'fail',
    severity: 'High',
    content: name,
  }
}

/** A rejected record that still names its unit. */
export function rejected(check: string): RejectedRecord {
  const unit = { check, provider: 'AWS', accountId: ONE, region: 'eu-west-1' } as const
  return { names: 'unit', unit: unitOfFindings('probe', unit) }
}

type GivenReport = Partial<ReportEvidence>

/** A tenant under way: each call is a step, an hour's report taken and completed at once unless it says otherwise. */
export interface SmallLife {
  /** Takes one report of time `T` and completes the scan. */
  scan(T: string, records: readonly Evidence[], report?: GivenReport): ScanAnswer
  open(id: string, reports: readonly ReportEvidence[], again?: boolean): void
  complete(id: string, now: Date): ScanAnswer
  failScan(id: string, now: Date): ScanAnswer
  confirm(id: string, now: Date): ScanAnswer
  discard(id: string): ScanAnswer
  decide(asset: string, request: DecisionRequest, now: Date): readonly string[]
  ignore(asset: string, ignored?: boolean): void
  finding(asset: string): Finding | undefined
  status(asset: string, now: Date): FindingStatus | undefined
  scanStatus(id: string): string | undefined
  tenant(): Tenant
}

export function reportOf(
  T: string,
  records: readonly Evidence[],
  report: GivenReport = {},
): ReportEvidence {
  return {
    digest: JSON.stringify([T, records, report]),
    scanner: 'probe',
    reportedAt: at(T),
    snapshot: 'observed',
    attackPathAccounts: [],
    declaredPartial: false,
    records,
    assets: 0,
    rejected: [],
    ...report,
  }
}

export function smallLife(settings: Partial<TenantSettings> = {}): SmallLife {
  let tenant = emptyTenant({
    dropGuard: { findings: 50, percent: 50 },
    resolvedDays: 7,
    fullExport: 'coverage',
    ...settings,
  })
  let scans = 0
  const take = (step: lifeCycle.Step): ScanAnswer => {
    tenant = step.tenant
    return step.answer
  }
  const life: SmallLife = {
    scan(T, records, report) {
      scans += 1
      life.open(`s${scans}`, [reportOf(T, records, report)])
      return life.complete(`s${scans}`, at(T))
    },
    open(id, reports, again = false) {
      const openedAt = reports[0]?.reportedAt ?? at('00:00')
      tenant = lifeCycle.openScan(tenant, { id, again, openedAt })
      for (const report of reports) tenant = lifeCycle.addReport(tenant, id, report.digest, report)
    },
    complete: (id, now) => take(lifeCycle.completeScan(tenant, id, now)),
    failScan: (id, now) => take(lifeCycle.failScan(tenant, id, now)),
    confirm: (id, now) => take(lifeCycle.confirmScan(tenant, id, now)),
    discard: (id) => take(lifeCycle.discardScan(tenant, id)),
    decide(asset, request, now) {
      const step = lifeCycle.decide(tenant, [asset], request, 'ann', now)
      tenant = step.tenant
      return step.problems
    },
    ignore(asset, ignored = true) {
      tenant = lifeCycle.setIgnored(tenant, asset, ignored)
    },
    finding: (asset) => tenant.findings.get(asset),
    status: (asset, now) => lifeCycle.findStatus(tenant, asset, now),
    scanStatus: (id) => tenant.scans.get(id)?.answer.status,
    tenant: () => tenant,
  }
  return life
}

/** What the scan did, without the zeros. */
export function did(answer: ScanAnswer): object {
  return Object.fromEntries(Object.entries(answer.counts ?? {}).filter(([, count]) => count > 0))
}

/** What the export says of each finding. */
export function exported(answer: ScanAnswer): object | undefined {
  return (
    answer.export &&
    Object.fromEntries(answer.export.records.map((sent) => [sent.alertId, sent.eventAction]))
  )
}
