import type { Command } from 'commander'
import { addAlertRule } from '../../app/add-alert-rule.ts'
import { editAlertRule } from '../../app/edit-alert-rule.ts'
import { removeAlertRule } from '../../app/remove-alert-rule.ts'
import { exportRanges, listAlertRules } from '../../store/alert-rules.ts'
import type { AlertRule } from '../../store/alert-rules.ts'
import { AppError } from '../../errors.ts'
import type { Cli } from '../cli.ts'
import { collect, oneOf } from '../options.ts'
import { example, printDone, printList } from '../output.ts'
import { printable, shellWord, table } from '../terminal.ts'

interface RuleOptions {
  readonly eventType: string
  readonly minimalSeverity?: string
  readonly destination?: readonly string[]
  readonly fullExport?: string
  readonly enable?: boolean
  readonly disable?: boolean
  readonly name?: string
}

export function addAlertRuleCommands(program: Command, cli: Cli): void {
  const rules = program
    .command('alert-rules')
    .description('what is exported where: add, list, edit, remove')
  addAdd(rules, cli)
  addList(rules, cli)
  addEdit(rules, cli)
  addRemove(rules, cli)
}

function addAdd(rules: Command, cli: Cli): void {
  const add = rules
    .command('add <name>')
    .description('exports each completed scan, from now on')
    .requiredOption('--event-type <type>', 'siem')
    .option('--minimal-severity <severity>', 'not for siem: a SIEM gets every severity')
    .option('--destination <name>', 'where to; may be given again', collect)
    .option(
      '--full-export <range>',
      'coverage: what a scan looked at; tenant: all that is open',
      oneOf(exportRanges),
    )
  example(add, 'alert-rules add "To the SIEM" --event-type siem --destination siem')
  add.action(async (name: string, options: RuleOptions) => {
    await cli.withApp({}, async (app) => {
      const rule = await addAlertRule(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        name,
        eventType: options.eventType,
        ...(options.minimalSeverity === undefined
          ? {}
          : { minimalSeverity: options.minimalSeverity }),
        ...(options.destination === undefined ? {} : { destinations: options.destination }),
        ...(options.fullExport === undefined ? {} : { fullExport: options.fullExport }),
      })
      printDone(
        cli.terminal,
        add,
        toRuleJson(rule),
        `Alert rule ${printable(rule.name)} is saved${nextText(rule)}`,
      )
    })
  })
}

function addList(rules: Command, cli: Cli): void {
  const list = rules.command('list').description('lists alert rules')
  example(list, 'alert-rules list')
  list.action(async () => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const rows = await listAlertRules(tx)
        printList(
          cli.terminal,
          list,
          rows.map(toRuleJson),
          () =>
            table(
              ['ID', 'NAME', 'EVENT TYPE', 'ENABLED', 'RANGE', 'DESTINATIONS'],
              rows.map((rule) => [
                rule.ruleId,
                rule.name,
                rule.eventType,
                rule.enabled ? 'yes' : 'no',
                rule.fullExport,
                destinationsText(rule),
              ]),
            ),
          'No alert rule yet. Add one: tocsin alert-rules add "To the SIEM" --event-type siem --destination NAME',
        )
      }),
    )
  })
}

function addEdit(rules: Command, cli: Cli): void {
  const edit = rules
    .command('edit <name>')
    .description('changes an alert rule')
    .option('--name <name>', 'another name')
    .option('--destination <name>', 'where to, instead of what it has; may be given again', collect)
    .option('--full-export <range>', exportRanges.join(', '), oneOf(exportRanges))
    .option('--enable', 'exports again')
    .option('--disable', 'exports nothing')
  example(edit, 'alert-rules edit "To the SIEM" --disable')
  edit.action(async (name: string, options: RuleOptions) => {
    checkChanges(options)
    await cli.withApp({}, async (app) => {
      const rule = await editAlertRule(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        rule: name,
        changes: {
          ...(options.name === undefined ? {} : { name: options.name }),
          ...(options.destination === undefined ? {} : { destinations: options.destination }),
          ...(options.fullExport === undefined ? {} : { fullExport: options.fullExport }),
          ...(options.enable === true ? { enabled: true } : {}),
          ...(options.disable === true ? { enabled: false } : {}),
        },
      })
      printDone(
        cli.terminal,
        edit,
        toRuleJson(rule),
        `Alert rule ${printable(rule.name)} is saved.`,
      )
    })
  })
}

function addRemove(rules: Command, cli: Cli): void {
  const remove = rules
    .command('remove <name>')
    .description('removes an alert rule; what it exported stays')
  example(remove, 'alert-rules remove "To the SIEM"')
  remove.action(async (name: string) => {
    await cli.withApp({}, async (app) => {
      await removeAlertRule(app, { tenantId: cli.tenantId, by: cli.user, rule: name })
      printDone(
        cli.terminal,
        remove,
        { name, removed: true },
        `Alert rule ${printable(name)} is removed.`,
      )
    })
  })
}

/** @throws AppError where nothing is to change, or one thing both ways. */
function checkChanges({ name, destination, fullExport, enable, disable }: RuleOptions): void {
  if ([name, destination, fullExport, enable, disable].every((option) => option === undefined)) {
    throw new AppError('invalid_argument', 'Say what to change, such as --disable')
  }
  if (enable === true && disable === true)
    throw new AppError('invalid_argument', 'Give --enable or --disable, not both')
}

/** What is still to be done before a scan arrives somewhere. */
function nextText(rule: AlertRule): string {
  return rule.destinations.length === 0
    ? ', but goes nowhere yet. Give it a destination: tocsin destinations add file siem --path ./out, ' +
        `then: tocsin alert-rules edit ${shellWord(rule.name)} --destination siem`
    : `: each completed scan goes to ${destinationsText(rule)}. Ingest a report: tocsin ingest REPORT`
}

function destinationsText(rule: AlertRule): string {
  return rule.destinations.length === 0
    ? 'no destination'
    : rule.destinations.map(({ name }) => printable(name)).join(', ')
}

function toRuleJson(rule: AlertRule): object {
  return {
    rule_id: rule.ruleId,
    name: rule.name,
    event_type: rule.eventType,
    enabled: rule.enabled,
    full_export: rule.fullExport,
    destinations: rule.destinations.map(({ name }) => name),
    created_at: rule.createdAt,
  }
}
