import type { Command } from 'commander'
import { createExport, replayExport } from '../../app/replay-export.ts'
import { AppError } from '../../errors.ts'
import { findExportRun, listExportParts, listExportRuns } from '../../store/export-runs.ts'
import { listDeliveries } from '../../store/deliveries.ts'
import type { Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { parseLimit } from '../options.ts'
import { example, printDocument, printDone, printList } from '../output.ts'
import { bytes, counted, instant, printable, shortened, table } from '../terminal.ts'
import { toExportJson, toPartJson } from '../views.ts'

/** Enough for the deliveries of the largest export to a handful of destinations. */
const ALL_DELIVERIES = 10_000

export function addExportCommands(program: Command, cli: Cli): void {
  const exports = program
    .command('exports')
    .description('what was made to be sent: list, show, replay, create')
  addList(exports, cli)
  addShow(exports, cli)

  const replay = exports
    .command('replay <id>')
    .description('sends an export again: the same records and event ids under new keys')
  example(replay, 'exports replay exp_5rx3q8m2k7wd')
  replay.action(async (exportId: string) => {
    await cli.withApp({}, async (app) => {
      const made = await replayExport(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        exportId,
      })
      printDone(
        cli.terminal,
        replay,
        { export_id: made.exportId, objects: made.objects },
        `${made.exportId}: ${counted(made.objects, 'object')} will be sent.`,
      )
      await deliver(cli, app, replay, { wait: false })
    })
  })

  const create = exports
    .command('create')
    .description('sends the present state of a completed scan to a rule that came later')
    .requiredOption('--scan <id>', 'the scan')
    .requiredOption('--rule <name>', 'the alert rule')
  example(create, 'exports create --scan scn_7qk2m4xw5t3n --rule "To the SIEM"')
  create.action(async (options: { scan: string; rule: string }) => {
    await cli.withApp({}, async (app) => {
      const made = await createExport(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        scanId: options.scan,
        rule: options.rule,
      })
      const text = made
        .map(
          (one) =>
            `${one.export_id}: ${counted(one.counts.records, 'record')} in ${counted(one.objects, 'object')}.`,
        )
        .join('\n')
      printDone(cli.terminal, create, { exports: made }, text)
      await deliver(cli, app, create, { wait: false })
    })
  })
}

function addList(exports: Command, cli: Cli): void {
  const list = exports
    .command('list')
    .description('lists exports, the newest first')
    .option('--limit <count>', 'at most so many', parseLimit, 50)
  example(list, 'exports list')
  list.action(async (options: { limit: number }) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listExportRuns(tx, { limit: options.limit })
        printList(
          cli.terminal,
          list,
          rows.map(toExportJson),
          () =>
            table(
              ['ID', 'KIND', 'SCAN', 'RULE', 'FORMAT', 'RECORDS', 'LEFT OUT', 'MADE'],
              rows.map((run) => [
                run.exportId,
                run.kind,
                run.scanId,
                shortened(run.rule, 40),
                run.rendition.record,
                run.counts.records,
                Object.values(run.counts.excluded).reduce((total, count) => total + count, 0) +
                  run.counts.quarantined,
                instant(run.createdAt),
              ]),
            ),
          'No export yet. One is made when a scan completes and an alert rule wants it. See: tocsin alert-rules list',
        )
      }),
    )
  })
}

function addShow(exports: Command, cli: Cli): void {
  const show = exports
    .command('show <id>')
    .description('shows an export: its objects, and what became of each')
  example(show, 'exports show exp_5rx3q8m2k7wd')
  show.action(async (exportId: string) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const run = await findExportRun(tx, exportId)
        if (run === undefined)
          throw new AppError(
            'not_found',
            `There is no export ${exportId}. See: tocsin exports list`,
          )
        const parts = await listExportParts(tx, run.runNo)
        const deliveries = await listDeliveries(tx, { exportId, limit: ALL_DELIVERIES })
        const statusOf = (key: string) =>
          deliveries
            .filter((delivery) => delivery.key === key)
            .map((delivery) => ({
              destination: delivery.destination,
              delivery_id: delivery.deliveryId,
              status: delivery.status,
            }))
        const document = {
          ...toExportJson(run),
          parts: parts.map((part) => ({ ...toPartJson(part), deliveries: statusOf(part.key) })),
        }
        printDocument(cli.terminal, show, document, () =>
          [
            `${run.exportId} of scan ${run.scanId} for "${printable(run.rule)}", ${run.rendition.record}, ${instant(run.createdAt)}\n`,
            `  records   ${run.counts.records}: ${counted(run.counts.security_finding, 'finding')}, ${counted(run.counts.attack_path, 'attack path')}; ${run.counts.resolved} resolved\n`,
            `  left out  ${Object.entries(run.counts.excluded)
              .map(([reason, count]) => `${count} ${reason}`)
              .join(', ')}, ${run.counts.quarantined} quarantined\n\n`,
            table(
              ['KEY', 'RECORDS', 'SIZE', 'DELIVERIES'],
              parts.map((part) => [
                part.key,
                part.records,
                bytes(part.bytes),
                statusOf(part.key)
                  .map(({ destination, status }) => `${destination}: ${status}`)
                  .join(', '),
              ]),
            ),
          ].join(''),
        )
      }),
    )
  })
}
