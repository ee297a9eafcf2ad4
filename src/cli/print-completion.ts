import type { Command } from 'commander'
import type { ScanCompletion } from '../app/complete-scan.ts'
import type { Loss } from '../store/reconcile.ts'
import type { Scan } from '../store/scans.ts'
import type { App, Cli } from './cli.ts'
import { globalOptions, printDocument } from './output.ts'
import { isPartlyDone, readScanReport, scanReportText, toScanReportJson } from './scan-report.ts'
import type { ScanReport } from './scan-report.ts'
import { brief, counted, instant } from './terminal.ts'
import { completionStatus, toLossJson } from './views.ts'

/** What a person asked of the scan. */
export type EndingVerb = 'complete' | 'fail' | 'confirm' | 'discard'

/** Done in part (interfaces.md): some records were rejected or quarantined, or the scan is held. */
const DONE_IN_PART = 3
const FAILED = 1

/** Rejections listed below a completion; `scans show` has the others. */
const LISTED_REJECTIONS = 5

/** Says what became of a scan, and sets the exit code that this deserves. */
export async function printCompletion(
  cli: Cli,
  app: App,
  command: Command,
  completion: ScanCompletion,
  verb: EndingVerb,
): Promise<void> {
  const scan = completion.kind === 'duplicate' ? completion.of : completion.scan
  const report = await app.db.transaction(cli.tenantId, (tx) =>
    readScanReport(tx, scan, app.clock.now()),
  )
  cli.exitCode = exitCodeOf(completion, report, verb)
  const document = {
    ...toScanReportJson(report),
    status: completionStatus(completion),
    ...(completion.kind === 'duplicate' ? { of: scan.scanId } : {}),
    ...(completion.kind === 'held' ? { losses: completion.losses.map(toLossJson) } : {}),
  }
  if (globalOptions(command).quiet === true && globalOptions(command).json !== true) return
  printDocument(cli.terminal, command, document, () => completionText(completion, report, verb))
}

function exitCodeOf(completion: ScanCompletion, report: ScanReport, verb: EndingVerb): number {
  switch (completion.kind) {
    case 'held':
      return DONE_IN_PART
    case 'incomplete':
      return FAILED
    case 'duplicate':
      return 0
    case 'not_applied':
      return isDiscarded(completion.scan, verb) ? 0 : FAILED
    case 'applied':
      if (verb === 'discard') return FAILED
      return isPartlyDone(report) ? DONE_IN_PART : 0
  }
}

function isDiscarded(scan: Scan, verb: EndingVerb): boolean {
  return verb === 'discard' && scan.status !== 'receiving' && scan.status !== 'held'
}

function completionText(completion: ScanCompletion, report: ScanReport, verb: EndingVerb): string {
  const { scan } = report
  switch (completion.kind) {
    case 'duplicate':
      return (
        `These reports were taken before, as scan ${scan.scanId} of ${instant(scan.scanAt)}: nothing is exported again.\n` +
        'If it is a new scan all the same, add --again.\n'
      )
    case 'incomplete':
      return incompleteText(scan)
    case 'held':
      return heldText(scan, completion.losses)
    case 'not_applied':
      return notAppliedText(scan, verb)
    case 'applied':
      if (verb === 'discard') {
        return `Scan ${scan.scanId} is ${scan.status}: it was applied, and can be discarded no more.\n`
      }
      return `${completion.repeated ? 'This scan had ended before. ' : ''}${scanReportText(report, { rejections: LISTED_REJECTIONS })}`
  }
}

function incompleteText(scan: Scan): string {
  return scan.owedReports.length > 0
    ? `Scan ${scan.scanId} waits: ${scan.owedReports.map(brief).join(', ')} was cut off and must be given again ` +
        `(tocsin ingest REPORT --scan ${scan.scanId}), or end the scan: tocsin scans fail ${scan.scanId}\n`
    : `Scan ${scan.scanId} has no report yet. Give it one: tocsin ingest REPORT --scan ${scan.scanId}\n`
}

function notAppliedText(scan: Scan, verb: EndingVerb): string {
  const { scanId, status } = scan
  const nothing = `Scan ${scanId} is ${status}: nothing of it was applied.`
  switch (status) {
    case 'receiving':
      return `${nothing} It still takes reports. End it: tocsin scans complete ${scanId}, or: tocsin scans fail ${scanId}\n`
    case 'held':
      return `${nothing} Decide: tocsin scans confirm ${scanId}, or: tocsin scans discard ${scanId}\n`
    default:
      return isDiscarded(scan, verb)
        ? `${nothing}\n`
        : `${nothing} It has ended, and nothing can be done with it any more.\n`
  }
}

function heldText(scan: Scan, losses: readonly Loss[]): string {
  const lost = losses.map(({ detectionType, absent, open }) =>
    detectionType === 'attack_path'
      ? `${absent} of ${counted(open, 'open attack path')}`
      : `${absent} of ${counted(open, 'open finding')}`,
  )
  return (
    `Scan ${scan.scanId} is held: it would resolve ${lost.join(' and ')} because they are missing from it, ` +
    'more than a scan usually does. Nothing was applied or exported.\n' +
    `If they are really gone: tocsin scans confirm ${scan.scanId}\n` +
    `If the scan was not whole: tocsin scans discard ${scan.scanId}\n`
  )
}
