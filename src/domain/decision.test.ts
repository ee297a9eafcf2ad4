import { describe, expect, it } from 'vitest'
import type { Decision } from './decision.ts'
import { decided, decisionProblems, runningDecision } from './decision.ts'

const now = new Date('2025-03-01T10:00:00.000Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const YEAR_MS = 365 * 24 * 60 * 60 * 1000

describe('a decision', () => {
  it.each([
    [0, { kind: 'dismiss', reason: 'mitigated_elsewhere' }],
    [1, { kind: 'dismiss', reason: 'because' }],
    [1, { kind: 'dismiss', reason: 'other' }],
    [1, { kind: 'dismiss', reason: 'other', comment: '  ' }],
    [0, { kind: 'dismiss', reason: 'other', comment: 'a lab' }],
    [1, { kind: 'snooze', until: now }],
    [0, { kind: 'snooze', until: later(1) }],
    [0, { kind: 'snooze', until: later(YEAR_MS) }],
    [1, { kind: 'snooze', until: later(YEAR_MS + 1) }],
    [1, { kind: 'snooze', until: new Date(NaN) }],
    [0, { kind: 'restore' }],
  ] as const)('has %i problems: %j', (problems, request) => {
    expect(decisionProblems(request, now)).toHaveLength(problems)
  })

  it('replaces the earlier one whole, and says who, when and why', () => {
    const snoozed = decided(undefined, { kind: 'snooze', until: later(1000) }, 'ann', now)

    const dismissed = decided(
      snoozed,
      { kind: 'dismiss', reason: 'other', comment: 'a lab' },
      'bob',
      later(10),
    )

    expect(dismissed).toEqual({
      kind: 'dismissed',
      reason: 'other',
      comment: 'a lab',
      by: 'bob',
      at: later(10),
    })
  })

  it('of a snooze is over at its very instant, not a millisecond before', () => {
    const snoozed = decided(undefined, { kind: 'snooze', until: later(1000) }, 'ann', now)

    expect(runningDecision(snoozed, later(999))).toBe(snoozed)
    expect(runningDecision(snoozed, later(1000))).toBeUndefined()
  })

  it('ends when it is restored, unless it has ended by itself', () => {
    const snoozed = decided(undefined, { kind: 'snooze', until: later(1000) }, 'ann', now)

    const early = decided(snoozed, { kind: 'restore' }, 'bob', later(500))
    const late = decided(snoozed, { kind: 'restore' }, 'bob', later(2000))

    expect(early).toEqual({ ...snoozed, endsAt: later(500) } satisfies Partial<Decision>)
    expect(late).toBe(snoozed)
  })
})
