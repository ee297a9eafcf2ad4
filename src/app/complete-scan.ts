import type { Provider } from '../domain/provider.ts'
import { providers } from '../domain/provider.ts'
import { guardHolds } from '../domain/drop-guard.ts'
import { unitOfAttackPaths } from '../domain/scanned-unit.ts'
import { AppError } from '../errors.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import type { Transaction } from '../store/database.ts'
import { applyActions } from '../store/apply-actions.ts'
import type { Changes } from '../store/apply-actions.ts'
import {
  chooseJoins,
  collapseCollisions,
  markBeforeApplying,
  stageActions,
  undoSinceMark,
  weighLoss,
} from '../store/reconcile.ts'
import type { AttackPathCoverage, Loss, Reconciliation } from '../store/reconcile.ts'
import { listReports } from '../store/reports.ts'
import type { Report } from '../store/reports.ts'
import { countUncovered, supersedeHeldScans } from '../store/scan-aftermath.ts'
import { listRejectedAttackPathAccounts, stageUnits } from '../store/scan-units.ts'
import type { UnitNumbers } from '../store/scan-units.ts'
import {
  deleteScan,
  endDuplicateScan,
  failScanRow,
  findDuplicateScan,
  findScan,
  lockTenant,
  updateScan,
  updateScanOutcome,
} from '../store/scans.ts'
import type { Scan } from '../store/scans.ts'
import { countStagedRows, deleteStagedRows } from '../store/staged-records.ts'
import { getTenant } from '../store/tenants.ts'
import type { Actor, AppDeps } from './deps.ts'
import { renderExports } from './render-export.ts'
import type { RenderedExport } from './render-export.ts'
import { sha256 } from './sha256.ts'

export interface EndScanRequest extends Actor {
  readonly scanId: string
}

/** What a scan did, stored with it and shown in its report. */
export interface ScanOutcome {
  readonly counts: Changes & { readonly collisions: number; readonly rejected: number }
  /** Open findings of the scanner and the accounts that the scan neither saw nor covered; a full snapshot settles them. */
  readonly uncovered: { readonly count: number; readonly examples: readonly string[] }
  /** Held scans that it ended. */
  readonly superseded: readonly string[]
  readonly exports: readonly RenderedExport[]
}

export type ScanCompletion =
  /** Applied now, or at an earlier time, which `repeated` says: then nothing was done or exported again (L14). */
  | {
      readonly kind: 'applied'
      readonly scan: Scan
      readonly outcome: ScanOutcome
      readonly repeated: boolean
    }
  /** The drop guard holds it: nothing was applied; a person confirms or discards (L10). */
  | { readonly kind: 'held'; readonly scan: Scan; readonly losses: readonly Loss[] }
  /** Ended without being applied: discarded, or superseded by a later scan. */
  | { readonly kind: 'not_applied'; readonly scan: Scan }
  /** All its reports stand in a completed scan. */
  | { readonly kind: 'duplicate'; readonly of: Scan }
  /** Truncated reports must be given again, or none came yet. */
  | { readonly kind: 'incomplete'; readonly scan: Scan }

type CompletionDeps = Pick<AppDeps, 'db' | 'clock' | 'log' | 'randomId' | 'spoolDir'>

/** Completes a scan that is receiving: applies it, exports it, all in one transaction. Repeating it gives the first answer. */
export function completeScan(
  deps: CompletionDeps,
  request: EndScanRequest,
): Promise<ScanCompletion> {
  return inScan(deps, request, async (tx, scan) => {
    if (scan.status !== 'receiving') return firstAnswer(tx, scan)
    const reports = await listReports(tx, scan.scanNo)
    if (scan.owedReports.length > 0 || reports.length === 0) return { kind: 'incomplete', scan }
    const first = scan.again ? undefined : await findDuplicateScan(tx, scan.scanNo)
    if (first !== undefined) {
      // Who opened it to add to it may ask again; an `ingest` has its answer now, and would only leave rows behind.
      if (scan.openedBy === 'ingest') await deleteScan(tx, scan.scanNo)
      else await endDuplicateScan(tx, scan.scanNo, first.scanId, deps.clock.now())
      return { kind: 'duplicate', of: first }
    }
    return applyScan(tx, deps, request, scan, reports, 'complete')
  })
}

/** Applies a scan that the drop guard held, as if nothing had been odd (L10). */
export function confirmScan(
  deps: CompletionDeps,
  request: EndScanRequest,
): Promise<ScanCompletion> {
  return inScan(deps, request, async (tx, scan) => {
    if (scan.status !== 'held') return firstAnswer(tx, scan)
    return applyScan(tx, deps, request, scan, await listReports(tx, scan.scanNo), 'confirm')
  })
}

/** Ends a scan that its scanner could not finish: what it saw is evidence, absence is not, nothing is exported (L7). */
export function failScan(deps: CompletionDeps, request: EndScanRequest): Promise<ScanCompletion> {
  return inScan(deps, request, async (tx, scan) => {
    if (scan.status !== 'receiving') return firstAnswer(tx, scan)
    const reports = await listReports(tx, scan.scanNo)
    if (await hasAllRows(tx, scan, reports)) {
      return applyScan(tx, deps, request, scan, reports, 'fail')
    }
    // What it saw is lost; it ends all the same.
    return endWithoutApplying(tx, deps, request, scan, 'scan.fail')
  })
}

/** Ends a held scan as failed; nothing of it counts (L10). */
export function discardScan(
  deps: CompletionDeps,
  request: EndScanRequest,
): Promise<ScanCompletion> {
  return inScan(deps, request, async (tx, scan) => {
    if (scan.status !== 'held') return firstAnswer(tx, scan)
    return endWithoutApplying(tx, deps, request, scan, 'scan.discard')
  })
}

async function endWithoutApplying(
  tx: Transaction,
  deps: CompletionDeps,
  request: EndScanRequest,
  scan: Scan,
  action: string,
): Promise<ScanCompletion> {
  await failScanRow(tx, scan.scanNo, deps.clock.now())
  await deleteStagedRows(tx, scan.scanNo)
  await audit(tx, deps, request, action)
  return { kind: 'not_applied', scan: await reread(tx, scan) }
}

/** One at a time in a tenant (L14). */
async function inScan(
  deps: CompletionDeps,
  request: EndScanRequest,
  work: (tx: Transaction, scan: Scan) => Promise<ScanCompletion>,
): Promise<ScanCompletion> {
  const completion = await deps.db.transaction(request.tenantId, async (tx) => {
    await lockTenant(tx)
    const scan = await findScan(tx, request.scanId, { forUpdate: true })
    if (scan === undefined) throw new AppError('not_found', `There is no scan ${request.scanId}`)
    return work(tx, scan)
  })
  if (completion.kind === 'applied' && !completion.repeated) {
    deps.log.info({ scan_id: request.scanId, ...completion.outcome.counts }, 'scan applied')
  }
  return completion
}

async function firstAnswer(tx: Transaction, scan: Scan): Promise<ScanCompletion> {
  const first = scan.duplicateOf === null ? undefined : await findScan(tx, scan.duplicateOf)
  if (first !== undefined) return { kind: 'duplicate', of: first }
  if (scan.status === 'held') return { kind: 'held', scan, losses: scan.losses as readonly Loss[] }
  if (scan.outcome !== null)
    return { kind: 'applied', scan, outcome: scan.outcome as ScanOutcome, repeated: true }
  return { kind: 'not_applied', scan }
}

async function applyScan(
  tx: Transaction,
  deps: CompletionDeps,
  request: EndScanRequest,
  scan: Scan,
  reports: readonly Report[],
  how: 'complete' | 'confirm' | 'fail',
): Promise<ScanCompletion> {
  await chooseJoins(tx, await refuseLostRows(tx, scan, reports))
  const now = deps.clock.now()
  const tenant = await getTenant(tx)
  const partialReasons = [
    ...reports.flatMap((report) => report.partialReasons),
    ...(how === 'fail' ? ['it was declared failed'] : []),
  ]
  const reconciliation = await toReconciliation(tx, scan, reports, partialReasons.length === 0, now)
  const units = await stageUnits(tx, reconciliation)
  const late = units.named.length > 0 && units.late === units.named.length
  const facts = {
    scanAt: reconciliation.scanAt,
    partial: partialReasons.length > 0,
    partialReasons,
    late,
    namedUnits: units.named,
    coveredUnits: units.covered,
  }

  await markBeforeApplying(tx)
  const collisions = await collapseCollisions(tx, scan.scanNo)
  await stageActions(tx, reconciliation)
  if (how === 'complete') {
    const losses = (await weighLoss(tx)).filter((loss) => guardHolds(loss, tenant.dropGuard))
    if (losses.length > 0) {
      await undoSinceMark(tx)
      await updateScan(tx, scan.scanNo, {
        ...facts,
        status: 'held',
        endedAt: null,
        coveredUnits: [],
        losses,
      })
      return { kind: 'held', scan: await reread(tx, scan), losses }
    }
  }

  const changes = await applyActions(tx, reconciliation, late)
  const rejected = reports.reduce((total, report) => total + report.rejected, 0)
  const outcome = await afterApplying(tx, deps, reconciliation, units, {
    ...changes,
    collisions,
    rejected,
  })
  const status = how === 'fail' ? 'failed' : 'completed'
  await updateScan(tx, scan.scanNo, { ...facts, status, endedAt: now })
  const exports =
    how === 'fail' || late
      ? []
      : await renderExports(tx, deps, {
          scanNo: scan.scanNo,
          scanId: scan.scanId,
          scanAt: reconciliation.scanAt,
          tenant,
          now,
        })
  const complete: ScanOutcome = { ...outcome, exports }
  await updateScanOutcome(tx, scan.scanNo, complete)
  await deleteStagedRows(tx, scan.scanNo)
  await audit(tx, deps, request, `scan.${how}`)
  return { kind: 'applied', scan: await reread(tx, scan), outcome: complete, repeated: false }
}

async function afterApplying(
  tx: Transaction,
  deps: CompletionDeps,
  reconciliation: Reconciliation,
  units: UnitNumbers,
  counts: ScanOutcome['counts'],
): Promise<Omit<ScanOutcome, 'exports'>> {
  const superseded = await supersedeHeldScans(tx, reconciliation, units.named, deps.clock.now())
  return { counts, uncovered: await countUncovered(tx, reconciliation), superseded }
}

/**
 * staged_records is unlogged: a crash of the server empties it, and half a scan must not pass for a whole one. Answers
 * how many rows there are.
 */
async function refuseLostRows(
  tx: Transaction,
  scan: Scan,
  reports: readonly Report[],
): Promise<number> {
  if (await hasAllRows(tx, scan, reports)) return stagedRowsOf(reports)
  const wayOut =
    scan.status === 'held'
      ? `Discard it (tocsin scans discard ${scan.scanId}) and ingest its reports again`
      : `Give it its reports again (tocsin ingest REPORT --scan ${scan.scanId}), or end it: tocsin scans fail ${scan.scanId}`
  throw new AppError(
    'staged_rows_lost',
    `Rows of scan ${scan.scanId} that were waiting are gone: the database crashed or was restored. Nothing was applied. ${wayOut}`,
  )
}

async function hasAllRows(
  tx: Transaction,
  scan: Scan,
  reports: readonly Report[],
): Promise<boolean> {
  return (await countStagedRows(tx, scan.scanNo)) === stagedRowsOf(reports)
}

function stagedRowsOf(reports: readonly Report[]): number {
  return reports.reduce((total, report) => total + report.stagedRows, 0)
}

async function toReconciliation(
  tx: Transaction,
  scan: Scan,
  reports: readonly Report[],
  coversUnits: boolean,
  now: Date,
): Promise<Reconciliation> {
  const lost = new Set(await listRejectedAttackPathAccounts(tx, scan.scanNo))
  return {
    scanNo: scan.scanNo,
    scanner: scan.scanner,
    scanAt: reports.reduce(
      (latest, { reportedAt }) => (latest > reportedAt ? latest : reportedAt),
      reports[0]?.reportedAt ?? now,
    ),
    coversUnits,
    fullReports: reports.filter(({ snapshot }) => snapshot === 'full'),
    attackPathCoverage: reports.flatMap((report) => attackPathCoverage(scan.scanner, report, lost)),
  }
}

/** What a report covers of attack paths: all that run within its accounts, but those of a rejected path (L7). */
function attackPathCoverage(
  scanner: string,
  report: Report,
  lost: ReadonlySet<string>,
): AttackPathCoverage[] {
  const accountIds = report.attackPathAccounts.filter((account) => !lost.has(account))
  if (accountIds.length === 0) return []
  const spoken = report.provider === null ? providers : [report.provider as Provider]
  return spoken.map((provider) => {
    const unit = unitOfAttackPaths(scanner, provider, accountIds)
    return { unitKey: sha256(Buffer.from(unit.key)), provider, accountIds: unit.accountIds }
  })
}

async function audit(
  tx: Transaction,
  deps: CompletionDeps,
  request: EndScanRequest,
  action: string,
): Promise<void> {
  await insertAuditEntry(tx, {
    at: deps.clock.now(),
    by: request.by,
    action,
    subject: request.scanId,
  })
}

async function reread(tx: Transaction, scan: Scan): Promise<Scan> {
  const current = await findScan(tx, scan.scanId)
  if (current === undefined) throw new Error(`scan ${scan.scanId} vanished in its own transaction`)
  return current
}
