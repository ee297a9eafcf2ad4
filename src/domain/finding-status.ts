import { runningDecision } from './decision.ts'
import type { Finding } from './finding.ts'
import { stateOf } from './finding.ts'

export type FindingStatus = 'open' | 'resolved' | 'snoozed' | 'dismissed'

/** Why a record is left out of exports; of several the first holds (L12). */
export const exclusions = ['ignored', 'dismissed', 'snoozed', 'suppressed'] as const
export type Exclusion = (typeof exclusions)[number]

/**
 * What people see (life-cycle.md, Status), worked out whenever it is asked.
 *
 * @param ignored Whether a person's Ignore stands on one of its assets. An attack path is left out for that, but its
 * status follows its own decision alone.
 */
export function statusOf(finding: Finding, ignored: boolean, now: Date): FindingStatus {
  const hidden = ignored && finding.detectionType === 'security_finding'
  if (hidden || finding.suppressedUpstream) return 'dismissed'
  return runningDecision(finding.decision, now)?.kind ?? stateOf(finding)
}

/** L12: why the record stays out of an export made at `now`; undefined when it goes out. */
export function exclusionOf(finding: Finding, ignored: boolean, now: Date): Exclusion | undefined {
  if (ignored) return 'ignored'
  const decided = runningDecision(finding.decision, now)?.kind
  return decided ?? (finding.suppressedUpstream ? 'suppressed' : undefined)
}
