import { createHash } from 'node:crypto'
import { assetKey } from '../../src/domain/asset-key.ts'
import type { DecisionRequest } from '../../src/domain/decision.ts'
import { stateOf } from '../../src/domain/finding.ts'
import type { Sha256 } from '../../src/domain/fingerprint.ts'
import type { Step } from '../../src/domain/life-cycle.ts'
import {
  addReport,
  completeScan,
  confirmScan,
  decide,
  discardScan,
  failScan,
  findStatus,
  openScan,
  refuseTruncatedReport,
  setIgnored,
} from '../../src/domain/life-cycle.ts'
import type { Provider } from '../../src/domain/provider.ts'
import type { RejectedRecord, ReportEvidence } from '../../src/domain/report-evidence.ts'
import type { ReportHeader, ScanContext, Snapshot } from '../../src/domain/scan.ts'
import type { ExportContent, ScanAnswer } from '../../src/domain/scan-answer.ts'
import { unitOfFindings } from '../../src/domain/scanned-unit.ts'
import { IGNORE_LABEL } from '../../src/domain/siem-labels.ts'
import type { Tenant, TenantSettings } from '../../src/domain/tenant.ts'
import { emptyTenant, lastSeenAt } from '../../src/domain/tenant.ts'
import { attackPathEvidence, findingEvidence } from '../../src/domain/to-evidence.ts'
import type { ReadResult, Rejected, Source } from '../../src/sources/source.ts'
import { UnreadableReport } from '../../src/sources/source.ts'
import type { CaseContext, CaseSettings } from './case.ts'
import type { Answer, AnsweredExport, CaseRun, Engine, FindingView, GivenReport } from './engine.ts'

const TENANT_ID = 'id-cases'

const sha256: Sha256 = (bytes) => createHash('sha256').update(bytes).digest()

/** The life cycle of `src/domain`, in memory, on what the source reads from the reports. */
export function pureEngine(source: Source): Engine {
  return {
    name: 'pure',
    openCase: async (settings) => caseRun(source, emptyTenant(toSettings(settings))),
    close: async () => undefined,
  }
}

function toSettings(settings: CaseSettings): TenantSettings {
  return {
    dropGuard: settings.drop_guard ?? { findings: 50, percent: 50 },
    resolvedDays: settings.resolved_days ?? 7,
    fullExport: settings.full_export ?? 'coverage',
  }
}

function caseRun(source: Source, empty: Tenant): CaseRun {
  let tenant = empty

  async function add(at: Date, scanId: string, reports: readonly GivenReport[]): Promise<void> {
    for (const report of reports) {
      const evidence = await takeReport(source, report, at)
      tenant = evidence
        ? addReport(tenant, scanId, report.name, evidence)
        : refuseTruncatedReport(tenant, scanId, report.name)
    }
  }

  async function step(next: Step): Promise<Answer> {
    tenant = next.tenant
    return toAnswer(next.answer)
  }

  async function decision(at: Date, alertIds: readonly string[], request: DecisionRequest) {
    const next = decide(tenant, alertIds, request, 'a person', at)
    tenant = next.tenant
    return { status: next.problems.length === 0 ? ('done' as const) : ('refused' as const) }
  }

  return {
    tenantId: TENANT_ID,
    async scan(at, { id, reports, again, complete }) {
      tenant = openScan(tenant, { id, again, openedAt: at })
      await add(at, id, reports)
      if (complete) return step(completeScan(tenant, id, at))
      return toAnswer({ status: 'receiving', late: false, partial: false })
    },
    add,
    complete: (at, scanId) => step(completeScan(tenant, scanId, at)),
    fail: (at, scanId) => step(failScan(tenant, scanId, at)),
    confirm: (at, scanId) => step(confirmScan(tenant, scanId, at)),
    discard: (_at, scanId) => step(discardScan(tenant, scanId)),
    dismiss: (at, alertIds, why) => decision(at, alertIds, { kind: 'dismiss', ...why }),
    snooze: (at, alertIds, until) => decision(at, alertIds, { kind: 'snooze', until }),
    restore: (at, alertIds) => decision(at, alertIds, { kind: 'restore' }),
    async label(_at, { id, provider, account_id: accountId, region = '' }, { add: added, remove }) {
      const key = assetKey({ id, provider: provider as Provider, accountId, region })
      if (added.includes(IGNORE_LABEL)) tenant = setIgnored(tenant, key, true)
      if (remove.includes(IGNORE_LABEL)) tenant = setIgnored(tenant, key, false)
      return { status: 'done' }
    },
    finding: async (at, alertId) => toView(tenant, alertId, at),
    async scanStatus(scanId) {
      return tenant.scans.get(scanId)?.answer.status ?? 'not found'
    },
    close: async () => undefined,
  }
}

/** What the life cycle takes from the report; undefined when it was cut on its way. */
async function takeReport(
  source: Source,
  report: GivenReport,
  receivedAt: Date,
): Promise<ReportEvidence | undefined> {
  const context = toContext(report.context)
  try {
    const results: ReadResult[] = []
    for await (const result of source.read(oneChunk(report.bytes), context)) results.push(result)
    return toReportEvidence(results, report, context, receivedAt)
  } catch (thrown) {
    if (thrown instanceof UnreadableReport && thrown.reason === 'truncated') return undefined
    throw thrown
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
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

function toReportEvidence(
  results: readonly ReadResult[],
  report: GivenReport,
  context: ScanContext,
  receivedAt: Date,
): ReportEvidence {
  const header = results.find((result) => result.kind === 'header')?.header
  if (header === undefined) throw new TypeError('the source yielded no header')
  const origin = { tenantId: TENANT_ID, scanner: header.scanner, sha256 }
  const digest = createHash('sha256').update(report.bytes).digest('hex')
  return {
    digest: `${digest} ${JSON.stringify(report.context, Object.keys(report.context).toSorted())}`,
    scanner: header.scanner,
    reportedAt: reportedAt(header, receivedAt),
    snapshot: context.snapshot ?? header.snapshot ?? 'observed',
    ...(header.provider !== undefined && { provider: header.provider }),
    ...(header.accountId !== undefined && { accountId: header.accountId }),
    ...(header.region !== undefined && { region: header.region }),
    attackPathAccounts: header.attackPathAccounts,
    declaredPartial: header.partial,
    records: results.flatMap((result) => {
      if (result.kind === 'finding') return [findingEvidence(result.finding, origin)]
      return result.kind === 'attack_path' ? [attackPathEvidence(result.attackPath, origin)] : []
    }),
    assets: results.filter(({ kind }) => kind === 'asset').length,
    rejected: results
      .filter((result) => result.kind === 'rejected')
      .map((rejected) => toRejectedRecord(rejected, header.scanner)),
  }
}

/** A clock that runs ahead must not make every later scan late. */
function reportedAt(header: ReportHeader, receivedAt: Date): Date {
  const { completedAt } = header
  return completedAt !== undefined && completedAt < receivedAt ? completedAt : receivedAt
}

function toRejectedRecord({ names }: Rejected, scanner: string): RejectedRecord {
  switch (names.kind) {
    case 'unit':
      return { names: 'unit', unit: unitOfFindings(scanner, names.unit) }
    case 'attack_path_accounts':
      return { names: 'attack_path_accounts', accountIds: names.accountIds }
    case 'nothing':
    case 'unreadable':
      return { names: names.kind }
  }
}

function toAnswer(answer: ScanAnswer): Answer {
  return {
    status: answer.status,
    ...(answer.of !== undefined && { of: answer.of }),
    late: answer.late,
    partial: answer.partial,
    counts: answer.counts ?? null,
    export: answer.export ? toAnsweredExport(answer.export) : null,
  }
}

function toAnsweredExport({ records, excluded }: ExportContent): AnsweredExport {
  return {
    records: records.map((record) => ({
      alert_id: record.alertId,
      resolved: record.resolved,
      event_action: record.eventAction,
      detection_timestamp: record.detectionAt.toISOString(),
      first_seen_timestamp: record.firstSeenAt.toISOString(),
      severity: record.severity,
    })),
    excluded,
  }
}

function toView(tenant: Tenant, alertId: string, at: Date): FindingView | undefined {
  const finding = tenant.findings.get(alertId)
  const status = findStatus(tenant, alertId, at)
  if (finding === undefined || status === undefined) return undefined
  return {
    status,
    state: stateOf(finding),
    cause: finding.resolution?.cause ?? null,
    severity: finding.severity,
    first_seen: finding.firstSeenAt.toISOString(),
    last_seen: lastSeenAt(tenant, finding).toISOString(),
    resolved_at: finding.resolution?.at.toISOString() ?? null,
    reopened_count: finding.reopenedCount,
    suppressed: finding.suppressedUpstream,
  }
}
