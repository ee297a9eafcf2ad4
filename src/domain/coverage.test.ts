import { describe, expect, it } from 'vitest'
import {
  at,
  did,
  fail,
  ONE,
  pass,
  record,
  rejected,
  reportOf,
  smallLife,
  TWO,
} from '../../test/cases/small-life.ts'
import type { Evidence } from './evidence.ts'
import { addReport, completeScan, openScan, refuseTruncatedReport } from './life-cycle.ts'

describe('L6: absence', () => {
  it('resolves what is missing where its check ran', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x'), fail('y')])

    life.scan('11:00', [fail('y')])

    expect(life.finding('x')?.resolution?.cause).toBe('not_reported')
  })

  const somewhereElse: readonly (readonly [string, Evidence, object])[] = [
    ['another check', pass('q', { check: 'c2' }), {}],
    ['another region', pass('q', { region: 'us-east-1' }), {}],
    ['another account', pass('q', { accountId: TWO }), {}],
    ['nothing but records that could not be assessed', record('not_assessed', 'q'), {}],
    ['nothing but muted records', record('suppressed_upstream', 'q'), {}],
    ['nothing but closing records', record('closed_upstream', 'q'), {}],
    ['only what changed', pass('q'), { snapshot: 'incremental' }],
    ['all of another account', pass('q', { check: 'c2' }), { snapshot: 'full', accountId: TWO }],
    [
      'all of another region',
      pass('q', { check: 'c2' }),
      { snapshot: 'full', region: 'us-east-1' },
    ],
    ['all, in a partial scan', pass('q'), { snapshot: 'full', declaredPartial: true }],
  ]
  it.each(somewhereElse)('resolves nothing when the scan holds %s', (_what, evidence, report) => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])

    life.scan('11:00', [evidence], report)

    expect(life.status('x', at('11:00'))).toBe('open')
  })

  it.each([
    ['of its account', [], { accountId: ONE }],
    ['of the accounts of its records', [pass('q', { check: 'c2' })], {}],
  ])('in a full snapshot %s resolves the last finding of a check', (_what, records, report) => {
    const life = smallLife()
    life.scan('10:00', [fail('x'), fail('y', { accountId: TWO })])

    life.scan('11:00', records, { snapshot: 'full', ...report })

    expect(life.status('x', at('11:00'))).toBe('resolved')
    expect(life.status('y', at('11:00'))).toBe('open')
  })
})

describe('L7: what could not be read', () => {
  it('takes its unit out of coverage, and no other', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x'), fail('y', { check: 'c2' })])

    const answer = life.scan('11:00', [pass('q'), pass('q2', { check: 'c2' })], {
      rejected: [rejected('c1')],
      assets: 2,
    })

    expect(answer.partial).toBe(false)
    expect(life.status('x', at('11:00'))).toBe('open')
    expect(life.status('y', at('11:00'))).toBe('resolved')
  })

  it('makes the scan partial when its unit cannot be read either; passes still count', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x'), fail('y')])

    const answer = life.scan('11:00', [pass('x')], {
      rejected: [{ names: 'unreadable' }],
      assets: 9,
    })

    expect(answer.partial).toBe(true)
    expect(did(answer)).toEqual({ resolved: 1, rejected: 1 })
  })

  it('keeps a scan open while a truncated report is owed, until that one is given again', () => {
    const report = reportOf('10:00', [fail('x')])
    const opened = openScan(smallLife().tenant(), { id: 's', again: false, openedAt: at('10:00') })
    const owing = refuseTruncatedReport(opened, 's', 'a.jsonl')

    const other = addReport(owing, 's', 'b.jsonl', report)
    const whole = addReport(other, 's', 'a.jsonl', reportOf('10:00', [fail('y')]))

    expect(completeScan(other, 's', at('10:01')).answer.status).toBe('receiving')
    expect(completeScan(whole, 's', at('10:01')).answer.status).toBe('completed')
  })

  it('of a failed scan is evidence only, and nothing is exported', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x'), fail('y')])
    life.open('s', [reportOf('11:00', [pass('x'), fail('z')])])

    const answer = life.failScan('s', at('11:01'))

    expect(answer).toMatchObject({ status: 'failed', partial: true })
    expect(did(answer)).toEqual({ created: 1, resolved: 1 })
    expect(answer.export).toBeUndefined()
    expect(life.status('y', at('11:01'))).toBe('open')
  })
})
