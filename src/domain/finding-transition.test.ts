import { describe, expect, it } from 'vitest'
import { at, did, exported, fail, pass, record, smallLife } from '../../test/cases/small-life.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'

describe('L3: an unknown finding', () => {
  it('opens with a failure, first seen when the scanner says so', () => {
    const life = smallLife()

    const answer = life.scan('10:00', [fail('x', { firstSeenAt: at('07:00') })])

    expect(life.finding('x')).toMatchObject({ firstSeenAt: at('07:00'), seenAt: at('10:00') })
    expect(exported(answer)).toEqual({ x: 'created' })
  })

  it.each(['pass', 'not_assessed', 'closed_upstream'] as const)('stays unknown with %s', (word) => {
    const life = smallLife()

    const answer = life.scan('10:00', [record(word, 'x')])

    expect(life.finding('x')).toBeUndefined()
    expect(answer.export?.records).toEqual([])
  })

  it('is listed but left out of the export when the scanner mutes it', () => {
    const life = smallLife()

    const answer = life.scan('10:00', [record('suppressed_upstream', 'x')])

    expect(life.status('x', at('10:00'))).toBe('dismissed')
    expect(answer.export).toMatchObject({ records: [], excluded: { suppressed: 1 } })
  })
})

describe('L4: an open finding seen again', () => {
  it.each([
    ['unchanged', fail('x')],
    ['updated', fail('x', { text: 'reworded' })],
    ['unchanged', record('suppressed_upstream', 'x')],
    ['unchanged', record('not_assessed', 'x', { severity: 'Low' })],
  ])('is %s by %j', (change, evidence: Evidence) => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])

    const answer = life.scan('11:00', [evidence])

    expect(did(answer)).toEqual({ [change]: 1 })
    expect(life.finding('x')).toMatchObject({ seenAt: at('11:00'), firstSeenAt: at('10:00') })
  })

  it('loses the mark of the scanner only by a failure', () => {
    const life = smallLife()
    life.scan('10:00', [record('suppressed_upstream', 'x')])

    life.scan('11:00', [record('not_assessed', 'x')])
    expect(life.finding('x')?.suppressedUpstream).toBe(true)
    life.scan('12:00', [pass('x')])
    expect(life.finding('x')?.suppressedUpstream).toBe(true)
    life.scan('13:00', [fail('x')])
    expect(life.finding('x')?.suppressedUpstream).toBe(false)
  })
})

describe('L5: evidence', () => {
  it('resolves at the time of the scan and leaves severity and words of the failure', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])

    life.scan('11:00', [pass('x', { severity: 'Information' })])

    expect(life.finding('x')).toMatchObject({
      resolution: { at: at('11:00'), cause: 'passed' },
      severity: 'High',
      seenAt: at('10:00'),
    })
  })

  it('resolves nothing twice', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])
    life.scan('11:00', [pass('x')])

    const answer = life.scan('12:00', [pass('x')])

    expect(did(answer)).toEqual({})
    expect(exported(answer)).toEqual({ x: 'unchanged' })
    expect(answer.export?.records[0]?.detectionAt).toEqual(at('11:00'))
  })
})

describe('L8: a resolved finding that fails', () => {
  it('is the same one, open again, with its first seen and its dismissal', () => {
    const life = smallLife()
    life.scan('10:00', [fail('x')])
    life.decide('x', { kind: 'dismiss', reason: 'accepted_risk' }, at('10:30'))
    life.scan('11:00', [pass('x')])

    const answer = life.scan('12:00', [fail('x')])

    expect(did(answer)).toEqual({ reopened: 1 })
    expect(life.finding('x')).toMatchObject({ reopenedCount: 1, firstSeenAt: at('10:00') })
    expect(life.status('x', at('12:00'))).toBe('dismissed')
  })
})

it('lets neither a scan nor a person overwrite what the other moves', () => {
  const life = smallLife()
  life.scan('10:00', [fail('x')])
  const scanned = (finding: Finding | undefined) => ({ ...finding, decision: undefined })

  const before = life.finding('x')
  life.decide('x', { kind: 'dismiss', reason: 'false_positive' }, at('10:30'))
  const decided = life.finding('x')
  life.scan('11:00', [pass('x')])

  expect(scanned(decided)).toEqual(scanned(before))
  expect(life.finding('x')?.decision).toEqual(decided?.decision)
})
