/** Why a person dismissed a finding; `other` needs a comment. */
export const dismissReasons = [
  'accepted_risk',
  'false_positive',
  'mitigated_elsewhere',
  'expected_by_design',
  'other',
] as const
export type DismissReason = (typeof dismissReasons)[number]

/** A year of 365 days: the furthest that a snooze may end ahead. */
export const MAX_SNOOZE_MS = 365 * 24 * 60 * 60 * 1000

/** What people ask for (L11), as it came in: a reason may be a word that is not on the list. */
export type DecisionRequest =
  | { readonly kind: 'dismiss'; readonly reason: string; readonly comment?: string }
  | { readonly kind: 'snooze'; readonly until: Date; readonly comment?: string }
  | { readonly kind: 'restore'; readonly comment?: string }

/** The last thing that a person decided of a finding. Scans never touch it. */
export interface Decision {
  readonly kind: 'dismissed' | 'snoozed'
  /** Set when dismissed. */
  readonly reason?: DismissReason
  readonly comment: string
  readonly by: string
  readonly at: Date
  /** Of a snooze its end; of a dismissal the instant at which it was restored, absent until then. */
  readonly endsAt?: Date
}

/** What is wrong with a request at `now`, each in a sentence that says what to do; empty when it can be done. */
export function decisionProblems(request: DecisionRequest, now: Date): readonly string[] {
  switch (request.kind) {
    case 'dismiss':
      return dismissalProblems(request.reason, request.comment ?? '')
    case 'snooze':
      return snoozeProblems(request.until, now)
    case 'restore':
      return []
  }
}

function dismissalProblems(reason: string, comment: string): readonly string[] {
  if (!isDismissReason(reason)) return [`reason must be one of ${dismissReasons.join(', ')}`]
  if (reason === 'other' && comment.trim() === '') return ['the reason other needs a comment']
  return []
}

function snoozeProblems(until: Date, now: Date): readonly string[] {
  if (Number.isNaN(until.getTime())) return ['until must be an instant']
  if (until <= now) return ['until must lie ahead']
  if (until.getTime() - now.getTime() > MAX_SNOOZE_MS) {
    return ['until must be at most 365 days ahead']
  }
  return []
}

export function isDismissReason(reason: string): reason is DismissReason {
  return (dismissReasons as readonly string[]).includes(reason)
}

/** L11: the decision, if it holds at `now`; a snooze is over at its very instant. */
export function runningDecision(decision: Decision | undefined, now: Date): Decision | undefined {
  const ended = decision?.endsAt !== undefined && decision.endsAt <= now
  return ended ? undefined : decision
}

/**
 * L11: the decision that holds after a request without problems. The later of dismissal and snooze replaces the
 * earlier; restoring ends what runs, and leaves alone what has ended by itself.
 */
export function decided(
  before: Decision | undefined,
  request: DecisionRequest,
  by: string,
  now: Date,
): Decision | undefined {
  const comment = request.comment ?? ''
  switch (request.kind) {
    case 'dismiss':
      if (!isDismissReason(request.reason)) throw new TypeError('a dismissal with problems')
      return { kind: 'dismissed', reason: request.reason, comment, by, at: now }
    case 'snooze':
      return { kind: 'snoozed', comment, by, at: now, endsAt: request.until }
    case 'restore':
      return before && runningDecision(before, now) ? { ...before, endsAt: now } : before
  }
}
