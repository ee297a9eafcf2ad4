import type { PathAnalysis } from './coverage.ts'
import { coversPath } from './coverage.ts'
import type { DropGuardSettings } from './drop-guard.ts'
import type { Finding } from './finding.ts'
import type { ReportEvidence } from './report-evidence.ts'
import type { ScanAnswer } from './scan-answer.ts'
import type { ScannedUnit } from './scanned-unit.ts'

export interface TenantSettings {
  readonly dropGuard: DropGuardSettings
  /** For how many days a resolved finding goes out. */
  readonly resolvedDays: number
  /** Whether an export holds what the scan covered, or each open finding of the tenant. */
  readonly fullExport: 'coverage' | 'tenant'
}

/** All that the life cycle knows of one tenant. Never changed: each step makes another. */
export interface Tenant {
  readonly settings: TenantSettings
  /** By alert id. */
  readonly findings: ReadonlyMap<string, Finding>
  /** By key: those that hold a finding or that an applied scan covered. */
  readonly units: ReadonlyMap<string, KnownUnit>
  /** Whole analyses of attack paths that were applied. */
  readonly pathAnalyses: readonly (PathAnalysis & { readonly at: Date })[]
  /** Keys of the assets that a person labelled Ignore. */
  readonly ignoredAssets: ReadonlySet<string>
  /** By id, in the order in which they were opened. */
  readonly scans: ReadonlyMap<string, Scan>
}

export interface KnownUnit {
  readonly unit: ScannedUnit
  /** T of the last scan that covered it; of attack paths see `pathAnalyses`. */
  readonly coveredAt?: Date
}

export interface Scan {
  readonly id: string
  readonly openedAt: Date
  /** Asked for as a new one although its reports may have been taken before (L14). */
  readonly again: boolean
  readonly reports: readonly ReportEvidence[]
  /** Names of truncated reports that must be given again before it can complete (L7). */
  readonly owedReports: readonly string[]
  readonly answer: ScanAnswer
}

export function emptyTenant(settings: TenantSettings): Tenant {
  return {
    settings,
    findings: new Map(),
    units: new Map(),
    pathAnalyses: [],
    ignoredAssets: new Set(),
    scans: new Map(),
  }
}

/** T of the last scan that covered the unit, known or not; undefined where none did. */
export function coveredAt(tenant: Tenant, unit: ScannedUnit): Date | undefined {
  if (unit.of === 'findings') return tenant.units.get(unit.key)?.coveredAt
  const times = tenant.pathAnalyses
    .filter((analysis) => coversPath(analysis, unit))
    .map(({ at }) => at.getTime())
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}

/** When a scan last saw the finding or, while it is open, covered its unit: T of that scan. */
export function lastSeenAt(tenant: Tenant, finding: Finding): Date {
  const unit = tenant.units.get(finding.unitKey)?.unit
  const covered = unit && coveredAt(tenant, unit)
  const isOpen = finding.resolution === undefined
  return isOpen && covered !== undefined && covered > finding.seenAt ? covered : finding.seenAt
}

/** L11: whether a person's Ignore stands on an asset whose findings and paths it leaves out. */
export function isIgnored(tenant: Tenant, finding: Finding): boolean {
  return finding.assetKeys.some((key) => tenant.ignoredAssets.has(key))
}
