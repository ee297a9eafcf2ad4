import type { Command } from 'commander'
import { decideFindings } from '../../app/decide-findings.ts'
import type { Decided, Selection } from '../../app/decide-findings.ts'
import type { DecisionRequest } from '../../domain/decision.ts'
import { dismissReasons } from '../../domain/decision.ts'
import type { DetectionType } from '../../domain/finding.ts'
import { AppError } from '../../errors.ts'
import {
  findFinding,
  getFindingBody,
  listFindingEvents,
  listFindings,
} from '../../store/findings.ts'
import type { FindingEvent, FindingView } from '../../store/findings.ts'
import type { Cli } from '../cli.ts'
import { addFilterOptions, parseLimit, parseUntil, toFilter } from '../options.ts'
import type { FilterOptions } from '../options.ts'
import { example, printDocument, printDone, printList, remark } from '../output.ts'
import { brief, counted, instant, printable, shortened, table } from '../terminal.ts'
import { toEventJson, toFindingJson } from '../views.ts'

/** What the two kinds of record are called on the command line. */
interface Kind {
  readonly detectionType: DetectionType
  readonly noun: 'findings' | 'attack-paths'
  readonly one: string
  readonly many: string
  readonly exampleId: string
}

const findings: Kind = {
  detectionType: 'security_finding',
  noun: 'findings',
  one: 'finding',
  many: 'findings',
  exampleId: 'fnd_zbbdoftscd72lszxe5i2lxe7qv',
}
const attackPaths: Kind = {
  detectionType: 'attack_path',
  noun: 'attack-paths',
  one: 'attack path',
  many: 'attack paths',
  exampleId: 'atp_a7bhuo5uoji2ctgl7fq4hahofc',
}

export function addFindingCommands(program: Command, cli: Cli): void {
  for (const kind of [findings, attackPaths]) {
    const noun = program
      .command(kind.noun)
      .description(`${kind.many}: list, show, dismiss, snooze, restore`)
    addList(noun, cli, kind)
    addShow(noun, cli, kind)
    addDecisions(noun, cli, kind)
  }
}

function addList(noun: Command, cli: Cli, kind: Kind): void {
  const list = addFilterOptions(
    noun.command('list').description(`lists ${kind.many}, each once, with what people see`),
  )
    .option('--limit <count>', 'at most so many', parseLimit, 100)
    .option('--after <id>', 'only those behind this one, for the next page')
  example(list, `${kind.noun} list --status open --severity Critical`)
  list.action(async (options: FilterOptions & { limit: number; after?: string }) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const now = app.clock.now()
        const after =
          options.after === undefined ? undefined : await findFinding(tx, options.after, now)
        if (options.after !== undefined && after === undefined) throw notFound(kind, options.after)
        const page = {
          limit: options.limit,
          ...(after === undefined ? {} : { after: after.findingNo }),
        }
        const rows = await listFindings(tx, kind.detectionType, toFilter(options), page, now)
        printList(
          cli.terminal,
          list,
          rows.map(toFindingJson),
          () => listText(rows, kind),
          emptyText(options, kind),
        )
        const last = rows.at(-1)
        if (rows.length === options.limit && last !== undefined) {
          remark(
            cli.terminal,
            list,
            `The first ${rows.length}. More: --after ${last.alertId}, or a larger --limit`,
          )
        }
      }),
    )
  })
}

function listText(rows: readonly FindingView[], kind: Kind): string {
  const ofPaths = kind.detectionType === 'attack_path'
  return table(
    [
      'ID',
      'SEVERITY',
      ...(ofPaths ? ['SCORE'] : []),
      'STATUS',
      'ACCOUNT',
      'ASSET',
      'TITLE',
      'LAST SEEN',
    ],
    rows.map((row) => [
      row.alertId,
      row.severity,
      ...(ofPaths ? [row.riskScore] : []),
      row.status,
      row.accountId,
      shortened(row.assetId, 48),
      shortened(row.title, 60),
      instant(row.lastSeenAt),
    ]),
  )
}

function emptyText(options: FilterOptions, kind: Kind): string {
  return Object.keys(toFilter(options)).length > 0
    ? `No ${kind.one} matches. Leave out a filter to see more.`
    : `No ${kind.one} yet. Ingest a report: tocsin ingest REPORT`
}

function addShow(noun: Command, cli: Cli, kind: Kind): void {
  const show = noun
    .command('show <id>')
    .description(`shows one ${kind.one}: its life, its history and what its record says`)
  example(show, `${kind.noun} show ${kind.exampleId}`)
  show.action(async (alertId: string) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const finding = await findFinding(tx, alertId, app.clock.now())
        if (finding?.detectionType !== kind.detectionType) throw notFound(kind, alertId)
        const history = await listFindingEvents(tx, finding.findingNo)
        const record = JSON.parse(await getFindingBody(tx, finding.findingNo)) as Record<
          string,
          unknown
        >
        const document = { ...toFindingJson(finding), history: history.map(toEventJson), record }
        printDocument(cli.terminal, show, document, () => showText(finding, history, record))
      }),
    )
  })
}

function showText(
  finding: FindingView,
  history: readonly FindingEvent[],
  record: Readonly<Record<string, unknown>>,
): string {
  const { decision } = finding
  const facts: [string, string][] = [
    ['id', finding.alertId],
    ['status', `${finding.status}${finding.status === finding.state ? '' : ` (${finding.state})`}`],
    ['severity', finding.severity],
    ...(finding.riskScore === null
      ? []
      : [['score', `${finding.riskScore} of 100`] as [string, string]]),
    ['category', finding.riskCategory],
    ['rule', `${finding.scanner} ${finding.rule}`],
    ['asset', `${finding.assetId} (${finding.resourceType})`],
    [
      'account',
      `${finding.provider} ${finding.accountId}${finding.region === '' ? '' : ` ${finding.region}`}`,
    ],
    ['first seen', instant(finding.firstSeenAt)],
    ['last seen', instant(finding.lastSeenAt)],
    ...(finding.resolvedAt === null
      ? []
      : [
          ['resolved', `${instant(finding.resolvedAt)} (${finding.resolvedCause ?? ''})`] as [
            string,
            string,
          ],
        ]),
    ...(decision === null ? [] : [[decision.kind, decisionText(decision)] as [string, string]]),
    ...(finding.ignored
      ? [['ignored', 'left out of exports by the label Ignore on its asset'] as [string, string]]
      : []),
    ...(finding.suppressedUpstream
      ? [['muted', 'left out of exports by the mute of its scanner'] as [string, string]]
      : []),
    ...(finding.quarantined === null
      ? []
      : [['quarantined', `${finding.quarantined}: it is left out of exports`] as [string, string]]),
  ]
  const width = Math.max(...facts.map(([name]) => name.length))
  const paragraphs = (['description', 'remediation'] as const).flatMap((name) => {
    const text = record[name]
    return typeof text === 'string' && text !== ''
      ? [`\n${name}\n  ${text.split('\n').map(printable).join('\n  ')}\n`]
      : []
  })
  const events = history.map(eventText)
  return [
    `${printable(finding.title)}\n\n`,
    ...facts.map(([name, value]) => `  ${name.padEnd(width)}  ${printable(value)}\n`),
    ...paragraphs,
    '\nhistory\n',
    ...events,
  ].join('')
}

function eventText(event: FindingEvent): string {
  const why = (event.details ?? {}) as Readonly<Record<string, unknown>>
  return [
    `  ${instant(event.at)}  ${event.kind}`,
    event.scanId === null ? '' : ` by scan ${event.scanId}`,
    event.by === null ? '' : ` by ${printable(event.by)}`,
    ...['cause', 'reason', 'until', 'comment'].map((name) =>
      typeof why[name] === 'string' ? `, ${brief(why[name])}` : '',
    ),
    '\n',
  ].join('')
}

/** What people did not decide, they cannot restore: a mute of the scanner, and the label Ignore, end elsewhere. */
function changedText(decided: Decided, kind: Kind): string {
  const left = decided.selected.length - decided.changed.length
  const changed = `${counted(decided.changed.length, kind.one, kind.many)} changed.`
  return left === 0
    ? changed
    : `${changed} ${left} had no dismissal or snooze to end: what its scanner mutes, or the label Ignore leaves out, ends there.`
}

function decisionText(decision: NonNullable<FindingView['decision']>): string {
  const until = decision.until === null ? '' : ` until ${instant(decision.until)}`
  const comment =
    decision.comment === null || decision.comment === '' ? '' : `: ${decision.comment}`
  return `${decision.reason ?? ''}${until} by ${decision.by} at ${instant(decision.at)}${comment}`.trim()
}

function addDecisions(noun: Command, cli: Cli, kind: Kind): void {
  const dismiss = noun
    .command('dismiss [ids...]')
    .description(`takes ${kind.many} out of exports until they are restored`)
    .requiredOption('--reason <reason>', dismissReasons.join(', '))
  addSelection(dismiss, cli, kind, (options) => ({
    kind: 'dismiss',
    reason: String(options['reason']),
    ...commentOf(options),
  }))
  example(
    dismiss,
    `${kind.noun} dismiss ${kind.exampleId} --reason accepted_risk --comment "Sandbox"`,
    `${kind.noun} dismiss --rule s3_bucket_versioning --account 111111111111 --reason accepted_risk --yes`,
  )

  const snooze = noun
    .command('snooze [ids...]')
    .description(`takes ${kind.many} out of exports until an instant, at most a year ahead`)
    .requiredOption('--until <when>', 'an instant, or how far ahead: 30d, 12h', parseUntil)
  addSelection(snooze, cli, kind, (options, now) => ({
    kind: 'snooze',
    until: (options['until'] as ReturnType<typeof parseUntil>)(now),
    ...commentOf(options),
  }))
  example(snooze, `${kind.noun} snooze ${kind.exampleId} --until 30d`)

  const restore = noun.command('restore [ids...]').description('ends a dismissal or a snooze')
  addSelection(restore, cli, kind, (options) => ({ kind: 'restore', ...commentOf(options) }))
  example(restore, `${kind.noun} restore ${kind.exampleId}`)
}

function commentOf(options: Readonly<Record<string, unknown>>): { comment?: string } {
  return typeof options['comment'] === 'string' ? { comment: options['comment'] } : {}
}

type SelectionOptions = FilterOptions &
  Readonly<Record<string, unknown>> & { readonly dryRun?: boolean; readonly yes?: boolean }

/** By ids, or by filter: that only counts what it selects until --yes says that it is meant. */
function addSelection(
  command: Command,
  cli: Cli,
  kind: Kind,
  decide: (options: SelectionOptions, now: Date) => DecisionRequest,
): void {
  addFilterOptions(command)
    .option('--comment <text>', 'why, for the history')
    .option('--yes', 'does it to all that a filter selects, instead of only counting them')
    .option('--dry-run', 'only says how many it would change')
    .action(async (ids: string[], options: SelectionOptions) => {
      const filter = toFilter(options)
      const byFilter = Object.keys(filter).length > 0
      if (byFilter === ids.length > 0) {
        throw new AppError(
          'invalid_argument',
          `Say which ${kind.many}: their ids, or a filter such as --rule, not ${byFilter ? 'both' : 'nothing'}`,
        )
      }
      const selection: Selection = byFilter
        ? { kind: 'filter', filter }
        : { kind: 'ids', alertIds: ids }
      const dryRun = options.dryRun === true || (byFilter && options.yes !== true)
      await cli.withApp({}, async (app) => {
        const decided = await decideFindings(app, {
          tenantId: cli.tenantId,
          by: cli.user,
          detectionType: kind.detectionType,
          selection,
          decision: decide(options, app.clock.now()),
          dryRun,
        })
        const count = decided.selected.length
        const text =
          count === 0
            ? `No ${kind.one} matches: nothing to change.`
            : dryRun
              ? `Would change ${counted(count, kind.one, kind.many)}. ${howToDoIt(options, byFilter)}`
              : changedText(decided, kind)
        printDone(
          cli.terminal,
          command,
          {
            selected: count,
            changed: decided.changed.length,
            dry_run: dryRun,
            alert_ids: decided.selected,
          },
          text,
        )
      })
    })
}

function howToDoIt({ dryRun }: SelectionOptions, byFilter: boolean): string {
  if (dryRun !== true) return 'Add --yes to do it.'
  return byFilter ? 'With --yes, and without --dry-run, it does.' : 'Without --dry-run it does.'
}

function notFound(kind: Kind, alertId: string): AppError {
  return new AppError(
    'not_found',
    `There is no ${kind.one} ${alertId}. See: tocsin ${kind.noun} list`,
  )
}
