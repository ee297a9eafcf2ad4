import { describe, expect, it } from 'vitest'
import {
  at,
  exported,
  fail,
  pass,
  record,
  reportOf,
  smallLife,
} from '../../test/cases/small-life.ts'

describe('L12: an export', () => {
  it('counts what is left out once, by the first reason', () => {
    const life = smallLife()
    const assets = ['a', 'b', 'c', 'd']
    life.scan(
      '10:00',
      assets.map((asset) => fail(asset)),
    )
    life.decide('a', { kind: 'dismiss', reason: 'accepted_risk' }, at('10:10'))
    life.decide('b', { kind: 'dismiss', reason: 'accepted_risk' }, at('10:10'))
    life.decide('c', { kind: 'snooze', until: at('20:00') }, at('10:10'))
    life.ignore('a')

    const answer = life.scan(
      '11:00',
      assets.map((asset) => record('suppressed_upstream', asset)),
    )

    expect(answer.export).toEqual({
      records: [],
      excluded: { ignored: 1, dismissed: 1, snoozed: 1, suppressed: 1 },
    })
  })

  it('tells a resolution for some days after the end of the decision that hid it', () => {
    const life = smallLife({ resolvedDays: 1 })
    life.scan('10:00', [fail('x')])
    life.decide('x', { kind: 'snooze', until: new Date('2025-03-20T10:00:00Z') }, at('10:30'))
    life.scan('11:00', [pass('x')])
    const repeat = (now: string, id: string) => {
      const reportedAt = new Date(now)
      life.open(id, [reportOf('11:00', [pass('x')], { digest: id, reportedAt })])
      return exported(life.complete(id, reportedAt))
    }

    expect(repeat('2025-03-20T09:59:59.999Z', 'asleep')).toEqual({})
    expect(repeat('2025-03-21T10:00:00.000Z', 'the last instant')).toEqual({ x: 'unchanged' })
    expect(repeat('2025-03-21T10:00:00.001Z', 'over')).toEqual({})
  })

  it('of the whole tenant holds what the scan did not look at', () => {
    const life = smallLife({ fullExport: 'tenant' })
    life.scan('10:00', [fail('x')])

    const answer = life.scan('11:00', [fail('y', { check: 'c2' })])

    expect(exported(answer)).toEqual({ x: 'unchanged', y: 'created' })
  })
})
