import { MAX_RETRY_AFTER_MS, retryDelayMs } from './retry-policy.ts'

export const deliveryStatuses = ['pending', 'delivered', 'cancelled'] as const
export type DeliveryStatus = (typeof deliveryStatuses)[number]

/**
 * What one attempt to send came to, named by who must act: nobody, the queue, a person who decides, a developer, an
 * operator. A destination's `send` answers one of these.
 */
export type SendOutcome =
  | { readonly kind: 'delivered'; readonly receipt: string }
  /** Busy, down or unreachable: the same bytes may pass later. */
  | { readonly kind: 'retryable'; readonly reason: string; readonly retryAfterMs?: number }
  /** The key holds other bytes than ours. `theirs` is the SHA-256 of what lies there, as `ours` of what we hold. */
  | { readonly kind: 'key_occupied'; readonly ours: string; readonly theirs: string }
  /** This part: the same bytes will be refused again. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** This destination: nothing will pass until an operator changes it. */
  | { readonly kind: 'misconfigured'; readonly reason: string }

/** What the ledger holds of an attempt: the destination's answer, or that it threw. */
export type AttemptOutcome = SendOutcome | { readonly kind: 'bug'; readonly reason: string }

/** Who, or which outcome, paused a destination. */
export const pausers = ['person', 'misconfigured', 'rejected', 'key_occupied'] as const
export type Pauser = (typeof pausers)[number]

/** A destination paused by `rejected` or `key_occupied` waits for a decision on the delivery at its head. */
export function waitsForDecision(pausedBy: Pauser | undefined): boolean {
  return pausedBy === 'rejected' || pausedBy === 'key_occupied'
}

/** How often a misconfigured destination is tried again by itself (delivery.md F.7). */
export const PROBE_INTERVAL_MS = 5 * 60 * 1000

/** What an attempt does: to its delivery, and to the destination. */
export interface AfterAttempt {
  readonly delivery:
    | { readonly kind: 'delivered'; readonly receipt: string }
    | { readonly kind: 'pending'; readonly dueAt: Date }
  readonly destination:
    /** Nothing, or, after a probe that passed, the end of its pause. */
    | { readonly kind: 'open' }
    /** It was paused and stays so; the next probe is at `probeAt`. */
    | { readonly kind: 'still_paused'; readonly probeAt: Date }
    | {
        readonly kind: 'paused'
        readonly by: Exclude<Pauser, 'person'>
        readonly reason: string
        /** Set for `misconfigured` alone: the rest wait for a person. */
        readonly probeAt?: Date
      }
}

/**
 * What follows from an attempt. Nothing is ever dropped: a delivery ends by being delivered, or by a person's word.
 *
 * @param attempt.number Which attempt of this delivery it was, from 1.
 * @param attempt.probing Whether it was the probe of a destination paused as misconfigured. An answer that tells
 * nothing about the cause (busy, down) leaves such a pause standing.
 */
export function afterAttempt(
  outcome: AttemptOutcome,
  attempt: {
    readonly number: number
    readonly probing: boolean
    readonly now: Date
    readonly random: () => number
  },
): AfterAttempt {
  const { now } = attempt
  switch (outcome.kind) {
    case 'delivered':
      return { delivery: outcome, destination: { kind: 'open' } }
    case 'retryable':
    case 'bug': {
      const askedMs = outcome.kind === 'retryable' ? outcome.retryAfterMs : undefined
      const waitMs = retryDelayMs(attempt.number, attempt.random, askedMs)
      const probeAt = later(now, Math.max(waitMs, PROBE_INTERVAL_MS))
      return {
        delivery: { kind: 'pending', dueAt: later(now, waitMs) },
        destination: attempt.probing ? { kind: 'still_paused', probeAt } : { kind: 'open' },
      }
    }
    case 'misconfigured':
      return {
        delivery: { kind: 'pending', dueAt: now },
        destination: {
          kind: 'paused',
          by: 'misconfigured',
          reason: outcome.reason,
          probeAt: later(now, PROBE_INTERVAL_MS),
        },
      }
    case 'rejected':
    case 'key_occupied':
      return {
        delivery: { kind: 'pending', dueAt: now },
        destination: { kind: 'paused', by: outcome.kind, reason: outcomeReason(outcome) },
      }
  }
}

/** An outcome in one line; of a delivered one its receipt. */
export function outcomeReason(outcome: AttemptOutcome): string {
  switch (outcome.kind) {
    case 'delivered':
      return outcome.receipt
    case 'key_occupied':
      return `the key holds other content: SHA-256 of ours ${outcome.ours}, of theirs ${outcome.theirs}`
    default:
      return outcome.reason
  }
}

/**
 * Whether a delivery may be tried now. One that was never tried always may; and none waits longer than the longest
 * wait there is, so that a clock set back does not hold a destination up until it has caught up.
 */
export function isDue(
  delivery: { readonly attempts: number; readonly dueAt: Date },
  now: Date,
): boolean {
  return delivery.attempts === 0 || hasCome(delivery.dueAt, now, MAX_RETRY_AFTER_MS)
}

/** Whether a destination paused as misconfigured is to be probed now; a clock set back does not put it off. */
export function isProbeDue(probeAt: Date | undefined, now: Date): boolean {
  return probeAt !== undefined && hasCome(probeAt, now, MAX_RETRY_AFTER_MS)
}

function hasCome(at: Date, now: Date, longestMs: number): boolean {
  return at <= now || at > later(now, longestMs)
}

function later(now: Date, ms: number): Date {
  return new Date(now.getTime() + ms)
}
