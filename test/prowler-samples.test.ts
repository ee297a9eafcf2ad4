import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { isGlobalAssetId } from '../src/domain/fingerprint.ts'
import type { ObservedFinding } from '../src/domain/observation.ts'
import type { ScanContext } from '../src/domain/scan.ts'
import { resourceTypeOf } from '../src/domain/resource-type.ts'
import { riskCategoryOf } from '../src/domain/risk-category.ts'
import { prowler } from '../src/sources/prowler/index.ts'
import type { ReadResult } from '../src/sources/source.ts'
import { collect, inChunks } from './fakes/report-stream.ts'

function read(report: Uint8Array, context: ScanContext = {}): Promise<ReadResult[]> {
  return collect(prowler.read(inChunks(report, 65_536), context))
}

function findingsOf(results: readonly ReadResult[]): ObservedFinding[] {
  return results.flatMap((result) => (result.kind === 'finding' ? [result.finding] : []))
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(items, keyOf)).map(([key, group]) => [key, group?.length ?? 0]),
  )
}

/** Real reports lie beside the product, and are no part of it. */
const samples = new URL('../../shared/samples/', import.meta.url)
const withoutSamples = !existsSync(samples)
if (withoutSamples) console.warn(`no ${samples.pathname}: real Prowler reports are not read`)

describe.skipIf(withoutSamples)('real reports (skipped without ../shared/samples)', () => {
  it.each([
    ['SecObserve__prowler_kubernetes.ocsf.json', { fail: 1, pass: 1 }],
    ['SecObserve__prowler_multiple_findings.json', { fail: 2, pass: 1, not_assessed: 1 }],
    ['prowler__example_output_aws.ocsf.json', { fail: 2, not_assessed: 3 }],
    ['prowler__example_output_gcp.ocsf.json', { fail: 2, pass: 3 }],
  ])('%s is read whole', async (name, evaluations) => {
    const bytes = readFileSync(new URL(`prowler/${name}`, samples))

    const results = await read(bytes, { accountId: 'cluster' })

    expect(prowler.recognizes(bytes.subarray(0, 65_536))).toBe(true)
    expect(countBy(findingsOf(results), ({ evaluation }) => evaluation)).toEqual(evaluations)
    expect(results.filter(({ kind }) => kind === 'rejected')).toEqual([])
  })

  it('refuses a report of 4.2', async () => {
    const bytes = readFileSync(new URL('prowler/django-DefectDojo__many_vuln.ocsf.json', samples))

    await expect(read(bytes)).rejects.toThrow('Prowler 4.2.1')
  })

  it.each([1, 2, 3, 4])('scan %i of four is what its truth says', async (scan) => {
    const truth = truthOf(scan)

    const results = await read(scanBytes(scan))
    const findings = findingsOf(results)

    expect(results.filter(({ kind }) => kind === 'rejected')).toEqual([])
    expect(findings).toHaveLength(truth.records)
    expect(countBy(findings, ({ evaluation }) => evaluation)).toEqual(evaluationsOf(truth))
    const identities = new Set(findings.map(identityOf))
    expect(identities.size).toBe(truth.identities)
    expect(findings.length - identities.size).toBe(truth.collisions.records_beyond_the_first)
    expect(truth.lists.new.filter((identity) => !identities.has(JSON.stringify(identity)))).toEqual(
      [],
    )
    expect(new Set(findings.map(({ observedAt }) => observedAt?.getTime())).size).toBe(1)
  })

  it('finds all their native types, and nine in ten of their checks, in its tables', async () => {
    const scans = await Promise.all([1, 2, 3, 4].map((scan) => read(scanBytes(scan))))
    const findings = scans.flatMap(findingsOf)
    const checks = [...new Map(findings.map((finding) => [finding.check, finding])).values()]

    const known = checks.filter((finding) => riskCategoryOf(finding).known)

    expect(findings.filter(({ asset }) => !resourceTypeOf(asset.nativeType).known)).toEqual([])
    expect(known.length / checks.length).toBeGreaterThanOrEqual(0.9)
  })
})

interface Truth {
  readonly records: number
  readonly records_by_evaluation: Readonly<Record<string, number>>
  readonly identities: number
  readonly collisions: { readonly records_beyond_the_first: number }
  readonly lists: { readonly new: readonly (readonly string[])[] }
}

function scanBytes(scan: number): Uint8Array {
  return gunzipSync(readFileSync(new URL(`prowler-scans/scan-${scan}.ocsf.json.gz`, samples)))
}

function truthOf(scan: number): Truth {
  const text = readFileSync(new URL('prowler-scans/TRUTH.json', samples), 'utf8')
  const truth = (JSON.parse(text) as { scans: readonly Truth[] }).scans[scan - 1]
  if (truth === undefined) throw new Error(`no truth of scan ${scan}`)
  return truth
}

function evaluationsOf(truth: Truth): Record<string, number> {
  const { suppressed = 0, ...others } = truth.records_by_evaluation
  const counts = { ...others, suppressed_upstream: suppressed }
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

/** As the truth writes it: check, account, region but for a global id, asset. */
function identityOf({ check, accountId, region, asset }: ObservedFinding): string {
  return JSON.stringify([check, accountId, isGlobalAssetId(asset.id) ? '' : region, asset.id])
}
