import type { Decision } from './decision.ts'
import type { Severity } from './severity.ts'

export type DetectionType = 'security_finding' | 'attack_path'

/** Why a scan called a finding resolved (L5, L6). */
export const resolvedCauses = ['passed', 'closed_upstream', 'not_reported'] as const
export type ResolvedCause = (typeof resolvedCauses)[number]

/** What a scan did to a finding; also the `event_action` of its record (L13). */
export const changes = ['created', 'updated', 'unchanged', 'resolved', 'reopened'] as const
export type Change = (typeof changes)[number]

/** A finding or an attack path over its life. Scans move all of it but `decision`, which people alone move. */
export interface Finding {
  readonly alertId: string
  readonly detectionType: DetectionType
  /** Key of the unit of the last `fail` or `suppressed_upstream` that was applied to it. */
  readonly unitKey: string
  /** Keys of the assets whose Ignore leaves it out: the main asset; of an attack path its entry and its target. */
  readonly assetKeys: readonly string[]
  readonly severity: Severity
  /** Canonical text of what its record says but times. */
  readonly content: string
  readonly firstSeenAt: Date
  /** T of the last scan that saw it failing, muted or not assessed. */
  readonly seenAt: Date
  /** Absent while it is open. */
  readonly resolution?: Resolution
  readonly reopenedCount: number
  /** The scanner's own mute. */
  readonly suppressedUpstream: boolean
  readonly decision?: Decision
}

export interface Resolution {
  readonly at: Date
  readonly cause: ResolvedCause
}

export function stateOf(finding: Pick<Finding, 'resolution'>): 'open' | 'resolved' {
  return finding.resolution === undefined ? 'open' : 'resolved'
}

/** The finding's own last time (L9): the later of seen and resolved. */
export function lastTimeOf(finding: Finding): Date {
  const { seenAt, resolution } = finding
  return resolution !== undefined && resolution.at > seenAt ? resolution.at : seenAt
}
