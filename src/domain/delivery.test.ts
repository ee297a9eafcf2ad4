import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterAttempt, isDue, isProbeDue, outcomeReason, waitsForDecision } from './delivery.ts'
import type { AttemptOutcome } from './delivery.ts'

const now = new Date('2025-03-01T10:00:00.000Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const attempt = { number: 1, probing: false, now, random: () => 0.5 }

const anOutcome: fc.Arbitrary<AttemptOutcome> = fc.oneof(
  fc.record({ kind: fc.constant('delivered' as const), receipt: fc.string() }),
  fc.record({ kind: fc.constant('retryable' as const), reason: fc.string() }),
  fc.record({
    kind: fc.constant('retryable' as const),
    reason: fc.string(),
    retryAfterMs: fc.nat(),
  }),
  fc.record({ kind: fc.constant('bug' as const), reason: fc.string() }),
  fc.record({ kind: fc.constant('misconfigured' as const), reason: fc.string() }),
  fc.record({ kind: fc.constant('rejected' as const), reason: fc.string() }),
  fc.record({ kind: fc.constant('key_occupied' as const), ours: fc.string(), theirs: fc.string() }),
)

describe('afterAttempt', () => {
  it.each<{ outcome: AttemptOutcome; delivery: object; destination: object }>([
    {
      outcome: { kind: 'delivered', receipt: 'file:///a' },
      delivery: { kind: 'delivered', receipt: 'file:///a' },
      destination: { kind: 'open' },
    },
    {
      outcome: { kind: 'retryable', reason: 'busy' },
      delivery: { kind: 'pending', dueAt: later(500) },
      destination: { kind: 'open' },
    },
    {
      outcome: { kind: 'retryable', reason: 'busy', retryAfterMs: 7000 },
      delivery: { kind: 'pending', dueAt: later(7000) },
      destination: { kind: 'open' },
    },
    {
      outcome: { kind: 'bug', reason: 'TypeError' },
      delivery: { kind: 'pending', dueAt: later(500) },
      destination: { kind: 'open' },
    },
    {
      outcome: { kind: 'misconfigured', reason: 'no such bucket' },
      delivery: { kind: 'pending', dueAt: now },
      destination: {
        kind: 'paused',
        by: 'misconfigured',
        reason: 'no such bucket',
        probeAt: later(300_000),
      },
    },
    {
      outcome: { kind: 'rejected', reason: 'too large' },
      delivery: { kind: 'pending', dueAt: now },
      destination: { kind: 'paused', by: 'rejected', reason: 'too large' },
    },
    {
      outcome: { kind: 'key_occupied', ours: 'aa', theirs: 'bb' },
      delivery: { kind: 'pending', dueAt: now },
      destination: {
        kind: 'paused',
        by: 'key_occupied',
        reason: 'the key holds other content: SHA-256 of ours aa, of theirs bb',
      },
    },
  ])('follows from $outcome.kind', ({ outcome, delivery, destination }) => {
    expect(afterAttempt(outcome, attempt)).toEqual({ delivery, destination })
  })

  it('keeps a pause standing when its probe met a receiver that is busy', () => {
    const after = afterAttempt({ kind: 'retryable', reason: 'busy' }, { ...attempt, probing: true })

    expect(after.destination).toEqual({ kind: 'still_paused', probeAt: later(300_000) })
  })

  it('does not probe before the receiver wants to be asked again', () => {
    const outcome = { kind: 'retryable', reason: 'busy', retryAfterMs: 1_800_000 } as const

    const after = afterAttempt(outcome, { ...attempt, probing: true })

    expect(after.destination).toEqual({ kind: 'still_paused', probeAt: later(1_800_000) })
  })

  it('ends a delivery by being delivered and by nothing else, however often it failed', () => {
    fc.assert(
      fc.property(anOutcome, fc.integer({ min: 1 }), fc.boolean(), (outcome, number, probing) => {
        const after = afterAttempt(outcome, { ...attempt, number, probing })
        const dueAt = after.delivery.kind === 'pending' ? after.delivery.dueAt : now

        expect(after.delivery.kind === 'delivered').toBe(outcome.kind === 'delivered')
        expect(isDue({ attempts: number, dueAt }, later(3_600_000))).toBe(true)
        expect(outcomeReason(outcome)).toEqual(expect.any(String))
      }),
    )
  })

  it('pauses for a person or an operator alone, and lets only what an operator mends be probed', () => {
    fc.assert(
      fc.property(anOutcome, fc.boolean(), (outcome, probing) => {
        const { destination } = afterAttempt(outcome, { ...attempt, probing })
        const paused = destination.kind === 'paused' ? destination : undefined

        expect(paused?.by).toBe(
          ['misconfigured', 'rejected', 'key_occupied'].find((kind) => kind === outcome.kind),
        )
        expect(paused?.probeAt !== undefined).toBe(paused?.by === 'misconfigured')
        expect(waitsForDecision(paused?.by)).toBe(
          paused !== undefined && paused.by !== 'misconfigured',
        )
      }),
    )
  })
})

describe('isDue', () => {
  it.each([
    ['was never tried, whatever the clock says', 0, 86_400_000, true],
    ['is due now', 1, 0, true],
    ['was due before', 1, -1, true],
    ['is due later', 1, 1, false],
    ['is due in the longest wait there is', 1, 3_600_000, false],
    ['is due beyond the longest wait, so the clock was set back', 1, 3_600_001, true],
  ])('tells of a delivery that %s', (_, attempts, dueInMs, expected) => {
    expect(isDue({ attempts, dueAt: later(dueInMs) }, now)).toBe(expected)
  })
})

describe('isProbeDue', () => {
  it.each([
    ['there is none', undefined, false],
    ['it has come', later(0), true],
    ['it lies ahead', later(1), false],
    ['the clock was set back', later(3_600_001), true],
  ])('tells when %s', (_, probeAt, expected) => {
    expect(isProbeDue(probeAt, now)).toBe(expected)
  })
})
