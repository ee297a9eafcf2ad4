import { describe, expect, it } from 'vitest'
import { at, did, exported, fail, pass, smallLife } from '../../test/cases/small-life.ts'

describe('L9: a late scan', () => {
  it('changes nothing but first seen, opens nothing, and is not exported', () => {
    const life = smallLife()
    life.scan('12:00', [fail('x'), fail('y')])

    const answer = life.scan('11:00', [fail('x', { severity: 'Low' }), fail('new')])

    expect(answer).toMatchObject({ status: 'completed', late: true })
    expect(answer.export).toBeUndefined()
    expect(did(answer)).toEqual({})
    expect(life.finding('x')).toMatchObject({ firstSeenAt: at('11:00'), severity: 'High' })
    expect(life.finding('y')?.resolution).toBeUndefined()
    expect(life.finding('new')).toBeUndefined()
  })

  it('of equal time is not late', () => {
    const life = smallLife()
    life.scan('12:00', [fail('x')])

    const answer = life.scan('12:00', [pass('x')])

    expect(did(answer)).toEqual({ resolved: 1 })
  })

  it('for one unit of two speaks of the other', () => {
    const life = smallLife()
    life.scan('12:00', [fail('x')])

    const answer = life.scan('11:00', [pass('x'), fail('y', { check: 'c2' })])

    expect(answer.late).toBe(false)
    expect(exported(answer)).toEqual({ y: 'created' })
  })

  it('does not speak of a finding that a stream saw later', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])
    life.scan('12:00', [fail('x')], { snapshot: 'incremental' })

    const answer = life.scan('11:00', [pass('q')])

    expect(answer.late).toBe(false)
    expect(exported(answer)).toEqual({ x: 'unchanged' })
    expect(answer.export?.records[0]?.detectionAt).toEqual(at('12:00'))
  })
})
