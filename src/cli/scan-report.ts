import type { Command } from 'commander'
import type { ScanCompletion, ScanOutcome } from '../app/complete-scan.ts'
import { listRejections, listReports } from '../store/reports.ts'
import type { Rejection, Report } from '../store/reports.ts'
import type { Scan } from '../store/scans.ts'
import type { App, Cli } from './cli.ts'
import { globalOptions, printDocument } from './output.ts'
import { instant, printable } from './terminal.ts'
import { completionStatus, toLossJson, toRejectionJson, toReportJson, toScanJson } from './views.ts'

/** Done in part (interfaces.md): some records were rejected, or the scan is held. */
const DONE_IN_PART = 3
const FAILED = 1

/** Rejections listed below a completion; all of them stand in `scans show`. */
const LISTED_REJECTIONS = 5

/** Says what became of a scan, and sets the exit code that this deserves. */
export async function printCompletion(
  cli: Cli,
  app: App,
  command: Command,
  completion: ScanCompletion,
): Promise<void> {
  const scan = completion.kind === 'duplicate' ? completion.of : completion.scan
  const { reports, rejections } = await app.db.transaction(cli.tenantId, async (tx) => ({
    reports: await listReports(tx, scan.scanNo),
    rejections: await listRejections(tx, scan.scanNo, LISTED_REJECTIONS),
  }))
  const rejected = reports.reduce((total, report) => total + report.rejected, 0)
  if (completion.kind === 'held' || (completion.kind === 'applied' && rejected > 0))
    cli.exitCode = DONE_IN_PART
  if (completion.kind === 'incomplete') cli.exitCode = FAILED
  const document = {
    ...toScanJson(scan),
    status: completionStatus(completion),
    ...(completion.kind === 'duplicate' ? { of: scan.scanId } : {}),
    ...(completion.kind === 'held' ? { losses: completion.losses.map(toLossJson) } : {}),
    reports: reports.map(toReportJson),
    rejections: rejections.map(toRejectionJson),
  }
  if (globalOptions(command).quiet === true && globalOptions(command).json !== true) return
  printDocument(cli.terminal, command, document, () =>
    completionText(completion, scan, reports, rejections),
  )
}

function completionText(
  completion: ScanCompletion,
  scan: Scan,
  reports: readonly Report[],
  rejections: readonly (Rejection & { readonly report: string })[],
): string {
  switch (completion.kind) {
    case 'duplicate':
      return (
        `These reports were taken before, as scan ${scan.scanId} of ${instant(scan.scanAt)}: nothing is exported again.\n` +
        'If it is a new scan all the same, add --again.\n'
      )
    case 'incomplete':
      return scan.owedReports.length > 0
        ? `Scan ${scan.scanId} waits: ${scan.owedReports.map(printable).join(', ')} was cut off and must be given again ` +
            `(tocsin ingest REPORT --scan ${scan.scanId}), or end the scan: tocsin scans fail ${scan.scanId}\n`
        : `Scan ${scan.scanId} has no report yet. Give it one: tocsin ingest REPORT --scan ${scan.scanId}\n`
    case 'held':
      return heldText(scan, completion.losses)
    case 'not_applied':
      return `Scan ${scan.scanId} is ${scan.status}: nothing of it was applied.\n`
    case 'applied':
      return `${completion.repeated ? 'This scan had ended before. ' : ''}${scanReportText(scan, reports, rejections)}`
  }
}

function heldText(
  scan: Scan,
  losses: readonly { detectionType: string; absent: number; open: number }[],
): string {
  const lost = losses.map(
    ({ detectionType, absent, open }) =>
      `${absent} of ${open} open ${detectionType === 'attack_path' ? 'attack paths' : 'findings'}`,
  )
  return (
    `Scan ${scan.scanId} is held: it would resolve ${lost.join(' and ')} because they are missing from it, ` +
    'more than a scan usually does. Nothing was applied or exported.\n' +
    `If they are really gone: tocsin scans confirm ${scan.scanId}\n` +
    `If the scan was not whole: tocsin scans discard ${scan.scanId}\n`
  )
}

/** The scan report: what it read, did, left out and exported. */
export function scanReportText(
  scan: Scan,
  reports: readonly Report[],
  rejections: readonly (Rejection & { readonly report: string })[],
): string {
  const outcome = scan.outcome as ScanOutcome | null
  return [
    `Scan ${scan.scanId} of ${printable(scan.scanner)}, ${instant(scan.scanAt ?? scan.openedAt)}: ${scan.status}` +
      `${scan.partial ? ', partial' : ''}${scan.late ? ', late: newer scans covered all of it, so nothing is exported' : ''}\n`,
    ...scan.partialReasons.map(
      (reason) =>
        `  partial because ${printable(reason)}: what is missing from it is not resolved\n`,
    ),
    ...reports.map(reportText),
    ...rejections.map(
      (rejection) =>
        `  rejected  ${printable(rejection.report)} at ${printable(rejection.pointer) || '/'} (byte ${rejection.byteOffset}): ${printable(rejection.reason)}\n`,
    ),
    ...(outcome === null ? [] : outcomeText(scan, outcome)),
    ...unknownsText(reports),
  ].join('')
}

function reportText(report: Report): string {
  const { evaluations, attack_paths, assets, quarantined, truncated } = report.statistics
  const parts = [
    ...Object.entries(evaluations).map(
      ([evaluation, count]) => `${count} ${evaluation.replaceAll('_', ' ')}`,
    ),
    ...(attack_paths > 0 ? [`${attack_paths} attack paths`] : []),
    ...(assets > 0 ? [`${assets} assets`] : []),
    ...(report.rejected > 0 ? [`${report.rejected} rejected`] : []),
    ...(quarantined > 0 ? [`${quarantined} quarantined`] : []),
    ...(truncated > 0 ? [`${truncated} trimmed to size`] : []),
  ]
  return (
    `  read      ${printable(report.name)} (${`${report.source} ${printable(report.scannerVersion)}`.trim()}): ${report.records} records` +
    `${parts.length === 0 ? '' : `: ${parts.join(', ')}`}\n`
  )
}

function outcomeText(scan: Scan, outcome: ScanOutcome): string[] {
  const { counts, uncovered, superseded } = outcome
  return [
    `  did       ${counts.created} created, ${counts.unchanged} unchanged, ${counts.updated} updated, ${counts.resolved} resolved, ` +
      `${counts.reopened} reopened${counts.collisions === 0 ? '' : `; ${counts.collisions} records joined others of their finding`}\n`,
    ...(uncovered.count === 0
      ? []
      : [
          `  open      ${uncovered.count} open findings of these accounts it neither saw nor covered: ${uncovered.examples.slice(0, 6).join(', ')}` +
            `${uncovered.count > 6 ? ' …' : ''}\n` +
            `            If this was a full scan, that settles them: tocsin ingest REPORT --snapshot full --again\n`,
        ]),
    ...superseded.map((id) => `  ended     the held scan ${id}, which is older\n`),
    ...outcome.exports.map(exportText),
    ...(outcome.exports.length === 0 && scan.status === 'completed' && !scan.late
      ? [
          '  exported  nothing: there is no alert rule. Make one: tocsin alert-rules add "To the SIEM" --event-type siem --destination NAME\n',
        ]
      : []),
  ]
}

function exportText(made: ScanOutcome['exports'][number]): string {
  const { counts } = made
  const left = Object.entries(counts.excluded)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => `${count} ${reason}`)
  return (
    `  exported  ${made.export_id} for "${printable(made.rule)}" (${made.format}): ${counts.records} records` +
    ` (${counts.security_finding} findings, ${counts.attack_path} attack paths; ${counts.resolved} resolved) in ${made.objects} objects` +
    `${left.length === 0 ? '' : `; left out: ${left.join(', ')}`}${counts.quarantined === 0 ? '' : `; ${counts.quarantined} quarantined`}\n`
  )
}

function unknownsText(reports: readonly Report[]): string[] {
  const types = reports.flatMap((report) => Object.keys(report.statistics.unknown_resource_types))
  const checks = reports.flatMap((report) => Object.keys(report.statistics.unknown_risk_categories))
  const list = (names: readonly string[]): string =>
    `${[...new Set(names)].slice(0, 5).map(printable).join(', ')}${names.length > 5 ? ' …' : ''}`
  return [
    ...(types.length === 0
      ? []
      : [
          `  defaults  ${types.length} native types are in no table and go out as Service: ${list(types)}\n`,
        ]),
    ...(checks.length === 0
      ? []
      : [
          `  defaults  ${checks.length} checks are in no table and go out as Risky Configurations: ${list(checks)}\n`,
        ]),
  ]
}
