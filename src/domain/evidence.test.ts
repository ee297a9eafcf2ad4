import { describe, expect, it } from 'vitest'
import { at, fail, pass, record, smallLife } from '../../test/cases/small-life.ts'

describe('L2: several records of one finding', () => {
  it.each([
    ['fail', 'pass', 'open'],
    ['not_assessed', 'pass', 'open'],
    ['suppressed_upstream', 'pass', 'open'],
    ['pass', 'closed_upstream', 'passed'],
  ] as const)('let %s beat %s in whatever order', (strong, weak, expected) => {
    const records = [record(strong, 'x'), record(weak, 'x')]

    for (const shuffled of [records, records.toReversed()]) {
      const life = smallLife()
      life.scan('10:00', [fail('x')])
      const answer = life.scan('11:00', shuffled)

      expect(life.finding('x')?.resolution?.cause ?? 'open').toBe(expected)
      expect(answer.counts?.collisions).toBe(1)
    }
  })

  it('take the text of the highest severity, and the earliest first seen of all', () => {
    const life = smallLife()

    life.scan('10:00', [
      fail('x', { severity: 'Low', text: 'a' }),
      fail('x', { severity: 'Critical', text: 'b' }),
      pass('x', { firstSeenAt: at('08:00') }),
    ])

    expect(life.finding('x')).toMatchObject({
      severity: 'Critical',
      content: 'Critical b',
      firstSeenAt: at('08:00'),
    })
  })
})
