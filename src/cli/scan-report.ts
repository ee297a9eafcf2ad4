import type { ScanOutcome } from '../app/complete-scan.ts'
import { MAX_KEPT_REJECTIONS } from '../app/stage-report.ts'
import type { Transaction } from '../store/database.ts'
import { listFindings } from '../store/findings.ts'
import type { FindingView } from '../store/findings.ts'
import { listRejections, listReports } from '../store/reports.ts'
import type { Rejection, Report } from '../store/reports.ts'
import type { Scan } from '../store/scans.ts'
import { brief, counted, instant, nativeTypeText } from './terminal.ts'
import { toRejectionJson, toReportJson, toScanJson } from './views.ts'

/** Quarantined findings named in a scan report; `findings list --quarantined` has all. */
const LISTED_QUARANTINED = 5

/** All that is said of one scan. */
export interface ScanReport {
  readonly scan: Scan
  readonly reports: readonly Report[]
  /** Records that were rejected; of so many, those in `rejections` are kept. */
  readonly rejected: number
  readonly rejections: readonly (Rejection & { readonly report: string })[]
  /** The first findings and attack paths that exports leave out now, where this scan's left any out. */
  readonly quarantined: readonly FindingView[]
}

export async function readScanReport(tx: Transaction, scan: Scan, now: Date): Promise<ScanReport> {
  const reports = await listReports(tx, scan.scanNo)
  return {
    scan,
    reports,
    rejected: reports.reduce((total, report) => total + report.rejected, 0),
    rejections: await listRejections(tx, scan.scanNo, MAX_KEPT_REJECTIONS),
    quarantined: hasQuarantined(scan, reports) ? await listQuarantined(tx, now) : [],
  }
}

async function listQuarantined(tx: Transaction, now: Date): Promise<readonly FindingView[]> {
  const page = { limit: LISTED_QUARANTINED }
  const filter = { quarantined: true }
  return [
    ...(await listFindings(tx, 'security_finding', filter, page, now)),
    ...(await listFindings(tx, 'attack_path', filter, page, now)),
  ].slice(0, LISTED_QUARANTINED)
}

/** Whether some of what the reports said did not get through: it was rejected, or no valid record could be made of it. */
export function isPartlyDone({ scan, reports, rejected }: ScanReport): boolean {
  return rejected > 0 || hasQuarantined(scan, reports)
}

function hasQuarantined(scan: Scan, reports: readonly Report[]): boolean {
  return (
    reports.some(({ statistics }) => statistics.quarantined > 0) ||
    (outcomeOf(scan)?.exports.some(({ counts }) => counts.quarantined > 0) ?? false)
  )
}

function outcomeOf(scan: Scan): ScanOutcome | null {
  return scan.outcome as ScanOutcome | null
}

export function toScanReportJson(report: ScanReport): object {
  return {
    ...toScanJson(report.scan),
    reports: report.reports.map(toReportJson),
    rejected: report.rejected,
    rejections: report.rejections.map(toRejectionJson),
    quarantined: report.quarantined.map(({ alertId, quarantined }) => ({
      alert_id: alertId,
      reason: quarantined,
    })),
  }
}

/** The scan report: what it read, did, left out and exported. Lists at most so many rejections. */
export function scanReportText(
  report: ScanReport,
  limits: { readonly rejections: number },
): string {
  const { scan, reports } = report
  const outcome = outcomeOf(scan)
  return [
    `Scan ${scan.scanId} of ${brief(scan.scanner)}, ${instant(scan.scanAt ?? scan.openedAt)}: ${scan.status}` +
      `${scan.partial ? ', partial' : ''}${scan.late ? ', late: newer scans covered all of it, so nothing is exported' : ''}\n`,
    ...scan.partialReasons.map(
      (reason) => `  partial because ${brief(reason)}: what is missing from it is not resolved\n`,
    ),
    ...reports.map(reportText),
    ...rejectionsText(report, limits.rejections),
    ...(outcome === null ? [] : outcomeText(scan, outcome)),
    ...quarantinedText(report.quarantined),
    ...unknownsText(reports),
  ].join('')
}

function reportText(report: Report): string {
  const { evaluations, attack_paths, assets, quarantined, truncated } = report.statistics
  const parts = [
    ...Object.entries(evaluations).map(
      ([evaluation, count]) => `${count} ${evaluation.replaceAll('_', ' ')}`,
    ),
    ...(attack_paths > 0 ? [counted(attack_paths, 'attack path')] : []),
    ...(assets > 0 ? [counted(assets, 'asset')] : []),
    ...(report.rejected > 0 ? [`${report.rejected} rejected`] : []),
    ...(quarantined > 0 ? [`${quarantined} quarantined`] : []),
    ...(truncated > 0 ? [`${truncated} trimmed to size`] : []),
  ]
  return (
    `  read      ${brief(report.name)} (${`${report.source} ${brief(report.scannerVersion)}`.trim()}): ${counted(report.records, 'record')}` +
    `${parts.length === 0 ? '' : `: ${parts.join(', ')}`}\n`
  )
}

/** The first ones, and where the others are; of more than are kept, that they were counted alone. */
function rejectionsText({ scan, rejected, rejections }: ScanReport, limit: number): string[] {
  const listed = rejections.slice(0, limit)
  const more = rejected - listed.length
  const show = `tocsin scans show ${scan.scanId} --rejections`
  return [
    ...listed.map(
      (rejection) =>
        `  rejected  ${brief(rejection.report)} at ${brief(rejection.pointer) || '/'} (byte ${rejection.byteOffset}): ${brief(rejection.reason)}\n`,
    ),
    ...(more === 0
      ? []
      : listed.length < rejections.length
        ? [`            and ${more} more: ${show}\n`]
        : [`            and ${more} more, of which no more than their number is kept\n`]),
  ]
}

function outcomeText(scan: Scan, outcome: ScanOutcome): string[] {
  const { counts, uncovered, superseded } = outcome
  return [
    `  did       ${counts.created} created, ${counts.unchanged} unchanged, ${counts.updated} updated, ${counts.resolved} resolved, ` +
      `${counts.reopened} reopened${counts.collisions === 0 ? '' : `; ${counted(counts.collisions, 'record')} joined others of their finding`}\n`,
    ...(uncovered.count === 0 ? [] : uncoveredText(scan, uncovered)),
    ...superseded.map((id) => `  ended     the held scan ${id}, which is older\n`),
    ...outcome.exports.map(exportText),
    ...(outcome.exports.length === 0 && scan.status === 'completed' && !scan.late
      ? [
          '  exported  nothing: there is no alert rule. Make one:\n' +
            '            tocsin alert-rules add "To the SIEM" --event-type siem --destination NAME\n',
        ]
      : []),
  ]
}

function uncoveredText(scan: Scan, uncovered: ScanOutcome['uncovered']): string[] {
  const shown = uncovered.examples.slice(0, 3)
  return [
    `  open      ${counted(uncovered.count, 'open finding')} of these accounts it neither saw nor covered:\n` +
      `            ${shown.join(', ')}${uncovered.count > shown.length ? ' …' : ''}\n`,
    // Of a scan that is late or not whole, absence settles nothing.
    ...(scan.late || scan.partial
      ? []
      : [
          '            If the report holds all of these accounts, that settles them: --snapshot full --again\n',
        ]),
  ]
}

function exportText(made: ScanOutcome['exports'][number]): string {
  const { counts } = made
  const left = Object.entries(counts.excluded)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`)
  return (
    `  exported  ${made.export_id} for "${brief(made.rule)}" (${made.format}): ${counted(counts.records, 'record')}` +
    ` (${counted(counts.security_finding, 'finding')}, ${counted(counts.attack_path, 'attack path')}; ${counts.resolved} resolved)` +
    ` in ${counted(made.objects, 'object')}` +
    `${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}${counts.quarantined === 0 ? '' : `; ${counts.quarantined} quarantined`}\n`
  )
}

function quarantinedText(quarantined: readonly FindingView[]): string[] {
  if (quarantined.length === 0) return []
  return [
    ...quarantined.map(
      ({ alertId, quarantined: reason }) => `  quarantined  ${alertId}: ${brief(reason ?? '')}\n`,
    ),
    '               Exports leave them out. All: tocsin findings list --quarantined\n',
  ]
}

function unknownsText(reports: readonly Report[]): string[] {
  const namesOf = (statistic: 'unknown_resource_types' | 'unknown_risk_categories'): string[] => [
    ...new Set(reports.flatMap((report) => Object.keys(report.statistics[statistic]))),
  ]
  const types = namesOf('unknown_resource_types')
  const checks = namesOf('unknown_risk_categories')
  const list = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(', ')}${names.length > 5 ? ' …' : ''}`
  return [
    ...(types.length === 0
      ? []
      : [
          `  defaults  ${counted(types.length, 'native type is', 'native types are')} in no table, to go out as Service: ${list(types.map(nativeTypeText))}\n`,
        ]),
    ...(checks.length === 0
      ? []
      : [
          `  defaults  ${counted(checks.length, 'check is', 'checks are')} in no table, to go out as Risky Configurations: ${list(checks.map(brief))}\n`,
        ]),
  ]
}
