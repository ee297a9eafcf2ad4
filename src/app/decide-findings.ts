import { decisionProblems } from '../domain/decision.ts'
import type { DecisionRequest } from '../domain/decision.ts'
import type { DetectionType } from '../domain/finding.ts'
import { AppError } from '../errors.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { findDetectionTypes, updateDecisions } from '../store/decisions.ts'
import type { DecisionChange } from '../store/decisions.ts'
import { listAlertIds } from '../store/findings.ts'
import type { FindingFilter } from '../store/findings.ts'
import { storableText } from '../store/storable-text.ts'
import { lockTenant } from '../store/scans.ts'
import type { Actor, AppDeps } from './deps.ts'

/** Which findings, or which attack paths: by their ids, or all that match. */
export type Selection =
  | { readonly kind: 'ids'; readonly alertIds: readonly string[] }
  | { readonly kind: 'filter'; readonly filter: FindingFilter }

export interface DecideRequest extends Actor {
  readonly detectionType: DetectionType
  readonly selection: Selection
  readonly decision: DecisionRequest
  /** Only answers what it would do. */
  readonly dryRun: boolean
}

export interface Decided {
  readonly selected: readonly string[]
  /** Those that it changed: restoring what nobody decided changes nothing. Empty in a dry run. */
  readonly changed: readonly string[]
}

/** How many are written by one statement; all of them in one transaction. */
const BATCH = 10_000

/** Dismisses, snoozes or restores (L11), all or none: who, when, why, before and after are written in the same transaction. */
export async function decideFindings(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: DecideRequest,
): Promise<Decided> {
  const now = deps.clock.now()
  const problems = decisionProblems(request.decision, now)
  if (problems.length > 0) {
    throw new AppError('invalid_argument', problems.join('; '), {
      details: problems.map((message) => ({ at: '/decision', message })),
    })
  }
  return deps.db.transaction(request.tenantId, async (tx) => {
    // A completion writes the same rows in another order: one after the other.
    await lockTenant(tx)
    const { selection, detectionType } = request
    const selected =
      selection.kind === 'filter'
        ? await listAlertIds(tx, detectionType, selection.filter, now)
        : selection.alertIds
    if (selection.kind === 'ids') await refuseUnknown(tx, selected, detectionType)
    if (request.dryRun) return { selected, changed: [] }
    const change = toChange(request.decision, request.by, now)
    const changed: string[] = []
    for (let at = 0; at < selected.length; at += BATCH) {
      changed.push(...(await updateDecisions(tx, selected.slice(at, at + BATCH), change)))
    }
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: `${detectionType}.${request.decision.kind}`,
      subject: changed.length === 1 ? String(changed[0]) : `${changed.length} ${detectionType}s`,
      after: {
        comment: change.comment,
        ...(change.kind === 'dismissed' ? { reason: change.reason } : {}),
        ...(change.kind === 'snoozed' ? { until: change.until.toISOString() } : {}),
        ...(changed.length <= BATCH ? { alert_ids: changed } : {}),
      },
    })
    return { selected, changed }
  })
}

async function refuseUnknown(
  tx: Parameters<typeof findDetectionTypes>[0],
  alertIds: readonly string[],
  detectionType: DetectionType,
): Promise<void> {
  const known = await findDetectionTypes(tx, alertIds)
  const unknown = alertIds.filter((alertId) => known.get(alertId) !== detectionType)
  if (unknown.length === 0) return
  const word = detectionType === 'attack_path' ? 'attack path' : 'finding'
  throw new AppError(
    'not_found',
    `There is no ${word} ${unknown.slice(0, 3).join(', ')}. Nothing was changed`,
    {
      details: unknown.map((alertId) => ({ at: alertId, message: 'is not known' })),
    },
  )
}

function toChange(request: DecisionRequest, by: string, at: Date): DecisionChange {
  const comment = storableText(request.comment ?? '')
  switch (request.kind) {
    case 'dismiss':
      return { kind: 'dismissed', reason: request.reason, comment, by, at }
    case 'snooze':
      return { kind: 'snoozed', until: request.until, comment, by, at }
    case 'restore':
      return { kind: 'restored', comment, by, at }
  }
}
