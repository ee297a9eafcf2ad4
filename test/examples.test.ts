import { readFileSync, statSync } from 'node:fs'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import { exampleReports } from '../scripts/examples/example-reports.ts'
import { isGlobalAssetId } from '../src/domain/fingerprint.ts'
import type { ObservedFinding } from '../src/domain/observation.ts'
import { resourceTypeOf } from '../src/domain/resource-type.ts'
import { riskCategoryOf } from '../src/domain/risk-category.ts'
import { sources } from '../src/sources/index.ts'
import { HEAD_BYTES, recognizeFormat } from '../src/sources/recognize-format.ts'
import type { ReadResult, Source } from '../src/sources/source.ts'
import { collect, inChunks } from './fakes/report-stream.ts'

const reports = exampleReports()

function committed(file: string): URL {
  return new URL(`../examples/${file}`, import.meta.url)
}

function schema(name: string): object {
  const file = new URL(`../docs/formats/${name}.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as object
}

describe('the example reports', () => {
  it.each(reports)('$file is what its generator makes', ({ file, text }) => {
    expect(readFileSync(committed(file), 'utf8')).toBe(text)
  })

  it('are small', () => {
    const bytes = reports.reduce((total, { file }) => total + statSync(committed(file)).size, 0)

    expect(bytes).toBeLessThan(700_000)
  })

  it('name no place but example.com and the pages of vendors', () => {
    const hosts = reports.flatMap(({ text }) =>
      [...text.matchAll(/https?:\/\/([^/"]+)/g)].map(([, host]) => host),
    )

    expect(new Set(hosts)).toEqual(
      new Set(['cloud.google.com', 'docs.aws.amazon.com', 'kubernetes.io', 'learn.microsoft.com']),
    )
  })

  it.each(reports.filter(({ file }) => file.startsWith('native')))(
    '$file holds valid native records, the scan first',
    ({ text }) => {
      const ajv = new Ajv({ strict: false })
      addFormats.default(ajv)
      ajv.addSchema(schema('workload.v1')).addSchema(schema('risk-definitions.v1'))
      const isValid = ajv.compile(schema('native-record.v1'))

      const records = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string })

      expect(records.filter((record) => !isValid(record))).toEqual([])
      expect(records.findIndex(({ type }) => type === 'scan')).toBe(0)
    },
  )

  it.each(reports)(
    '$file is read whole, and its types and checks are known',
    async ({ file, text }) => {
      const results = await read(text)
      const findings = findingsOf(results)

      expect(sourceOf(text).id).toBe(file.startsWith('native') ? 'native' : 'prowler')
      expect(results.filter(({ kind }) => kind === 'rejected')).toEqual([])
      expect(findings.filter(({ asset }) => !resourceTypeOf(asset.nativeType).known)).toEqual([])
      expect(findings.filter((finding) => !isOfKnownCategory(finding))).toEqual([])
    },
  )

  it('hold more than 160 failing findings in their first scans, each identity once', async () => {
    const firsts = reports.filter(({ file }) => file.includes('-1.'))
    const findings = (await Promise.all(firsts.map(({ text }) => read(text)))).flatMap(findingsOf)
    const failing = findings.filter(({ evaluation }) => evaluation === 'fail')

    expect(failing.length).toBeGreaterThan(160)
    expect(new Set(findings.map(identityOf)).size).toBe(findings.length)
  })
})

function sourceOf(text: string): Source {
  const recognition = recognizeFormat(Buffer.from(text).subarray(0, HEAD_BYTES), sources)
  if (recognition.kind !== 'recognized') throw new Error(`the format is ${recognition.kind}`)
  return recognition.source
}

function read(text: string): Promise<ReadResult[]> {
  return collect(sourceOf(text).read(inChunks(text, 65_536), {}))
}

function isOfKnownCategory(finding: ObservedFinding): boolean {
  return finding.riskCategory !== undefined || riskCategoryOf(finding).known
}

function findingsOf(results: readonly ReadResult[]): ObservedFinding[] {
  return results.flatMap((result) => (result.kind === 'finding' ? [result.finding] : []))
}

function identityOf({ check, discriminator, accountId, region, asset }: ObservedFinding): string {
  return JSON.stringify([
    check,
    discriminator,
    accountId,
    isGlobalAssetId(asset.id) ? '' : region,
    asset.id,
  ])
}
