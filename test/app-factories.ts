import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { addAlertRule } from '../src/app/add-alert-rule.ts'
import type { ScanCompletion, ScanOutcome } from '../src/app/complete-scan.ts'
import type { AppDeps } from '../src/app/deps.ts'
import { ingestReport } from '../src/app/ingest-report.ts'
import { ingestScan } from '../src/app/ingest-scan.ts'
import { openScan } from '../src/app/open-scan.ts'
import { stageReport } from '../src/app/stage-report.ts'
import type { RecordFormat, Stream } from '../src/domain/export-part.ts'
import type { ManifestCounts } from '../src/domain/manifest.ts'
import type { ScanContext } from '../src/domain/scan.ts'
import { createRecordValidator, quarantineReason } from '../src/formats/record-validator.ts'
import type { RecordValidator } from '../src/formats/record-validator.ts'
import { loadSchemas } from '../src/formats/schemas.ts'
import { native } from '../src/sources/native/index.ts'
import { findExportRun, getPartBytes, listExportParts } from '../src/store/export-runs.ts'
import type { ExportRun, StoredPart } from '../src/store/export-runs.ts'
import { findScan, lockTenant } from '../src/store/scans.ts'
import type { Scan } from '../src/store/scans.ts'
import { insertDestination } from '../src/store/destinations.ts'
import { manualClock } from './clock.ts'
import type { ManualClock } from './clock.ts'
import { testDatabase } from './database.ts'
import type { TestDatabase } from './database.ts'
import { randomId, silentLog } from './delivery-factories.ts'
import { nativeReport } from './native-factories.ts'
import { until } from './until.ts'

/** The whole chain on a database of its own: reports are staged in this thread, by the real sources' native one. */
export interface TestApp extends AppDeps {
  readonly clock: ManualClock
  readonly testDatabase: TestDatabase
  readonly validate: RecordValidator
  /** Closes what is open and removes what is left. */
  close(): Promise<void>
}

/** For `beforeAll`, with `close` in `afterAll`. */
export async function testApp(): Promise<TestApp> {
  const database = await testDatabase()
  const spoolDir = await mkdtemp(join(tmpdir(), 'tocsin-spool-'))
  const validate = createRecordValidator(await loadSchemas('docs/formats'))
  return {
    db: database.database,
    testDatabase: database,
    clock: manualClock(),
    log: silentLog,
    randomId,
    spoolDir,
    validate,
    stageReport: (report, request) =>
      stageReport(report, request, {
        sources: [native],
        quarantineReason: (body, detectionType) => quarantineReason(body, detectionType, validate),
      }),
    async close() {
      await database.drop()
      await rm(spoolDir, { recursive: true, force: true })
    },
  }
}

/** A tenant of one test's own, with the product's settings where none are given. */
export interface TestTenant {
  readonly tenantId: string
  readonly by: string
}

let tenants = 0

export async function makeTenant(
  app: TestApp,
  settings: { readonly dropGuardFindings?: number; readonly dropGuardPercent?: number } = {},
): Promise<TestTenant> {
  tenants += 1
  const tenantId = `id-${tenants}`
  await app.testDatabase.owner(
    `insert into tenants (tenant_id, name, drop_guard_findings, drop_guard_percent) values ($1, $1, $2, $3)`,
    [tenantId, settings.dropGuardFindings ?? 50, settings.dropGuardPercent ?? 50],
  )
  return { tenantId, by: 'ana@example.com' }
}

/** An alert rule with a destination for each of these formats; answers its id. */
export async function makeRule(
  app: TestApp,
  tenant: TestTenant,
  formats: readonly RecordFormat[] = ['siem'],
  settings: { readonly name?: string; readonly fullExport?: 'coverage' | 'tenant' } = {},
): Promise<string> {
  const destinations: string[] = []
  for (const record of formats) {
    const destinationId = randomId('dst')
    await app.db.transaction(tenant.tenantId, (tx) =>
      insertDestination(tx, {
        destinationId,
        name: `folder ${destinationId}`,
        type: 'file',
        config: {},
        rendition: { record, framing: 'lines', compression: 'gzip' },
        createdAt: app.clock.now(),
      }),
    )
    destinations.push(destinationId)
  }
  const rule = await addAlertRule(app, {
    ...tenant,
    name: settings.name ?? 'To the SIEM',
    eventType: 'siem',
    destinations,
    ...(settings.fullExport === undefined ? {} : { fullExport: settings.fullExport }),
  })
  return rule.ruleId
}

/** Takes records as one native report and completes its scan. */
export function ingest(
  app: AppDeps,
  tenant: TestTenant,
  records: Iterable<object>,
  context: ScanContext = {},
): Promise<ScanCompletion> {
  return ingestScan(app, {
    ...tenant,
    reports: [{ name: 'report.jsonl', bytes: () => nativeReport(records) }],
    context,
    format: 'native',
    again: false,
    labels: [],
  })
}

/** What a scan did that was applied now. */
export function applied(completion: ScanCompletion): ScanOutcome & { readonly scan: Scan } {
  if (completion.kind !== 'applied' || completion.repeated)
    throw new TypeError(`the scan is ${completion.kind}`)
  return { ...completion.outcome, scan: completion.scan }
}

/** Opens a scan and takes one report into it; answers its id. */
export async function receive(
  app: AppDeps,
  tenant: TestTenant,
  records: Iterable<object>,
  context: ScanContext = {},
): Promise<string> {
  const scanId = app.randomId('scn')
  await openScan(app, { ...tenant, scanId, openedBy: 'open', again: false, labels: [] })
  await ingestReport(app, {
    ...tenant,
    scanId,
    name: 'report.jsonl',
    bytes: nativeReport(records),
    context,
    format: 'native',
  })
  return scanId
}

export interface ExportedObject extends StoredPart {
  readonly stored: Uint8Array
}

/** An export as it would be sent. */
export interface ReadExport {
  readonly run: ExportRun
  /** In publishing order, the manifest with them. */
  readonly objects: readonly ExportedObject[]
  readonly manifest: ManifestJson
  /** The lines of its records, in order. */
  readonly lines: readonly string[]
}

export interface ManifestJson {
  readonly export_id: string
  readonly previous_export_id?: string
  readonly scan_id: string
  readonly rule: string
  readonly format: RecordFormat
  readonly generated_at: string
  readonly counts: ManifestCounts
  readonly files: readonly {
    readonly key: string
    readonly size: number
    readonly uncompressed_size: number
    readonly records: number
    readonly content_sha256: string
  }[]
}

/** The fields of a record that tests look at. */
export interface RecordJson {
  readonly alert_id: string
  readonly event_id: string
  readonly event_action: string
  readonly resolved: boolean
  readonly detection_timestamp: string
  readonly first_seen_timestamp: string
  readonly detection_type: string
  readonly asset_id: string
  readonly account_id: string
  readonly attack_scenario: string
  readonly labels: readonly string[]
}

export async function readExport(
  app: AppDeps,
  tenant: TestTenant,
  exportId: string | undefined,
): Promise<ReadExport> {
  return app.db.transaction(tenant.tenantId, async (tx) => {
    const run = await findExportRun(tx, exportId ?? '')
    if (run === undefined) throw new TypeError(`there is no export ${exportId}`)
    const objects: ExportedObject[] = []
    for (const part of await listExportParts(tx, run.runNo))
      objects.push({ ...part, stored: await getPartBytes(tx, part.partNo) })
    const manifest = objects.find(({ stream }) => stream === 'manifests')
    if (manifest === undefined) throw new TypeError(`export ${exportId} has no manifest`)
    return {
      run,
      objects,
      manifest: JSON.parse(Buffer.from(manifest.stored).toString()) as ManifestJson,
      lines: objects.filter(({ stream }) => stream !== 'manifests').flatMap(linesOf),
    }
  })
}

/** The records of a part, each without its line feed, which every one must have. */
export function linesOf({ stored }: Pick<ExportedObject, 'stored'>): readonly string[] {
  const text = gunzipSync(stored).toString()
  if (!text.endsWith('\n')) throw new TypeError('a part ends in its last line feed')
  return text.slice(0, -1).split('\n')
}

export function recordsOf({ lines }: Pick<ReadExport, 'lines'>): readonly RecordJson[] {
  return lines.map((line) => JSON.parse(line) as RecordJson)
}

/** Ingests and reads the only export that this makes. */
export async function ingestAndRead(
  app: AppDeps,
  tenant: TestTenant,
  records: Iterable<object>,
  context: ScanContext = {},
): Promise<ReadExport> {
  const { exports } = applied(await ingest(app, tenant, records, context))
  if (exports.length !== 1) throw new TypeError(`the scan made ${exports.length} exports`)
  return readExport(app, tenant, exports[0]?.export_id)
}

export function ofStream(
  { objects }: Pick<ReadExport, 'objects'>,
  stream: Stream,
): readonly ExportedObject[] {
  return objects.filter((object) => object.stream === stream)
}

/** How many rows of a tenant there are. */
export async function countRows(
  app: TestApp,
  { tenantId }: TestTenant,
  table: string,
): Promise<number> {
  const rows = await app.testDatabase.owner<{ count: string }>(
    `select count(*) from ${table} where tenant_id = $1`,
    [tenantId],
  )
  return Number(rows[0]?.count)
}

export async function statusOf(
  app: TestApp,
  { tenantId }: TestTenant,
  scanId: string,
): Promise<string | undefined> {
  const scan = await app.db.transaction(tenantId, (tx) => findScan(tx, scanId))
  return scan?.status
}

/**
 * Begins something while another completion holds the tenant: it must wait. Then that ends; answers what came of it.
 * `meanwhile` runs as long as it waits.
 */
export async function whileHeld<T>(
  app: TestApp,
  tenant: TestTenant,
  begin: () => Promise<T>,
  meanwhile: () => Promise<void> = async () => {},
): Promise<T> {
  let ended = false
  const waiting = await app.db.transaction(tenant.tenantId, async (tx) => {
    await lockTenant(tx)
    const begun = begin().finally(() => (ended = true))
    await until(async () => {
      const locks = await app.testDatabase.owner(
        "select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'",
      )
      return ended || locks.length > 0
    })
    await meanwhile()
    if (ended) throw new Error('it did not wait')
    return { begun }
  })
  return waiting.begun
}
