import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { SmallLife } from '../../test/cases/small-life.ts'
import { at, ONE, path, record, reportOf, smallLife, TWO } from '../../test/cases/small-life.ts'
import { evaluations } from './evaluation.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import type { ReportEvidence } from './report-evidence.ts'

const someRecord: fc.Arbitrary<Evidence> = fc.oneof(
  { weight: 5, arbitrary: someFindingRecord() },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom('p', 'q'), fc.constantFrom([ONE], [ONE, TWO]))
      .map(([name, accounts]) => path(name, accounts)),
  },
)

function someFindingRecord(): fc.Arbitrary<Evidence> {
  return fc
    .record({
      evaluation: fc.constantFrom(...evaluations),
      asset: fc.constantFrom('v', 'w', 'x', 'y'),
      check: fc.constantFrom('c1', 'c2'),
      region: fc.constantFrom('', 'eu-west-1'),
      severity: fc.constantFrom('Low', 'High'),
      text: fc.constantFrom('a', 'b'),
      firstSeenAt: fc.constantFrom(undefined, at('01:00'), at('02:00')),
    })
    .map(({ evaluation, asset, firstSeenAt, ...place }) => ({
      ...record(evaluation, asset, { ...place, ...(firstSeenAt && { firstSeenAt }) }),
      alertId: `${place.check} ${asset}`,
    }))
}

const someReport: fc.Arbitrary<ReportEvidence> = fc
  .record({
    hour: fc.integer({ min: 3, max: 20 }),
    records: fc.array(someRecord, { maxLength: 12 }),
    snapshot: fc.constantFrom('observed', 'full', 'incremental'),
    attackPathAccounts: fc.constantFrom([], [ONE], [ONE, TWO]),
    declaredPartial: fc.boolean(),
  })
  .map(({ hour, records, ...report }) =>
    reportOf(`${String(hour).padStart(2, '0')}:00`, records, report),
  )

const someHistory = fc.array(someReport, { minLength: 1, maxLength: 6 })

function lived(reports: readonly ReportEvidence[], settings = {}): SmallLife {
  const life = smallLife(settings)
  for (const [index, report] of reports.entries()) {
    life.open(`h${index}`, [report])
    life.complete(`h${index}`, at('21:00'))
  }
  return life
}

const GUARDED = { dropGuard: { findings: 1, percent: 50 } }

it('makes no difference in which order a report holds its records', () => {
  const shuffledHistory = fc.array(
    someReport.chain((report) =>
      fc
        .shuffledSubarray([...report.records], { minLength: report.records.length })
        .map((records) => [report, { ...report, records }] as const),
    ),
    { minLength: 1, maxLength: 6 },
  )

  fc.assert(
    fc.property(shuffledHistory, (pairs) => {
      const one = lived(
        pairs.map(([report]) => report),
        GUARDED,
      ).tenant()
      const other = lived(
        pairs.map(([, shuffled]) => shuffled),
        GUARDED,
      ).tenant()

      expect(byId(other.findings)).toEqual(byId(one.findings))
      expect([...other.scans.values()].map(({ answer }) => answer.counts)).toEqual(
        [...one.scans.values()].map(({ answer }) => answer.counts),
      )
    }),
  )
})

it('takes a scan that was completed before for a duplicate, and changes nothing', () => {
  fc.assert(
    fc.property(someHistory, (reports) => {
      const life = lived(reports)
      const before = life.tenant().findings

      life.open('again', reports.slice(0, 1))

      expect(life.complete('again', at('22:00'))).toMatchObject({ status: 'duplicate', of: 'h0' })
      expect(life.tenant().findings).toBe(before)
    }),
  )
})

it('never resolves by absence in a partial scan or a stream', () => {
  const harmless = fc
    .tuple(
      someReport,
      fc.constantFrom({ declaredPartial: true }, { snapshot: 'incremental' as const }),
    )
    .map(([report, why]) => ({ ...report, ...why, digest: 'harmless' }))

  fc.assert(
    fc.property(someHistory, harmless, (reports, last) => {
      const life = lived(reports)
      const before = life.tenant().findings
      const inReport = new Set(last.records.map(({ alertId }) => alertId))

      life.open('last', [last])
      life.complete('last', at('22:00'))

      const absent = byId(before).filter(({ alertId }) => !inReport.has(alertId))
      expect(absent.map(({ alertId }) => life.finding(alertId))).toEqual(absent)
    }),
  )
})

it('keeps each finding for ever: its id stays and its first seen only falls', () => {
  fc.assert(
    fc.property(someHistory, someReport, (reports, next) => {
      const life = lived(reports)
      const before = life.tenant().findings

      life.open('next', [next], true)
      life.complete('next', at('22:00'))

      for (const [alertId, finding] of before) {
        const after = life.finding(alertId)
        expect(after?.alertId).toBe(alertId)
        expect(after?.firstSeenAt.getTime()).toBeLessThanOrEqual(finding.firstSeenAt.getTime())
        expect(after?.reopenedCount).toBeGreaterThanOrEqual(finding.reopenedCount)
      }
    }),
  )
})

it('lets people and scans never overwrite each other', () => {
  fc.assert(
    fc.property(someHistory, someReport, (reports, next) => {
      const life = lived(reports)
      const before = life.tenant().findings
      for (const alertId of before.keys()) {
        life.decide(alertId, { kind: 'dismiss', reason: 'accepted_risk' }, at('21:30'))
      }
      const decidedFindings = life.tenant().findings

      life.open('next', [next], true)
      life.complete('next', at('22:00'))

      expect(byId(decidedFindings).map(withoutDecision)).toEqual(byId(before))
      for (const [alertId, { decision }] of decidedFindings) {
        expect(life.finding(alertId)?.decision).toBe(decision)
      }
    }),
  )
})

it('changes nothing while the drop guard holds a scan', () => {
  fc.assert(
    fc.property(someHistory, someReport, (reports, next) => {
      const life = lived(reports, GUARDED)
      const before = life.tenant()

      life.open('next', [next], true)
      const { status } = life.complete('next', at('22:00'))

      fc.pre(status === 'held')
      expect(life.tenant().findings).toBe(before.findings)
      expect(life.tenant().units).toBe(before.units)
    }),
    { numRuns: 20 },
  )
})

function byId(findings: ReadonlyMap<string, Finding>): readonly Finding[] {
  return [...findings.values()].toSorted((one, other) => (one.alertId < other.alertId ? -1 : 1))
}

function withoutDecision({ decision: _decision, ...scanned }: Finding): Finding {
  return scanned
}
