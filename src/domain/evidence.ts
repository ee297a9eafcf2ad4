import type { Evaluation } from './evaluation.ts'
import { evaluationRank } from './evaluation.ts'
import type { DetectionType } from './finding.ts'
import type { Severity } from './severity.ts'
import { severityRank } from './severity.ts'
import type { ScannedUnit } from './scanned-unit.ts'

/** What one accepted record of a report says, reduced to what the life cycle needs. */
export interface Evidence {
  readonly alertId: string
  readonly detectionType: DetectionType
  readonly unit: ScannedUnit
  readonly assetKeys: readonly string[]
  readonly evaluation: Evaluation
  readonly severity: Severity
  /** Canonical text of what the record says but times. */
  readonly content: string
  /** The scanner's own first-seen. */
  readonly firstSeenAt?: Date
}

/** L3, L4, L8: whether it says that something is wrong; a mute acts like a failure, but for its mark. */
export function isFailure(evidence: Evidence): boolean {
  return evidence.evaluation === 'fail' || evidence.evaluation === 'suppressed_upstream'
}

/** L5: only these are evidence that something is resolved. */
export function isClosing(evidence: Evidence): boolean {
  return evidence.evaluation === 'pass' || evidence.evaluation === 'closed_upstream'
}

export interface JoinedEvidence {
  /** One a finding, by alert id. Its first seen is the earliest that any of its records says. */
  readonly byAlertId: ReadonlyMap<string, Evidence>
  /** Records beyond the first of their finding, equal ones too. */
  readonly collisions: number
}

/** L2: several records of one finding in one scan are one observation, whatever their order. */
export function joinEvidence(records: Iterable<Evidence>): JoinedEvidence {
  const byAlertId = new Map<string, Evidence>()
  let collisions = 0
  for (const record of records) {
    const other = byAlertId.get(record.alertId)
    byAlertId.set(record.alertId, other === undefined ? record : joined(record, other))
    if (other !== undefined) collisions += 1
  }
  return { byAlertId, collisions }
}

function joined(one: Evidence, other: Evidence): Evidence {
  const winner = beats(one, other) ? one : other
  const firstSeenAt = earlier(one.firstSeenAt, other.firstSeenAt)
  return firstSeenAt === undefined ? winner : { ...winner, firstSeenAt }
}

/**
 * L2: evaluation, then severity, then text decide. Records that are equal in all of these may still stand in two
 * units or on two assets, so these decide last, lest the order of records would.
 */
function beats(one: Evidence, other: Evidence): boolean {
  const order =
    evaluationRank(one.evaluation) - evaluationRank(other.evaluation) ||
    severityRank(other.severity) - severityRank(one.severity) ||
    compareText(one.content, other.content) ||
    compareText(one.unit.key, other.unit.key) ||
    compareText(one.assetKeys.join('\n'), other.assetKeys.join('\n'))
  return order < 0
}

function compareText(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1
}

function earlier(one: Date | undefined, other: Date | undefined): Date | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}
