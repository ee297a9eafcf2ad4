import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addDestination } from '../../app/add-destination.ts'
import { checkDestination } from '../../app/check-destination.ts'
import { pauseDestination } from '../../app/pause-destination.ts'
import { removeDestination } from '../../app/remove-destination.ts'
import { resumeDestination } from '../../app/resume-destination.ts'
import type { CheckResult } from '../../destinations/destination.ts'
import { recordFormats } from '../../domain/export-part.ts'
import { listRulesUsing } from '../../store/alert-rules.ts'
import { getDestination, listDestinations } from '../../store/destinations.ts'
import type { StoredDestination } from '../../store/destinations.ts'
import type { Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { oneOf } from '../options.ts'
import { example, printDocument, printDone, printList } from '../output.ts'
import { counted, instant, printable, shortened, table } from '../terminal.ts'

const DONE_IN_PART = 3

export function addDestinationCommands(program: Command, cli: Cli): void {
  const destinations = program
    .command('destinations')
    .description('places that receive exports: add, list, show, test, pause, resume, remove')
  addAdd(destinations, cli)
  addList(destinations, cli)
  addShow(destinations, cli)
  addTest(destinations, cli)
  addPauseAndResume(destinations, cli)
  addRemove(destinations, cli)
}

function addAdd(destinations: Command, cli: Cli): void {
  const add = destinations.command('add').description('adds a destination')
  const file = add
    .command('file <name>')
    .description('a folder of this machine')
    .requiredOption('--path <folder>', 'where the objects go')
    .option(
      '--record <format>',
      `what an export is written as: ${recordFormats.join(', ')}`,
      oneOf(recordFormats),
    )
  example(file, 'destinations add file siem --path ./out')
  file.action(async (name: string, options: { path: string; record?: string }) => {
    await cli.withApp({}, async (app) => {
      const { destination, check } = await addDestination(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        name,
        type: 'file',
        config: { path: resolve(options.path) },
        ...(options.record === undefined ? {} : { record: options.record }),
        signal: cli.stopping,
      })
      // Saved, but not yet of use: done in part.
      if (!check.ok) {
        cli.exitCode = DONE_IN_PART
        cli.terminal.err(
          `${stepsText(check)}It is saved; mend this and try: tocsin destinations test ${destination.name}\n`,
        )
      }
      printDone(
        cli.terminal,
        file,
        toDestinationJson(destination),
        `Destination ${printable(destination.name)} is saved. ` +
          `Let a rule use it: tocsin alert-rules add "To the SIEM" --event-type siem --destination ${printable(destination.name)}`,
      )
    })
  })
}

function addList(destinations: Command, cli: Cli): void {
  const list = destinations.command('list').description('lists destinations')
  example(list, 'destinations list')
  list.action(async () => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listDestinations(tx)
        printList(
          cli.terminal,
          list,
          rows.map(toDestinationJson),
          () =>
            table(
              ['NAME', 'TYPE', 'RECORD', 'STATE', 'LAST SUCCESS'],
              rows.map((row) => [
                row.name,
                row.type,
                row.rendition.record,
                row.pause === undefined ? 'ready' : `paused: ${shortened(row.pause.reason, 60)}`,
                instant(row.lastSuccessAt ?? null),
              ]),
            ),
          'No destination yet. Add one: tocsin destinations add file siem --path ./out',
        )
      }),
    )
  })
}

function addShow(destinations: Command, cli: Cli): void {
  const show = destinations
    .command('show <name>')
    .description('shows a destination and what uses it')
  example(show, 'destinations show siem')
  show.action(async (name: string) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const destination = await getDestination(tx, name)
        const rules = await listRulesUsing(tx, destination.destinationNo)
        printDocument(
          cli.terminal,
          show,
          { ...toDestinationJson(destination), alert_rules: rules },
          () =>
            [
              `${printable(destination.name)} (${destination.destinationId}), ${destination.type}\n`,
              ...Object.entries(destination.config).map(
                ([key, value]) => `  ${key}  ${printable(String(value))}\n`,
              ),
              `  record  ${destination.rendition.record}, ${destination.rendition.framing}, ${destination.rendition.compression}\n`,
              `  alert rules  ${rules.length === 0 ? 'none' : rules.map(printable).join(', ')}\n`,
              destination.pause === undefined
                ? ''
                : `  paused since ${instant(destination.pause.at)}: ${printable(destination.pause.reason)}\n` +
                  `    Resume: tocsin destinations resume ${printable(destination.name)}\n`,
            ].join(''),
        )
      }),
    )
  })
}

function addTest(destinations: Command, cli: Cli): void {
  const test = destinations
    .command('test <name>')
    .description('tries whether a destination would receive, and leaves nothing behind')
  example(test, 'destinations test siem')
  test.action(async (name: string) => {
    await cli.withApp({}, async (app) => {
      const check = await checkDestination(app, {
        tenantId: cli.tenantId,
        destination: name,
        signal: cli.stopping,
      })
      if (!check.ok) cli.exitCode = 1
      printDocument(cli.terminal, test, check, () => stepsText(check))
    })
  })
}

function stepsText(check: CheckResult): string {
  return check.steps
    .map((step) => `${step.ok ? 'ok    ' : 'failed'}  ${step.name}: ${printable(step.detail)}\n`)
    .join('')
}

function addPauseAndResume(destinations: Command, cli: Cli): void {
  const pause = destinations
    .command('pause <name>')
    .description('stops delivering; what comes waits')
    .option('--reason <text>', 'why', 'paused by hand')
  example(pause, 'destinations pause siem --reason "SIEM upgrade"')
  pause.action(async (name: string, options: { reason: string }) => {
    await cli.withApp({}, async (app) => {
      const paused = await pauseDestination(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        destination: name,
        reason: options.reason,
      })
      printDone(
        cli.terminal,
        pause,
        toDestinationJson(paused),
        `Destination ${printable(paused.name)} is paused.`,
      )
    })
  })
  const resume = destinations
    .command('resume <name>')
    .description('delivers again, what waits first')
  example(resume, 'destinations resume siem')
  resume.action(async (name: string) => {
    await cli.withApp({}, async (app) => {
      const resumed = await resumeDestination(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        destination: name,
      })
      printDone(
        cli.terminal,
        resume,
        toDestinationJson(resumed),
        `Destination ${printable(resumed.name)} is resumed.`,
      )
      await deliver(cli, app, resume, { wait: false })
    })
  })
}

function addRemove(destinations: Command, cli: Cli): void {
  const remove = destinations
    .command('remove <name>')
    .description('removes a destination that no alert rule uses; cancels what waits for it')
  example(remove, 'destinations remove siem')
  remove.action(async (name: string) => {
    await cli.withApp({}, async (app) => {
      const { cancelled } = await removeDestination(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        destination: name,
      })
      printDone(
        cli.terminal,
        remove,
        { name, cancelled },
        `Destination ${printable(name)} is removed; ${counted(cancelled, 'delivery is', 'deliveries are')} cancelled.`,
      )
    })
  })
}

function toDestinationJson(destination: StoredDestination): object {
  return {
    destination_id: destination.destinationId,
    name: destination.name,
    type: destination.type,
    config: destination.config,
    ...destination.rendition,
    created_at: destination.createdAt,
    paused:
      destination.pause === undefined
        ? null
        : {
            at: destination.pause.at,
            by: destination.pause.by,
            reason: destination.pause.reason,
            probe_at: destination.pause.probeAt ?? null,
          },
    last_success_at: destination.lastSuccessAt ?? null,
  }
}
