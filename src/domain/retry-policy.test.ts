import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RETRY_AFTER_MS, MAX_RETRY_MS, retryDelayMs } from './retry-policy.ts'

const randomNumber = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe('retryDelayMs', () => {
  it.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [9, 256_000],
    [10, 300_000],
    [1_000_000, 300_000],
  ])('waits, after %i failures, anything up to %i ms', (failedAttempts, longest) => {
    expect(retryDelayMs(failedAttempts, () => 0)).toBe(0)
    expect(retryDelayMs(failedAttempts, () => 0.5)).toBe(longest / 2)
    expect(retryDelayMs(failedAttempts, () => 1 - 2 ** -53)).toBe(longest)
  })

  it.each([
    ['longer than ours', 2000, 2000],
    ['shorter than ours', 1, 500],
    ['in parts of a millisecond', 700.2, 701],
    ['in the past', -5, 500],
    ['beyond an hour', 24 * 3_600_000, MAX_RETRY_AFTER_MS],
  ])('obeys a Retry-After %s', (_, retryAfterMs, expected) => {
    expect(retryDelayMs(1, () => 0.5, retryAfterMs)).toBe(expected)
  })

  it('is always a whole number of ms, at most the longest wait or what was asked for', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1 }),
        randomNumber,
        fc.option(fc.double({ min: 0, noNaN: true }), { nil: undefined }),
        (failedAttempts, random, retryAfterMs) => {
          const delay = retryDelayMs(failedAttempts, () => random, retryAfterMs)
          expect(Number.isInteger(delay)).toBe(true)
          expect(delay).toBeGreaterThanOrEqual(Math.min(retryAfterMs ?? 0, MAX_RETRY_AFTER_MS))
          expect(delay).toBeLessThanOrEqual(
            Math.max(MAX_RETRY_MS, Math.min(Math.ceil(retryAfterMs ?? 0), MAX_RETRY_AFTER_MS)),
          )
        },
      ),
    )
  })

  it('spreads: two workers that fail together do not come back together', () => {
    const waits = Array.from({ length: 100 }, (_, index) => retryDelayMs(10, () => index / 100))

    expect(new Set(waits).size).toBe(100)
  })
})
