import { gunzipSync } from 'node:zlib'
import { addAlertRule } from '../../src/app/add-alert-rule.ts'
import { completeScan, confirmScan, discardScan, failScan } from '../../src/app/complete-scan.ts'
import type { ScanCompletion } from '../../src/app/complete-scan.ts'
import { decideFindings } from '../../src/app/decide-findings.ts'
import type { AppDeps } from '../../src/app/deps.ts'
import { ingestReport } from '../../src/app/ingest-report.ts'
import { labelAsset } from '../../src/app/label-asset.ts'
import { openScan } from '../../src/app/open-scan.ts'
import type { DecisionRequest } from '../../src/domain/decision.ts'
import type { Provider } from '../../src/domain/provider.ts'
import type { ScanContext, Snapshot } from '../../src/domain/scan.ts'
import { AppError } from '../../src/errors.ts'
import { findExportRun, getPartBytes, listExportParts } from '../../src/store/export-runs.ts'
import { findFinding } from '../../src/store/findings.ts'
import { findScan } from '../../src/store/scans.ts'
import type { CaseContext, CaseSettings } from './case.ts'
import type {
  Answer,
  AnsweredExport,
  AnsweredRecord,
  CaseRun,
  Decided,
  Engine,
  FindingView,
  GivenReport,
} from './engine.ts'

/** What the engine stands on; `sql` runs as the database's owner. */
export interface DatabaseEngineDeps {
  readonly app: Omit<AppDeps, 'clock'>
  readonly sql: (text: string, values: readonly unknown[]) => Promise<unknown>
  readonly close: () => Promise<void>
}

/** The product itself: real ingest, PostgreSQL, and the rendered parts as they would be sent. */
export function databaseEngine(deps: DatabaseEngineDeps): Engine {
  let cases = 0
  return {
    name: 'database',
    async openCase(settings) {
      cases += 1
      const tenantId = `id-case-${process.pid}-${cases}`
      await insertTenant(deps, tenantId, settings)
      return caseRun(deps, tenantId, settings)
    },
    close: deps.close,
  }
}

async function insertTenant(
  { sql }: DatabaseEngineDeps,
  tenantId: string,
  settings: CaseSettings,
): Promise<void> {
  const guard = settings.drop_guard ?? { findings: 50, percent: 50 }
  await sql(
    'insert into tenants (tenant_id, name, drop_guard_findings, drop_guard_percent, resolved_days) values ($1, $1, $2, $3, $4)',
    [tenantId, guard.findings, guard.percent, settings.resolved_days ?? 7],
  )
}

async function caseRun(
  deps: DatabaseEngineDeps,
  tenantId: string,
  settings: CaseSettings,
): Promise<CaseRun> {
  let now = new Date(0)
  const app: AppDeps = {
    ...deps.app,
    clock: { now: () => now, sleep: () => Promise.reject(new Error('no case waits')) },
  }
  const actor = { tenantId, by: 'a person' }
  const scanIds = new Map<string, string>()
  const caseIds = new Map<string, string>()
  await addAlertRule(app, {
    ...actor,
    name: 'To the SIEM',
    eventType: 'siem',
    fullExport: settings.full_export ?? 'coverage',
  })

  const idOf = (caseId: string): string => {
    const scanId = scanIds.get(caseId)
    if (scanId === undefined) throw new TypeError(`the case opened no scan ${caseId}`)
    return scanId
  }
  const add = async (at: Date, caseId: string, reports: readonly GivenReport[]): Promise<void> => {
    now = at
    for (const report of reports) await takeReport(app, tenantId, idOf(caseId), report)
  }
  type Ending = typeof completeScan
  const end = async (ending: Ending, at: Date, caseId: string): Promise<Answer> => {
    now = at
    const completion = await ending(app, { ...actor, scanId: idOf(caseId) })
    return toAnswer(app, tenantId, completion, (scanId) => caseIds.get(scanId) ?? scanId)
  }
  const decide = async (
    at: Date,
    alertIds: readonly string[],
    decision: DecisionRequest,
  ): Promise<Decided> => {
    now = at
    return refusedOrDone(() => decideAll(app, tenantId, alertIds, decision))
  }

  return {
    tenantId,
    async scan(at, { id, reports, again, complete }) {
      now = at
      const scanId = app.randomId('scn')
      scanIds.set(id, scanId)
      caseIds.set(scanId, id)
      await openScan(app, { ...actor, scanId, openedBy: 'open', again, labels: [] })
      await add(at, id, reports)
      return complete ? end(completeScan, at, id) : receiving
    },
    add,
    complete: (at, caseId) => end(completeScan, at, caseId),
    fail: (at, caseId) => end(failScan, at, caseId),
    confirm: (at, caseId) => end(confirmScan, at, caseId),
    discard: (at, caseId) => end(discardScan, at, caseId),
    dismiss: (at, alertIds, why) => decide(at, alertIds, { kind: 'dismiss', ...why }),
    snooze: (at, alertIds, until) => decide(at, alertIds, { kind: 'snooze', until }),
    restore: (at, alertIds) => decide(at, alertIds, { kind: 'restore' }),
    label: (at, asset, { add: added, remove }) => {
      now = at
      const { id: assetId, provider, account_id: accountId, region } = asset
      const place = {
        assetId,
        provider: provider as Provider,
        accountId,
        ...(region === undefined ? {} : { region }),
      }
      return refusedOrDone(() => labelAsset(app, { ...actor, asset: place, add: added, remove }))
    },
    finding: (at, alertId) => view(app, tenantId, alertId, at),
    scanStatus: (caseId) =>
      app.db.transaction(
        tenantId,
        async (tx) => (await findScan(tx, idOf(caseId)))?.status ?? 'not found',
      ),
    close: async () => undefined,
  }
}

const receiving: Answer = {
  status: 'receiving',
  late: false,
  partial: false,
  counts: null,
  export: null,
}

/** A truncated report is refused, and owed; that is the case's to look at. */
async function takeReport(
  app: AppDeps,
  tenantId: string,
  scanId: string,
  report: GivenReport,
): Promise<void> {
  const { name, bytes } = report
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  try {
    await ingestReport(app, {
      tenantId,
      by: 'a person',
      scanId,
      name,
      bytes: chunks(),
      context: toContext(report.context),
      format: 'native',
    })
  } catch (thrown) {
    if (!(thrown instanceof AppError && thrown.code === 'unreadable_report')) throw thrown
  }
}

function toContext(context: CaseContext): ScanContext {
  const { scanner, provider, account_id: accountId, region, snapshot } = context
  return {
    ...(scanner !== undefined && { scanner }),
    ...(provider !== undefined && { provider: provider as Provider }),
    ...(accountId !== undefined && { accountId }),
    ...(region !== undefined && { region }),
    ...(context.completed_at !== undefined && { completedAt: new Date(context.completed_at) }),
    ...(snapshot !== undefined && { snapshot: snapshot as Snapshot }),
  }
}

/** The same decision goes to findings and attack paths by two calls, as their lists are two. */
async function decideAll(
  app: AppDeps,
  tenantId: string,
  alertIds: readonly string[],
  decision: DecisionRequest,
): Promise<void> {
  for (const detectionType of ['security_finding', 'attack_path'] as const) {
    const prefix = detectionType === 'attack_path' ? 'atp_' : 'fnd_'
    const ids = alertIds.filter((alertId) => alertId.startsWith(prefix))
    if (ids.length === 0) continue
    await decideFindings(app, {
      tenantId,
      by: 'a person',
      detectionType,
      decision,
      dryRun: false,
      selection: { kind: 'ids', alertIds: ids },
    })
  }
}

async function refusedOrDone(work: () => Promise<unknown>): Promise<Decided> {
  try {
    await work()
    return { status: 'done' }
  } catch (thrown) {
    if (thrown instanceof AppError) return { status: 'refused' }
    throw thrown
  }
}

async function toAnswer(
  app: AppDeps,
  tenantId: string,
  completion: ScanCompletion,
  caseIdOf: (scanId: string) => string,
): Promise<Answer> {
  if (completion.kind === 'duplicate') {
    return { ...receiving, status: 'duplicate', of: caseIdOf(completion.of.scanId) }
  }
  const { status, late, partial } = completion.scan
  const counts = completion.kind === 'applied' ? { ...completion.outcome.counts } : null
  const made =
    completion.kind === 'applied' && !completion.repeated
      ? completion.outcome.exports[0]
      : undefined
  return {
    status,
    late,
    partial,
    counts,
    export: made === undefined ? null : await readExport(app, tenantId, made.export_id),
  }
}

/** Read back from the parts as they would be sent. */
async function readExport(
  app: AppDeps,
  tenantId: string,
  exportId: string,
): Promise<AnsweredExport> {
  return app.db.transaction(tenantId, async (tx) => {
    const run = await findExportRun(tx, exportId)
    if (run === undefined) throw new TypeError(`there is no export ${exportId}`)
    const records: AnsweredRecord[] = []
    let excluded: Readonly<Record<string, number>> = {}
    for (const part of await listExportParts(tx, run.runNo)) {
      const bytes = await getPartBytes(tx, part.partNo)
      if (part.stream === 'manifests') {
        const manifest = JSON.parse(Buffer.from(bytes).toString()) as {
          counts: { records: number; excluded: Record<string, number> }
        }
        if (manifest.counts.records !== records.length)
          throw new Error(
            `the manifest counts ${manifest.counts.records} records, its parts hold ${records.length}`,
          )
        excluded = manifest.counts.excluded
      } else {
        records.push(...gunzipSync(bytes).toString().trimEnd().split('\n').map(toRecord))
      }
    }
    return { records, excluded }
  })
}

function toRecord(line: string): AnsweredRecord {
  const { alert_id, resolved, event_action, detection_timestamp, first_seen_timestamp, severity } =
    JSON.parse(line) as AnsweredRecord
  return { alert_id, resolved, event_action, detection_timestamp, first_seen_timestamp, severity }
}

async function view(
  app: AppDeps,
  tenantId: string,
  alertId: string,
  at: Date,
): Promise<FindingView | undefined> {
  const finding = await app.db.transaction(tenantId, (tx) => findFinding(tx, alertId, at))
  if (finding === undefined) return undefined
  return {
    status: finding.status,
    state: finding.state,
    cause: finding.resolvedCause,
    severity: finding.severity,
    first_seen: finding.firstSeenAt.toISOString(),
    last_seen: finding.lastSeenAt.toISOString(),
    resolved_at: finding.resolvedAt?.toISOString() ?? null,
    reopened_count: finding.reopenedCount,
    suppressed: finding.suppressedUpstream,
  }
}
