import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { completeScan } from '../../app/complete-scan.ts'
import type { ScanCompletion } from '../../app/complete-scan.ts'
import { ingestReport } from '../../app/ingest-report.ts'
import { ingestScan } from '../../app/ingest-scan.ts'
import type { NamedReport } from '../../app/ingest-scan.ts'
import { openScan } from '../../app/open-scan.ts'
import type { Provider } from '../../domain/provider.ts'
import type { ScanContext, Snapshot } from '../../domain/scan.ts'
import { snapshots } from '../../domain/scan.ts'
import { AppError, errorCodeOf } from '../../errors.ts'
import type { App, Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { collectLabel, oneOf, parseInstant, providerOption } from '../options.ts'
import { example, globalOptions, remark } from '../output.ts'
import { createProgress } from '../progress.ts'
import type { Progress } from '../progress.ts'
import { printCompletion } from '../print-completion.ts'

interface IngestOptions {
  readonly format?: string
  readonly scanner?: string
  readonly provider?: Provider
  readonly account?: string
  readonly cluster?: string
  readonly region?: string
  readonly startedAt?: Date
  readonly completedAt?: Date
  readonly snapshot?: Snapshot
  readonly label?: readonly string[]
  readonly scan?: string
  readonly complete: boolean
  readonly again?: boolean
  readonly wait?: boolean
}

export function addIngestCommand(program: Command, cli: Cli): void {
  const ingest = program
    .command('ingest <report...>')
    .description(
      'takes one scan from one or more reports ("-" is standard input), applies it, exports it and delivers it',
    )
    .option('--format <id>', 'the format, where it cannot be recognised: prowler, native')
    .option('--scanner <name>', 'the scanner, where the report leaves it out')
    .option('--provider <provider>', 'AWS, KUBE, AZURE or GCP, likewise', providerOption)
    .option('--account <id>', 'account, subscription or project, likewise')
    .option('--cluster <name>', 'Kubernetes cluster, likewise')
    .option('--region <name>', 'region, likewise')
    .option('--started-at <instant>', 'when the scan began, likewise', parseInstant)
    .option('--completed-at <instant>', 'when the scan ended, likewise', parseInstant)
    .option(
      '--snapshot <kind>',
      'what absence means: observed, full (all of it is in here) or incremental (nothing)',
      oneOf<Snapshot>(snapshots),
    )
    .option('--label <k=v>', 'a label of the scan; may be given again', collectLabel)
    .option('--scan <id>', 'adds to a scan that was left open')
    .option('--no-complete', 'leaves the scan open for more reports')
    .option('--again', 'takes reports that were taken before as a new scan')
    .option('--wait', 'returns when its deliveries are done')
  example(ingest, 'ingest prowler-output.ocsf.json', 'ingest k8s.ocsf.json.gz --cluster production')
  ingest.action(async (reports: string[], options: IngestOptions) => {
    // Before a database is so much as started.
    const context = toContext(options)
    await checkReadable(reports)
    await cli.withApp({}, async (app) => {
      const progress = createProgress(
        cli.terminal,
        globalOptions(ingest).quiet === true,
        app.clock.now,
      )
      const completion = await takeReports(cli, app, reports, { ...options, context }, progress)
      progress.clear()
      if (completion.kind === 'open') return sayOpen(cli, ingest, completion.scanId)
      await printCompletion(cli, app, ingest, completion, 'complete')
      await deliver(cli, app, ingest, { wait: options.wait === true })
    })
  })
}

/** Ingests and completes, or leaves the scan open. */
async function takeReports(
  cli: Cli,
  app: App,
  paths: readonly string[],
  options: IngestOptions & { readonly context: ScanContext },
  progress: Progress,
): Promise<ScanCompletion | { readonly kind: 'open'; readonly scanId: string }> {
  const actor = { tenantId: cli.tenantId, by: cli.user }
  const reports: NamedReport[] = paths.map((path) => ({
    name: path === '-' ? 'standard input' : basename(path),
    bytes: () => progress.counting(path, readReport(cli, path)),
  }))
  const described = {
    ...actor,
    context: options.context,
    ...(options.format === undefined ? {} : { format: options.format }),
  }
  const opened = { again: options.again === true, labels: options.label ?? [] }
  const onApplying = (): void => progress.say('applying the scan')
  if (options.scan === undefined && options.complete)
    return ingestScan(app, { ...described, ...opened, reports, onApplying })

  const scanId = options.scan ?? app.randomId('scn')
  if (options.scan === undefined)
    await openScan(app, { ...actor, ...opened, scanId, openedBy: 'open' })
  for (const { name, bytes } of reports)
    await ingestReport(app, { ...described, scanId, name, bytes: bytes() })
  if (options.complete) {
    onApplying()
    return completeScan(app, { ...actor, scanId })
  }
  return { kind: 'open', scanId }
}

/** The id alone is data, for a script to take; what can be done with it is a remark. */
function sayOpen(cli: Cli, command: Command, scanId: string): void {
  const { json } = globalOptions(command)
  cli.terminal.out(
    json === true ? `${JSON.stringify({ scan_id: scanId, status: 'receiving' })}\n` : `${scanId}\n`,
  )
  remark(
    cli.terminal,
    command,
    `The scan is open. Add to it: tocsin ingest REPORT --scan ${scanId} --no-complete; end it: tocsin scans complete ${scanId}`,
  )
}

function toContext(options: IngestOptions): ScanContext {
  const { scanner, provider, account, cluster, region, startedAt, completedAt, snapshot, label } =
    options
  if (account !== undefined && cluster !== undefined) {
    throw new AppError(
      'invalid_argument',
      'Give --account or --cluster: a cluster stands where a cloud has its account',
    )
  }
  const accountId = account ?? cluster
  const spokenProvider = provider ?? (cluster === undefined ? undefined : 'KUBE')
  return {
    ...(scanner === undefined ? {} : { scanner }),
    ...(spokenProvider === undefined ? {} : { provider: spokenProvider }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined ? {} : { region }),
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(completedAt === undefined ? {} : { completedAt }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(label === undefined ? {} : { labels: label }),
  }
}

/** Looks at all files before anything is opened: a wrong name should not cost the reading of the others. */
async function checkReadable(reports: readonly string[]): Promise<void> {
  for (const report of reports) {
    if (report === '-') continue
    try {
      if ((await stat(report)).isDirectory())
        throw new AppError('report_unavailable', `${report} is a folder. Name the report in it`)
      await access(report, constants.R_OK)
    } catch (thrown) {
      throw unavailable(report, thrown)
    }
  }
}

function readReport(cli: Cli, report: string): AsyncIterable<Uint8Array> {
  return report === '-' ? cli.stdin() : readFileOf(report)
}

async function* readFileOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    // Larger pieces than the default: fewer turns between the disk, the thread that reads and ours.
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Uint8Array>
  } catch (thrown) {
    throw unavailable(path, thrown)
  }
}

function unavailable(path: string, thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown
  const code = errorCodeOf(thrown)
  if (code === undefined) return thrown
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file. Check the path',
    EACCES: 'you have no permission to read it. Check its owner and mode',
    EISDIR: 'it is a folder. Name the report in it',
  }
  return new AppError(
    'report_unavailable',
    `${path}: ${reasons[code] ?? `it cannot be read (${code})`}`,
    { cause: thrown },
  )
}
