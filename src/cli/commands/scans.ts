import type { Command } from 'commander'
import { completeScan, confirmScan, discardScan, failScan } from '../../app/complete-scan.ts'
import type { EndScanRequest, ScanCompletion } from '../../app/complete-scan.ts'
import { MAX_KEPT_REJECTIONS } from '../../app/stage-report.ts'
import { AppError } from '../../errors.ts'
import type { ScanStatus } from '../../domain/scan.ts'
import { scanStatuses } from '../../domain/scan.ts'
import { findScan, listScans } from '../../store/scans.ts'
import type { App, Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { oneOf, parseLimit } from '../options.ts'
import { example, printDocument, printList } from '../output.ts'
import { printCompletion } from '../print-completion.ts'
import type { EndingVerb } from '../print-completion.ts'
import { readScanReport, scanReportText, toScanReportJson } from '../scan-report.ts'
import { instant, shortened, table } from '../terminal.ts'
import { toScanJson } from '../views.ts'

export function addScanCommands(program: Command, cli: Cli): void {
  const scans = program
    .command('scans')
    .description('scans: list, show, complete, fail, confirm, discard')
  addList(scans, cli)
  addShow(scans, cli)
  addEnding(
    scans,
    cli,
    'complete',
    'completes a scan that was left open: applies and exports it',
    completeScan,
  )
  addEnding(
    scans,
    cli,
    'fail',
    'ends a scan that its scanner could not finish: what it saw counts, absence does not',
    failScan,
  )
  addEnding(scans, cli, 'confirm', 'applies a scan that the drop guard holds', confirmScan)
  addEnding(scans, cli, 'discard', 'ends a held scan; nothing of it counts', discardScan)
}

function addList(scans: Command, cli: Cli): void {
  const list = scans
    .command('list')
    .description('lists scans, the newest first')
    .option('--status <status>', scanStatuses.join(', '), oneOf<ScanStatus>(scanStatuses))
    .option('--limit <count>', 'at most so many', parseLimit, 50)
  example(list, 'scans list --status held')
  list.action(async (options: { status?: ScanStatus; limit: number }) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listScans(tx, {
          limit: options.limit,
          ...(options.status === undefined ? {} : { status: options.status }),
        })
        printList(
          cli.terminal,
          list,
          rows.map(toScanJson),
          () =>
            table(
              ['ID', 'SCANNER', 'STATUS', 'SCANNED', 'ENDED', 'NOTE'],
              rows.map((scan) => [
                scan.scanId,
                shortened(scan.scanner, 24),
                scan.status,
                instant(scan.scanAt),
                instant(scan.endedAt),
                [scan.partial ? 'partial' : '', scan.late ? 'late' : '']
                  .filter((word) => word !== '')
                  .join(', '),
              ]),
            ),
          'No scan yet. Ingest a report: tocsin ingest REPORT',
        )
      }),
    )
  })
}

function addShow(scans: Command, cli: Cli): void {
  const show = scans
    .command('show <id>')
    .description('shows the report of a scan: what it did, what it rejected, what it exported')
    .option('--rejections', `lists all rejections that are kept, up to ${MAX_KEPT_REJECTIONS}`)
  example(show, 'scans show scn_7qk2m4xw5t3n', 'scans show scn_7qk2m4xw5t3n --rejections')
  show.action(async (scanId: string, options: { rejections?: boolean }) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const scan = await findScan(tx, scanId)
        if (scan === undefined)
          throw new AppError('not_found', `There is no scan ${scanId}. See: tocsin scans list`)
        const report = await readScanReport(tx, scan, app.clock.now())
        printDocument(cli.terminal, show, toScanReportJson(report), () =>
          scanReportText(report, {
            rejections: options.rejections === true ? MAX_KEPT_REJECTIONS : 20,
          }),
        )
      }),
    )
  })
}

function addEnding(
  scans: Command,
  cli: Cli,
  verb: EndingVerb,
  description: string,
  end: (app: App, request: EndScanRequest) => Promise<ScanCompletion>,
): void {
  const command = scans.command(`${verb} <id>`).description(description)
  example(command, `scans ${verb} scn_7qk2m4xw5t3n`)
  command.action(async (scanId: string) => {
    await cli.withApp({}, async (app) => {
      const completion = await end(app, { tenantId: cli.tenantId, by: cli.user, scanId })
      await printCompletion(cli, app, command, completion, verb)
      await deliver(cli, app, command, { wait: false })
    })
  })
}
