import type { Evidence } from './evidence.ts'
import { isClosing, isFailure } from './evidence.ts'
import type { Change, Finding, ResolvedCause } from './finding.ts'
import { stateOf } from './finding.ts'

/** What a scan made of a finding, and what it calls that; `undefined` where it left it as it was. */
export interface Transition {
  readonly finding: Finding
  readonly change: Change | undefined
}

/** L3: what evidence of an unknown finding opens at T; only a failure opens anything. */
export function created(evidence: Evidence, at: Date): Finding | undefined {
  if (!isFailure(evidence)) return undefined
  return {
    alertId: evidence.alertId,
    detectionType: evidence.detectionType,
    ...wordsOf(evidence),
    firstSeenAt: earliest(at, evidence.firstSeenAt),
    seenAt: at,
    reopenedCount: 0,
    suppressedUpstream: evidence.evaluation === 'suppressed_upstream',
  }
}

/** What evidence of a known finding does to it at T, when the scan may speak of it (L9). */
export function observed(finding: Finding, evidence: Evidence, at: Date): Transition {
  if (isFailure(evidence)) return failed(finding, evidence, at)
  if (stateOf(finding) === 'resolved') return { finding, change: undefined }
  if (isClosing(evidence)) {
    return resolved(finding, evidence.evaluation === 'pass' ? 'passed' : 'closed_upstream', at)
  }
  return { finding: { ...finding, seenAt: latest(finding.seenAt, at) }, change: 'unchanged' }
}

/** L4, L8: seen failing again, it is open; the mark of upstream suppression follows the record. */
function failed(finding: Finding, evidence: Evidence, at: Date): Transition {
  const { resolution, ...open } = finding
  const seen: Finding = {
    ...open,
    ...wordsOf(evidence),
    firstSeenAt: earliest(finding.firstSeenAt, at, evidence.firstSeenAt),
    seenAt: latest(finding.seenAt, at),
    suppressedUpstream: evidence.evaluation === 'suppressed_upstream',
  }
  if (resolution !== undefined) {
    return { finding: { ...seen, reopenedCount: finding.reopenedCount + 1 }, change: 'reopened' }
  }
  return { finding: seen, change: seen.content === finding.content ? 'unchanged' : 'updated' }
}

/** L5, L6: resolved at T; severity and texts stay those of the failure, and so does the mark. */
export function resolved(finding: Finding, cause: ResolvedCause, at: Date): Transition {
  return { finding: { ...finding, resolution: { at, cause } }, change: 'resolved' }
}

/** L9: a late failure only lowers first seen, and that is no change; other late evidence says nothing. */
export function seenLate(finding: Finding, evidence: Evidence, at: Date): Finding {
  if (!isFailure(evidence)) return finding
  return { ...finding, firstSeenAt: earliest(finding.firstSeenAt, at, evidence.firstSeenAt) }
}

function wordsOf(evidence: Evidence) {
  const { severity, content, assetKeys, unit } = evidence
  return { severity, content, assetKeys, unitKey: unit.key }
}

function earliest(first: Date, ...others: readonly (Date | undefined)[]): Date {
  return others.reduce<Date>((least, at) => (at !== undefined && at < least ? at : least), first)
}

function latest(one: Date, other: Date): Date {
  return other > one ? other : one
}
