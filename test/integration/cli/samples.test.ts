import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

/** Real reports lie beside the product, and are no part of it. */
const samples = fileURLToPath(new URL('../../../../shared/samples/', import.meta.url))
const withoutSamples = !existsSync(samples)
if (withoutSamples) console.warn(`no ${samples}: the command line is not tried on real reports`)

interface Taken {
  readonly status: string
  readonly outcome: {
    readonly counts: Readonly<
      Record<'created' | 'unchanged' | 'updated' | 'resolved' | 'reopened' | 'collisions', number>
    >
    readonly uncovered: { readonly count: number; readonly examples: readonly string[] }
    readonly exports: readonly {
      readonly counts: {
        readonly records: number
        readonly excluded: Readonly<Record<string, number>>
      }
    }[]
  }
  readonly reports: readonly {
    readonly records: number
    readonly rejected: number
    readonly evaluations: Readonly<Record<string, number>>
  }[]
}

/** What truth.py worked out of the reports alone; an identity is check, account, region and asset. */
interface Truth {
  readonly records: number
  readonly records_by_evaluation: Readonly<
    Record<'fail' | 'pass' | 'not_assessed' | 'suppressed', number>
  >
  readonly collisions: { readonly records_beyond_the_first: number }
  readonly life_cycle: Readonly<
    Record<'new' | 'unchanged' | 'resolved' | 'reopened' | 'open_after', number>
  >
  readonly lists: Readonly<Record<'open_not_covered', readonly (readonly string[])[]>>
}

describe.skipIf(withoutSamples)(
  'ingest of real reports (skipped without ../shared/samples)',
  () => {
    let tocsin: Tocsin

    beforeAll(async () => {
      tocsin = await openTocsin()
    })

    afterAll(() => tocsin.close())

    it.each([
      ['SecObserve__prowler_multiple_findings.json', [], { fail: 2, pass: 1, not_assessed: 1 }],
      ['prowler__example_output_aws.ocsf.json', [], { fail: 2, not_assessed: 3 }],
      ['prowler__example_output_gcp.ocsf.json', [], { fail: 2, pass: 3 }],
      ['SecObserve__prowler_kubernetes.ocsf.json', ['--cluster', 'c1'], { fail: 1, pass: 1 }],
    ])('takes all of %s', async (name, options, evaluations) => {
      const path = `${samples}prowler/${name}`

      const { code, stdout } = await tocsin.run(['ingest', path, ...options, '--json'])
      const taken = JSON.parse(stdout) as Taken

      const records = Object.values<number>(evaluations).reduce((total, count) => total + count, 0)
      expect(code).toBe(0)
      expect(taken.reports).toMatchObject([{ records, rejected: 0, evaluations }])
    })

    it('asks for the cluster of a Kubernetes report', async () => {
      const path = `${samples}prowler/SecObserve__prowler_kubernetes.ocsf.json`

      const { code, stderr } = await tocsin.run(['ingest', path])

      expect(code).toBe(2)
      expect(stderr).toMatch(/^tocsin: .+ Give it with --cluster\n$/)
    })

    it('refuses a report of a Prowler that is too old', async () => {
      const path = `${samples}prowler/django-DefectDojo__many_vuln.ocsf.json`

      const { code, stderr } = await tocsin.run(['ingest', path])

      expect(code).toBe(1)
      expect(stderr).toContain('is by Prowler 4.2.1; 4.5 or newer is needed')
    })
  },
)

describe.skipIf(withoutSamples)(
  'four real scans of one account (skipped without ../shared/samples)',
  () => {
    let tocsin: Tocsin

    beforeAll(async () => {
      tocsin = await openTocsin()
      await tocsin.exportToFolder()
    })

    afterAll(() => tocsin.close())

    // The rules open a finding that is first seen suppressed, the truth's do not: one more in the fourth scan.
    it.each([
      { scan: 1, exported: 252, suppressed: 0 },
      { scan: 2, exported: 299, suppressed: 0 },
      { scan: 3, exported: 111, suppressed: 0 },
      { scan: 4, exported: 317, suppressed: 2, moreNew: 1, moreSeen: 1 },
    ])(
      'scan $scan does what its truth says',
      async ({ scan, exported, suppressed, moreNew = 0, moreSeen = 0 }) => {
        const truth = truthOf(scan)
        const path = `${samples}prowler-scans/scan-${scan}.ocsf.json.gz`

        const { code, stdout, stderr } = await tocsin.run(['ingest', path, '--json'])
        const { outcome, reports } = JSON.parse(stdout) as Taken
        const all = await tocsin.must('findings', 'list', '--limit', '1000', '--json')
        const findings = all
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Finding)
        const open = findings.filter(({ state }) => state === 'open')

        const { suppressed: muted, ...others } = truth.records_by_evaluation
        const evaluations = { ...others, suppressed_upstream: muted }
        expect(code).toBe(0)
        expect(stderr).toMatch(/^siem: 2 objects delivered\n$/)
        expect(reports).toMatchObject([
          { records: truth.records, rejected: 0, evaluations: withoutZeros(evaluations) },
        ])
        const { unchanged, updated, ...counts } = outcome.counts
        expect(counts).toMatchObject({
          created: truth.life_cycle.new + moreNew,
          resolved: truth.life_cycle.resolved,
          reopened: truth.life_cycle.reopened,
          collisions: truth.collisions.records_beyond_the_first,
        })
        expect(unchanged + updated).toBe(truth.life_cycle.unchanged + moreSeen)
        expect(open).toHaveLength(truth.life_cycle.open_after + moreNew)
        expect(open.filter(({ status }) => status === 'dismissed')).toHaveLength(suppressed)
        expect(outcome.exports).toMatchObject([
          { counts: { records: exported, excluded: { suppressed, dismissed: 0 } } },
        ])
        // A smaller scope leaves many uncovered; the answer names the first of them.
        const uncovered = truth.lists.open_not_covered.map(identityText).toSorted()
        const named = findings.filter(({ alert_id }) =>
          outcome.uncovered.examples.includes(alert_id),
        )
        expect(outcome.uncovered.count).toBe(uncovered.length)
        expect(named).toHaveLength(Math.min(20, uncovered.length))
        expect(uncovered).toEqual(expect.arrayContaining(named.map(identityOf)))
      },
    )

    it('delivered each export once, in whole', async () => {
      const lines = await tocsin.exportedLines()
      const records = lines.map((line) => JSON.parse(line) as { event_id: string })

      expect(records).toHaveLength(252 + 299 + 111 + 317)
      expect(new Set(records.map(({ event_id }) => event_id)).size).toBe(records.length)
    })
  },
)

interface Finding {
  readonly alert_id: string
  readonly state: string
  readonly status: string
  readonly rule: string
  readonly account_id: string
  readonly asset_id: string
}

/** All assets of these scans are ARNs, so that no region is part of an identity. */
function identityOf({ rule, account_id, asset_id }: Finding): string {
  return identityText([rule, account_id, '', asset_id])
}

function identityText(identity: readonly string[]): string {
  return identity.join(' ')
}

function truthOf(scan: number): Truth {
  const text = readFileSync(`${samples}prowler-scans/TRUTH.json`, 'utf8')
  const truth = (JSON.parse(text) as { scans: readonly Truth[] }).scans[scan - 1]
  if (truth === undefined) throw new Error(`no truth of scan ${scan}`)
  return truth
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}
