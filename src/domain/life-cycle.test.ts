import { describe, expect, it } from 'vitest'
import {
  at,
  did,
  exported,
  fail,
  ONE,
  pass,
  path,
  reportOf,
  smallLife,
  TWO,
} from '../../test/cases/small-life.ts'

const SMALL_GUARD = { dropGuard: { findings: 2, percent: 50 } }

describe('L10: a scan that loses most of what was open', () => {
  const four = ['a', 'b', 'c', 'd'].map((asset) => fail(asset))

  it('is held, and applied with its own time when it is confirmed', () => {
    const life = smallLife(SMALL_GUARD)
    life.scan('10:00', four)

    const held = life.scan('11:00', [fail('d')])
    const confirmed = life.confirm('s2', at('15:00'))

    expect(held).toEqual({ status: 'held', late: false, partial: false })
    expect(did(confirmed)).toEqual({ unchanged: 1, resolved: 3 })
    expect(life.finding('a')?.resolution?.at).toEqual(at('11:00'))
  })

  it('ends as failed when it is discarded, and changes nothing', () => {
    const life = smallLife(SMALL_GUARD)
    life.scan('10:00', four)
    life.scan('11:00', [pass('q'), fail('new', { check: 'c2' })])

    expect(life.discard('s2').status).toBe('failed')

    expect(life.finding('new')).toBeUndefined()
    expect(life.confirm('s2', at('12:00')).status).toBe('failed')
  })

  it.each([
    ['superseded', 'of equal time', '11:00', four, {}],
    ['superseded', 'that is partial', '12:00', [fail('a')], { declaredPartial: true }],
    ['superseded', 'that is a stream', '12:00', [fail('a')], { snapshot: 'incremental' }],
    ['held', 'that is older', '10:30', four, {}],
    ['held', 'of other units', '12:00', [fail('a2', { check: 'c2' })], {}],
    ['held', 'that is held itself', '12:00', [pass('q')], {}],
  ] as const)('is %s after a scan %s', (status, _which, T, records, report) => {
    const life = smallLife(SMALL_GUARD)
    life.scan('10:00', four)
    life.scan('11:00', [pass('q')])

    life.scan(T, records, report)

    expect(life.scanStatus('s2')).toBe(status)
  })

  it('weighs attack paths apart from findings', () => {
    const life = smallLife(SMALL_GUARD)
    const many = ['e', 'f', 'g'].map((asset) => fail(asset))
    const full = { attackPathAccounts: [ONE] }
    life.scan('10:00', [...four, ...many, path('p'), path('q'), path('r')], full)

    expect(life.scan('11:00', [...four, ...many], full).status).toBe('held')
  })
})

describe('L14: reports that were taken before', () => {
  it('are no new scan, whatever their order, unless that is asked for', () => {
    const life = smallLife()
    const reports = [reportOf('10:00', [fail('x')]), reportOf('10:00', [fail('y')])]
    life.open('first', reports)
    life.complete('first', at('10:01'))

    life.open('second', reports.toReversed())
    life.open('part', reports.slice(1))
    life.open('again', reports, true)

    const duplicate = { status: 'duplicate', of: 'first', late: false, partial: false }
    expect(life.complete('second', at('10:02'))).toEqual(duplicate)
    expect(life.complete('part', at('10:02'))).toEqual(duplicate)
    expect(did(life.complete('again', at('10:03')))).toEqual({ unchanged: 2 })
  })

  it('count once within one scan', () => {
    const life = smallLife()
    const report = reportOf('10:00', [fail('x')])
    life.open('s', [report, report])

    expect(life.complete('s', at('10:01')).counts?.collisions).toBe(0)
  })

  it('give the first answer when their scan is completed again, without an export', () => {
    const life = smallLife()
    const first = life.scan('10:00', [fail('x')])
    life.scan('11:00', [pass('x')])

    const second = life.complete('s1', at('12:00'))

    expect(second).toEqual({ ...first, export: undefined })
    expect(life.status('x', at('12:00'))).toBe('resolved')
  })
})

describe('an attack path', () => {
  const analysis = (...attackPathAccounts: readonly string[]) => ({ attackPathAccounts })

  it('is resolved when one report names every account on it and does not hold it', () => {
    const life = smallLife()
    life.scan('10:00', [path('p', [ONE, TWO]), path('q', [ONE])], analysis(ONE, TWO))
    life.open('s', [reportOf('11:00', [], analysis(ONE)), reportOf('11:00', [], analysis(TWO))])

    life.complete('s', at('11:01'))
    expect(life.status('p', at('11:01'))).toBe('open')
    expect(life.status('q', at('11:01'))).toBe('resolved')

    life.scan('12:00', [], analysis(ONE, TWO))
    expect(life.status('p', at('12:00'))).toBe('resolved')
  })

  it('stays when a path over its account was rejected', () => {
    const life = smallLife()
    life.scan('10:00', [path('p', [ONE]), path('q', [TWO])], analysis(ONE, TWO))

    life.scan('11:00', [], {
      ...analysis(ONE, TWO),
      rejected: [{ names: 'attack_path_accounts', accountIds: [ONE] }],
      assets: 4,
    })

    expect(life.status('p', at('11:00'))).toBe('open')
    expect(life.status('q', at('11:00'))).toBe('resolved')
  })

  it('is not opened by an analysis older than one of its accounts', () => {
    const life = smallLife()
    life.scan('12:00', [path('p', [ONE])], analysis(ONE))

    const answer = life.scan('11:00', [path('new', [ONE]), path('far', [ONE, TWO])])

    expect(exported(answer)).toEqual({ far: 'created' })
  })

  it('is left out while an end of it is ignored, but its status is its own', () => {
    const life = smallLife()
    life.scan('10:00', [path('p')], analysis(ONE))
    life.ignore('target of p')

    const answer = life.scan('11:00', [path('p')], analysis(ONE))

    expect(answer.export).toMatchObject({ records: [], excluded: { ignored: 1 } })
    expect(life.status('p', at('11:00'))).toBe('open')
  })
})
