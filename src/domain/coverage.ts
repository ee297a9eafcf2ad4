import type { Evidence } from './evidence.ts'
import type { RejectedRecord, ReportEvidence } from './report-evidence.ts'
import type { ScannedUnit, UnitOfAttackPaths, UnitOfFindings } from './scanned-unit.ts'

/** A whole analysis of attack paths: it covers each path all of whose accounts are among these. */
export interface PathAnalysis {
  readonly scanner: string
  /** Absent where the report is about no provider of its own: then it speaks of all. */
  readonly provider?: string
  readonly accountIds: ReadonlySet<string>
}

/** What a scan covers; the keys are those of units. */
export interface Coverage {
  readonly covered: ReadonlySet<string>
  /** What it covers or has accepted records in: lateness and superseding look at these. */
  readonly named: ReadonlySet<string>
  readonly pathAnalyses: readonly PathAnalysis[]
}

/**
 * L6, L7: what the scan made of these reports covers, of the units known before it and those of its own records.
 * A partial scan covers nothing: only evidence counts.
 */
export function coverageOf(
  reports: readonly ReportEvidence[],
  knownUnits: Iterable<ScannedUnit>,
  partial: boolean,
): Coverage {
  const recorded = new Map(
    reports.flatMap(({ records }) => records).map(({ unit }) => [unit.key, unit]),
  )
  if (partial) return { covered: new Set(), named: new Set(recorded.keys()), pathAnalyses: [] }

  const known = [...knownUnits]
  const rejected = reports.flatMap((report) => report.rejected)
  const pathAnalyses = reports.flatMap((report) => pathAnalysesOf(report, rejected))
  const covered = new Set([
    ...reports.flatMap((report) => coveredByReport(report, known)),
    ...[...known, ...recorded.values()]
      .filter((unit) => unit.of === 'attack_paths')
      .filter((unit) => pathAnalyses.some((analysis) => coversPath(analysis, unit)))
      .map(({ key }) => key),
  ])
  for (const record of rejected) if (record.names === 'unit') covered.delete(record.unit.key)
  return { covered, named: new Set([...covered, ...recorded.keys()]), pathAnalyses }
}

/** L6: the units of findings that one report covers by its snapshot. */
function coveredByReport(report: ReportEvidence, known: readonly ScannedUnit[]): string[] {
  if (report.snapshot === 'incremental') return []
  const observed = report.records.filter(coversItsUnit).map(({ unit }) => unit.key)
  if (report.snapshot === 'observed') return observed
  const accounts = new Set(
    report.records
      .map(({ unit }) => unit)
      .filter(isOfFindings)
      .map(accountOf),
  )
  const vouched = known
    .filter(isOfFindings)
    .filter((unit) => isVouchedFor(report, accounts, unit))
    .map(({ key }) => key)
  return [...observed, ...vouched]
}

/** L6: only a fail or a pass proves that the check ran there. */
export function coversItsUnit(record: Pick<Evidence, 'evaluation' | 'detectionType'>): boolean {
  const { evaluation, detectionType } = record
  return detectionType === 'security_finding' && (evaluation === 'fail' || evaluation === 'pass')
}

/** L6: whether a full snapshot speaks for a known unit: that of its account, else of the accounts of its records. */
function isVouchedFor(
  report: ReportEvidence,
  accounts: ReadonlySet<string>,
  unit: UnitOfFindings,
): boolean {
  if (unit.scanner !== report.scanner) return false
  if (report.region !== undefined && unit.region !== report.region) return false
  if (report.accountId === undefined) return accounts.has(accountOf(unit))
  return (
    unit.accountId === report.accountId &&
    (report.provider === undefined || unit.provider === report.provider)
  )
}

function accountOf(unit: UnitOfFindings): string {
  return JSON.stringify([unit.provider, unit.accountId])
}

/** L7: a rejected path takes all accounts on it out of the coverage of paths. */
function pathAnalysesOf(
  report: ReportEvidence,
  rejected: readonly RejectedRecord[],
): PathAnalysis[] {
  if (report.snapshot === 'incremental') return []
  const lost = new Set(
    rejected.flatMap((record) =>
      record.names === 'attack_path_accounts' ? record.accountIds : [],
    ),
  )
  const accountIds = new Set(report.attackPathAccounts.filter((account) => !lost.has(account)))
  if (accountIds.size === 0) return []
  const { scanner, provider } = report
  return [provider === undefined ? { scanner, accountIds } : { scanner, provider, accountIds }]
}

/** A path is covered when one report named every account on it. */
export function coversPath(analysis: PathAnalysis, unit: UnitOfAttackPaths): boolean {
  return (
    analysis.scanner === unit.scanner &&
    (analysis.provider === undefined || analysis.provider === unit.provider) &&
    unit.accountIds.every((account) => analysis.accountIds.has(account))
  )
}

function isOfFindings(unit: ScannedUnit): unit is UnitOfFindings {
  return unit.of === 'findings'
}
