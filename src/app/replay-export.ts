import { AppError } from '../errors.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { getAlertRule, listRulesToExport } from '../store/alert-rules.ts'
import type { RuleToExport } from '../store/alert-rules.ts'
import type { Transaction } from '../store/database.ts'
import {
  findExportRun,
  getPartBytes,
  listExportParts,
  listExportRuns,
} from '../store/export-runs.ts'
import { findScan, lockTenant } from '../store/scans.ts'
import type { Scan } from '../store/scans.ts'
import { getTenant } from '../store/tenants.ts'
import type { Actor, AppDeps } from './deps.ts'
import { renderRule, storeExport } from './render-export.ts'
import type { RenderedExport } from './render-export.ts'

type ExportDeps = Pick<AppDeps, 'db' | 'clock' | 'randomId' | 'spoolDir'>

/**
 * Sends an export again: the same records with the same event ids, byte for byte, under new keys, so that readers that
 * remember keys take it and readers that know the events drop it. Goes to the destinations of its rule as they are now.
 */
export async function replayExport(
  deps: ExportDeps,
  request: Actor & { readonly exportId: string },
): Promise<{ readonly exportId: string; readonly objects: number }> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    await lockTenant(tx)
    const run = await findExportRun(tx, request.exportId)
    if (run === undefined)
      throw new AppError(
        'not_found',
        `There is no export ${request.exportId}. See: tocsin exports list`,
      )
    const scan = await findScan(tx, run.scanId)
    if (scan?.scanAt == null) throw new Error(`export ${run.exportId} is of a scan without a time`)
    const rule = (await listRulesToExport(tx)).find(({ ruleNo }) => ruleNo === run.ruleNo)
    const destinations = (rule?.destinations ?? []).filter(
      ({ rendition }) => rendition.record === run.rendition.record,
    )
    if (destinations.length === 0) {
      const lacks =
        rule === undefined
          ? 'is disabled or removed'
          : `has no destination that takes ${run.rendition.record} records now`
      throw new AppError(
        'conflict',
        `The alert rule ${run.rule} ${lacks}: there is nowhere to send it. See: tocsin alert-rules list`,
      )
    }
    const exportId = deps.randomId('exp')
    const now = deps.clock.now()
    const parts = (await listExportParts(tx, run.runNo)).flatMap(({ stream, partNo, ...part }) =>
      stream === 'manifests' ? [] : [{ ...part, stream, bytes: () => getPartBytes(tx, partNo) }],
    )
    const objects = await storeExport(tx, deps, {
      scan: { scanNo: scan.scanNo, scanId: scan.scanId, scanAt: scan.scanAt, now },
      rule: { ruleNo: run.ruleNo, name: run.rule },
      kind: 'replay',
      exportId,
      rendition: run.rendition,
      counts: run.counts,
      destinations,
      replayOf: run.exportId,
      parts,
    })
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'export.replay',
      subject: run.exportId,
      after: { export_id: exportId },
    })
    return { exportId, objects }
  })
}

/** Sends the present state of a completed scan to a rule that has none of it, because it came later. */
export async function createExport(
  deps: ExportDeps,
  request: Actor & { readonly scanId: string; readonly rule: string },
): Promise<readonly RenderedExport[]> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    await lockTenant(tx)
    const scan = await findScan(tx, request.scanId)
    if (scan === undefined)
      throw new AppError('not_found', `There is no scan ${request.scanId}. See: tocsin scans list`)
    if (scan.status !== 'completed' || scan.scanAt === null || scan.late) {
      throw new AppError(
        'conflict',
        `Scan ${scan.scanId} is ${scan.late ? 'late' : scan.status}: only a completed one that was not late is exported`,
      )
    }
    const rule = await withoutExported(tx, scan, await getEnabledRule(tx, request.rule))
    const now = deps.clock.now()
    const exports = await renderRule(
      tx,
      deps,
      {
        scanNo: scan.scanNo,
        scanId: scan.scanId,
        scanAt: scan.scanAt,
        tenant: await getTenant(tx),
        now,
      },
      rule,
      'manual',
    )
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'export.create',
      subject: scan.scanId,
      after: { rule: rule.name, export_ids: exports.map(({ export_id }) => export_id) },
    })
    return exports
  })
}

async function getEnabledRule(tx: Transaction, nameOrId: string): Promise<RuleToExport> {
  const { ruleNo, name } = await getAlertRule(tx, nameOrId)
  const rule = (await listRulesToExport(tx)).find((enabled) => enabled.ruleNo === ruleNo)
  if (rule === undefined)
    throw new AppError(
      'conflict',
      `The alert rule ${name} is disabled. Enable it first: tocsin alert-rules edit ${name} --enable`,
    )
  return rule
}

/** The rule with the destinations whose form of record has nothing of the scan yet. */
async function withoutExported(
  tx: Transaction,
  scan: Scan,
  rule: RuleToExport,
): Promise<RuleToExport> {
  const runs = await listExportRuns(tx, {
    scanNo: scan.scanNo,
    ruleNo: rule.ruleNo,
    limit: EXPORTS_OF_A_SCAN,
  })
  const destinations = rule.destinations.filter(({ rendition }) =>
    runs.every((run) => run.rendition.record !== rendition.record),
  )
  const [newest] = runs
  if (newest === undefined || destinations.length > 0) return { ...rule, destinations }
  throw new AppError(
    'conflict',
    `${rule.name} has this scan already, as ${newest.exportId}. To send that again: tocsin exports replay ${newest.exportId}`,
  )
}

/** More than a rule has forms of record, with some replays of each. */
const EXPORTS_OF_A_SCAN = 100
