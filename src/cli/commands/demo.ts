import { access, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Command } from 'commander'
import { addAlertRule } from '../../app/add-alert-rule.ts'
import { addDestination } from '../../app/add-destination.ts'
import type { ScanOutcome } from '../../app/complete-scan.ts'
import { decideFindings } from '../../app/decide-findings.ts'
import { ingestScan } from '../../app/ingest-scan.ts'
import { DEFAULT_TENANT_ID } from '../../config.ts'
import type { DetectionType } from '../../domain/finding.ts'
import type { DecisionRequest } from '../../domain/decision.ts'
import { AppError } from '../../errors.ts'
import { getPartBytes, listExportParts, listExportRuns } from '../../store/export-runs.ts'
import type { ExportRun, StoredPart } from '../../store/export-runs.ts'
import type { Transaction } from '../../store/database.ts'
import { countFindings, listFindings } from '../../store/findings.ts'
import type { App, Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { example, globalOptions, printDocument } from '../output.ts'
import { createProgress } from '../progress.ts'
import { bytes, counted, instant, printable, shellWord, shortened, table } from '../terminal.ts'
import { toPartJson, toScanJson } from '../views.ts'

/** The bundled reports, as two successive scans of each environment. */
const ENVIRONMENTS = [
  { title: 'AWS', file: (scan: number) => `aws-${scan}.ocsf.json` },
  { title: 'Azure', file: (scan: number) => `azure-${scan}.ocsf.json` },
  { title: 'Google Cloud', file: (scan: number) => `gcp-${scan}.ocsf.json` },
  { title: 'Kubernetes', file: (scan: number) => `kubernetes-${scan}.ocsf.json`, cluster: 'demo' },
  { title: 'Attack paths', file: (scan: number) => `native-${scan}.jsonl` },
] as const

/** Says that a folder is a demo's, and so may be emptied by the next. */
const MARKER = 'THIS-IS-A-DEMO'

export function addDemoCommand(program: Command, cli: Cli): void {
  const demo = program
    .command('demo')
    .description(
      'shows the whole chain on bundled reports: scans, life cycle, exports in a folder; needs nothing and changes nothing else',
    )
    .option('--once', 'exit when it is done, instead of serving health')
    .option('--folder <path>', 'where it works; emptied first', './tocsin-demo')
  example(demo, 'demo --once')
  demo.action(async (options: { once?: boolean; folder: string }) => {
    const folder = resolve(options.folder)
    await emptyFolder(cli, folder)
    // Its database is its own, and has this tenant alone.
    cli.tenantId = DEFAULT_TENANT_ID
    const { json, quiet } = globalOptions(demo)
    const say = json === true || quiet === true ? () => {} : cli.terminal.out
    await cli.withApp({ dataDir: join(folder, 'data') }, async (app) => {
      const shown = await runDemo({ cli, app, command: demo, folder, say })
      if (json === true) printDocument(cli.terminal, demo, shown, () => '')
      if (options.once === true) return
      await cli.serve(app, (url) =>
        say(`\nServing ${url}/healthz and ${url}/readyz. Stop with Ctrl-C.\n`),
      )
    })
  })
}

/** One run, and where it says what it does. */
interface Demo {
  readonly cli: Cli
  readonly app: App
  readonly command: Command
  readonly folder: string
  readonly say: (text: string) => void
}

async function emptyFolder(cli: Cli, folder: string): Promise<void> {
  const marker = join(folder, MARKER)
  const isDemo = await access(marker).then(
    () => true,
    () => false,
  )
  if (isDemo) {
    if (!(await cli.deleteData(join(folder, 'data')))) {
      throw new AppError(
        'conflict',
        `A demo is running in ${folder}. Stop it, or choose another: --folder`,
      )
    }
    await rm(folder, { recursive: true, force: true })
  } else if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new AppError(
      'conflict',
      `${folder} is not empty, and not a demo's. Choose another: --folder`,
    )
  }
  await mkdir(folder, { recursive: true })
  await writeFile(marker, 'Made by tocsin demo, which empties this folder when it runs again.\n')
}

/** Answers what it did, as a program reads it. */
async function runDemo(demo: Demo): Promise<object> {
  const { cli, app, command, folder, say } = demo
  const actor = { tenantId: cli.tenantId, by: cli.user }
  const siem = join(folder, 'siem')
  await addDestination(app, {
    ...actor,
    name: 'siem',
    type: 'file',
    config: { path: siem },
    signal: cli.stopping,
  })
  await addAlertRule(app, {
    ...actor,
    name: 'To the SIEM',
    eventType: 'siem',
    destinations: ['siem'],
  })

  say('1. First scan of each environment\n\n')
  const first = await scanAll(demo, 1)
  say('\n2. People decide\n\n')
  await decideSome(demo)
  say('\n3. Second scan of each environment, a week later\n\n')
  const second = await scanAll(demo, 2)
  say('\n4. Delivered\n\n')
  await deliver(cli, app, command, { wait: true, say })
  const parts = await showExports(demo, siem)
  say('\n5. What your SIEM gets\n\n')
  await showRecords(demo)
  const next = lookAround(cli, folder)
  say(nextSteps(next))
  return { folder, scans: [...first, ...second], objects: parts.map(toPartJson), next }
}

async function scanAll({ cli, app, command, say }: Demo, scan: 1 | 2): Promise<readonly object[]> {
  const progress = createProgress(
    cli.terminal,
    globalOptions(command).quiet === true,
    app.clock.now,
  )
  const rows: (string | number)[][] = []
  const scans: object[] = []
  for (const environment of ENVIRONMENTS) {
    const file = environment.file(scan)
    progress.say(`scan of ${environment.title}`)
    const completion = await ingestScan(app, {
      tenantId: cli.tenantId,
      by: cli.user,
      reports: [
        {
          name: file,
          bytes: () => createReadStream(join(cli.examplesDir, file)) as AsyncIterable<Uint8Array>,
        },
      ],
      context: 'cluster' in environment ? { accountId: environment.cluster } : {},
      again: false,
      labels: [],
    })
    if (completion.kind !== 'applied')
      throw new Error(`the bundled report ${file} was not applied: ${completion.kind}`)
    rows.push([environment.title, ...countsOf(completion.outcome)])
    scans.push(toScanJson(completion.scan))
  }
  progress.clear()
  say(
    table(
      ['SCAN', 'CREATED', 'UNCHANGED', 'UPDATED', 'RESOLVED', 'REOPENED', 'EXPORTED', 'LEFT OUT'],
      rows,
    ),
  )
  return scans
}

function countsOf({ counts, exports }: ScanOutcome): (string | number)[] {
  const exported = exports[0]?.counts
  const excluded = Object.entries(exported?.excluded ?? {}).filter(([, count]) => count > 0)
  return [
    counts.created,
    counts.unchanged,
    counts.updated,
    counts.resolved,
    counts.reopened,
    exported?.records ?? 0,
    excluded.length === 0
      ? '0'
      : excluded.map(([reason, count]) => `${count} ${reason}`).join(', '),
  ]
}

/** Dismisses the mildest finding and snoozes the next one of the first environment, as somebody would who looks at the list. */
async function decideSome({ cli, app, say }: Demo): Promise<void> {
  const now = app.clock.now()
  const open = await app.db.transaction(cli.tenantId, (tx) =>
    listFindings(
      tx,
      'security_finding',
      { status: 'open', provider: 'AWS', severity: 'Low' },
      { limit: 2 },
      now,
    ),
  )
  const decisions: DecisionRequest[] = [
    { kind: 'dismiss', reason: 'accepted_risk', comment: 'A sandbox that is emptied every night' },
    {
      kind: 'snooze',
      until: new Date(now.getTime() + 30 * 24 * 60 * 60 * 1000),
      comment: 'Fixed with the next release',
    },
  ]
  for (const [index, decision] of decisions.entries()) {
    const finding = open[index]
    if (finding === undefined) throw new Error('the bundled reports hold too few findings')
    await decideFindings(app, {
      tenantId: cli.tenantId,
      by: cli.user,
      detectionType: 'security_finding',
      decision,
      dryRun: false,
      selection: { kind: 'ids', alertIds: [finding.alertId] },
    })
    const how =
      decision.kind === 'snooze'
        ? `snoozed until ${instant(decision.until)}`
        : 'dismissed (accepted risk)'
    say(`${finding.alertId}  ${how}: ${printable(shortened(finding.title, 60))}\n`)
  }
}

/** Every object, under its folder; answers them. */
async function showExports({ cli, app, say }: Demo, siem: string): Promise<readonly StoredPart[]> {
  const { parts, counts } = await app.db.transaction(cli.tenantId, async (tx) => {
    const runs = await listExportRuns(tx, { limit: 100 })
    const all: StoredPart[] = []
    for (const run of runs) all.push(...(await listExportParts(tx, run.runNo)))
    return { parts: all, counts: await countFindings(tx, app.clock.now()) }
  })
  const manifests = parts.filter(({ stream }) => stream === 'manifests').length
  say(
    `${counted(parts.length - manifests, 'object')} and ${counted(manifests, 'manifest')} in ${relative('.', siem)}:\n`,
  )
  const folders = Map.groupBy(parts, ({ key }) => dirname(key))
  for (const folder of [...folders.keys()].toSorted()) {
    const rows = (folders.get(folder) ?? []).toSorted((a, b) => (a.key < b.key ? -1 : 1))
    say(`\n${folder}/\n`)
    say(
      table(
        ['FILE', 'RECORDS', 'SIZE'],
        rows.map((part) => [basename(part.key), part.records, bytes(part.bytes)]),
      ),
    )
  }
  const known = (type: DetectionType): string =>
    counts
      .filter(({ detectionType }) => detectionType === type)
      .map(({ count, status }) => `${count} ${status}`)
      .join(', ')
  say(`\nFindings known now: ${known('security_finding')}.\n`)
  say(`Attack paths known now: ${known('attack_path')}.\n`)
  return parts
}

/** One record of each kind, read back from the stored objects: an open one, as an analyst would look at it. */
async function showRecords({ cli, app, say }: Demo): Promise<void> {
  await app.db.transaction(cli.tenantId, async (tx) => {
    const runs = await listExportRuns(tx, { limit: 100 })
    const wanted = [
      { title: 'A finding', stream: 'security_findings', provider: 'AWS', scanner: 'prowler' },
      { title: 'An attack path', stream: 'attack_paths' },
    ]
    for (const { title, stream, ...facts } of wanted) {
      const record = await findRecord(tx, runs, stream, facts)
      say(`${title}:\n${JSON.stringify(record, undefined, 2)}\n\n`)
    }
  })
}

/** The first open record with these values in the newest exports. */
async function findRecord(
  tx: Transaction,
  runs: readonly ExportRun[],
  stream: string,
  facts: Readonly<Record<string, string>>,
): Promise<unknown> {
  for (const run of runs) {
    for (const part of await listExportParts(tx, run.runNo)) {
      if (part.stream !== stream) continue
      const lines = gunzipSync(await getPartBytes(tx, part.partNo))
        .toString()
        .trimEnd()
        .split('\n')
      const found = lines
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>)
        .find(
          (record) =>
            record['resolved'] === false &&
            Object.entries(facts).every(([name, value]) => record[name] === value),
        )
      if (found !== undefined) return found
    }
  }
  throw new Error('the bundled reports hold no open record of each kind')
}

/** Commands that look at what the demo left. */
function lookAround(cli: Cli, folder: string): readonly string[] {
  const data = `TOCSIN_DATA_DIR=${shellWord(relative('.', join(folder, 'data')))}`
  const tenant = cli.config.tenantId === DEFAULT_TENANT_ID ? '' : ` --tenant ${DEFAULT_TENANT_ID}`
  return ['findings list --severity Critical', 'attack-paths list', 'scans list'].map(
    (command) => `${data} npx tocsin ${command}${tenant}`,
  )
}

function nextSteps(commands: readonly string[]): string {
  return [
    '6. Next\n\n',
    'Look around in the demo:\n',
    ...commands.map((command) => `  ${command}\n`),
    '\nOn your own report:\n',
    '  npx tocsin destinations add file siem --path ./out\n',
    '  npx tocsin alert-rules add "To the SIEM" --event-type siem --destination siem\n',
    '  npx tocsin ingest prowler-output.ocsf.json\n',
  ].join('')
}
