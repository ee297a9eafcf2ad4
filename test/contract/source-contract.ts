import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { findingFingerprint } from '../../src/domain/fingerprint.ts'
import type { JsonObject, ObservedFinding } from '../../src/domain/observation.ts'
import type { ScanContext } from '../../src/domain/scan.ts'
import type { Severity } from '../../src/domain/severity.ts'
import { HEAD_BYTES } from '../../src/sources/recognize-format.ts'
import { UnreadableReport } from '../../src/sources/source.ts'
import type { ReadResult, Rejected, Source } from '../../src/sources/source.ts'
import { collect, inChunks } from '../fakes/report-stream.ts'

/** What a source's test brings. */
export interface SourceSubject {
  readonly source: Source
  /** Path of the folder with `x.input.*` and, beside each, `x.expected.json`. */
  readonly fixtures: string
  /** Said beside every report here. */
  readonly context: ScanContext
  /** What stands before, between and behind the records of a report. */
  readonly framing: { readonly before: string; readonly between: string; readonly behind: string }
  /** Whole, and without a record. */
  readonly anEmptyReport: string
  /** A record that gives one finding, of another asset for each number. */
  readonly aRecord: (number: number) => JsonObject
  /** With all that may be left out left out. */
  readonly aSparseRecord: JsonObject
  /** A record that cannot be taken, and where in it the fault is (a JSON pointer). */
  readonly aBadRecord: { readonly record: JsonObject; readonly at: string }
  /** What a record is changed by that sees the same thing in a later scan: severity, texts, times, status, versions. */
  readonly seenLater: JsonObject
  /** Every severity of the format, as the change it makes to a record. */
  readonly severities: readonly (readonly [Severity, JsonObject])[]
}

const LARGE_REPORT_BYTES = 100 * 1024 ** 2
/** What may be alive at once, over what was before: chunks, one record, the validators; not the report. */
const MAX_GROWTH_BYTES = 20 * 1024 ** 2

/** Each ends where a record ends, so that the next one can be read. */
const brokenRecords = ['{"broken": NaN}', '{"broken"}']

/** The definition of done of a source. */
export function testSource(subject: SourceSubject): void {
  const { source, context, aRecord } = subject
  const reportOf = (records: readonly JsonObject[]) =>
    framed(
      subject,
      records.map((each) => JSON.stringify(each)),
    )
  const read = (report: string | Uint8Array, size = HEAD_BYTES) =>
    collect(source.read(inChunks(report, size), context))

  describe(`${source.id} keeps the contract of a source`, () => {
    const inputs = readdirSync(subject.fixtures).filter((name) => name.includes('.input.'))

    it('has a fixture', () => {
      expect(inputs).not.toEqual([])
    })

    it.each(inputs)('reads %s as expected', async (name) => {
      const results = await read(readFileSync(join(subject.fixtures, name)))

      const expected = join(subject.fixtures, name.replace(/\.input\..*$/, '.expected.json'))
      await expect(`${JSON.stringify(results, null, 2)}\n`).toMatchFileSnapshot(expected)
    })

    it.each(inputs)('recognizes %s by its head', (name) => {
      const head = readFileSync(join(subject.fixtures, name)).subarray(0, HEAD_BYTES)

      expect(source.recognizes(head)).toBe(true)
    })

    it.each(inputs)('reads %s alike in whatever chunks it comes', async (name) => {
      const report = readFileSync(join(subject.fixtures, name))
      const whole = await read(report, report.length)

      for (const size of [1, 7, 1021]) expect(await read(report, size)).toEqual(whole)
    })

    it('tells of the report before it tells of a record', async () => {
      const results = await read(reportOf([aRecord(0), aRecord(1)]))

      expect(results.map(({ kind }) => kind)).toEqual(['header', 'finding', 'finding'])
    })

    it('is of the account of the uploader only if it holds no record', async () => {
      const [own] = findingsOf(await read(reportOf([aRecord(0)])))
      const beside: ScanContext = {
        ...context,
        provider: 'AWS',
        accountId: own?.accountId ?? '',
        snapshot: 'full',
      }
      const headerOf = async (report: string) => {
        const [first] = await collect(source.read(inChunks(report, HEAD_BYTES), beside))
        return first
      }

      expect(await headerOf(subject.anEmptyReport)).toMatchObject({
        header: { provider: 'AWS', accountId: own?.accountId, snapshot: 'full' },
      })
      for (const first of [JSON.stringify(aRecord(0)), ...brokenRecords]) {
        const header = await headerOf(framed(subject, [first, JSON.stringify(aRecord(1))]))
        expect(header).toMatchObject({ kind: 'header', header: { snapshot: 'full' } })
        expect(header).not.toHaveProperty('header.accountId')
        expect(await headerOf(framed(subject, [first]))).not.toHaveProperty('header.accountId')
      }
    })

    it.each(brokenRecords)('is recognised although its first record is broken: %s', (broken) => {
      const texts = [broken, JSON.stringify(aRecord(0)), JSON.stringify(aRecord(1))]

      expect(source.recognizes(Buffer.from(framed(subject, texts)))).toBe(true)
    })

    it('rejects a bad record among good ones where the fault is, and reads the rest', async () => {
      const { record, at } = subject.aBadRecord
      const good = await read(reportOf([aRecord(0), aRecord(1)]))

      const report = reportOf([aRecord(0), record, aRecord(1)])
      const results = await read(report)

      const [rejected] = rejectedOf(results)
      expect(rejected).toMatchObject({
        pointer: `/1${at}`,
        offset: report.indexOf(JSON.stringify(record)),
      })
      expect(results.filter((result) => result !== rejected)).toEqual(good)
    })

    it('rejects a record that is no JSON, and reads the rest', async () => {
      const texts = [JSON.stringify(aRecord(0)), '{"broken": NaN}', JSON.stringify(aRecord(1))]
      const good = await read(reportOf([aRecord(0), aRecord(1)]))

      const results = await read(framed(subject, texts))

      const [rejected] = rejectedOf(results)
      expect(rejected).toMatchObject({ pointer: '/1', names: { kind: 'unreadable' } })
      expect(results.filter((result) => result !== rejected)).toEqual(good)
    })

    it('refuses a report that is cut inside a record, wherever it is cut', async () => {
      const report = Buffer.from(reportOf([aRecord(0), aRecord(1)]))
      const last = Buffer.from(JSON.stringify(aRecord(1)))
      const begin = report.indexOf(last)

      for (let cut = begin + 1; cut < begin + last.length; cut++) {
        const error = await read(report.subarray(0, cut)).catch((thrown: unknown) => thrown)

        expect(error).toBeInstanceOf(UnreadableReport)
        expect(error).toMatchObject({ reason: 'truncated', offset: cut })
      }
    })

    it('ignores fields it does not know', async () => {
      const strange = { ...aRecord(0), a_field_of_tomorrow: { deep: [1, null, 'x'] } }

      const results = await read(reportOf([strange]))

      expect(results).toEqual(await read(reportOf([aRecord(0)])))
    })

    it('takes a record without what may be left out', async () => {
      const results = await read(reportOf([subject.aSparseRecord]))

      expect(results.map(({ kind }) => kind)).toEqual(['header', 'finding'])
    })

    it.each(subject.severities)('takes for %s what %j says', async (severity, change) => {
      const [finding] = findingsOf(await read(reportOf([{ ...aRecord(0), ...change }])))

      expect(finding?.severity).toBe(severity)
    })

    it('knows a thing again in a later scan, and tells two things apart', async () => {
      const later = { ...aRecord(0), ...subject.seenLater }

      const results = await read(reportOf([aRecord(0), aRecord(1), later]))

      const [first, other, again] = fingerprintsOf(results)
      expect(again).toMatch(/^[0-9a-f]{64}$/)
      expect(again).toBe(first)
      expect(other).not.toBe(first)
    })

    it('holds no more of a large report than a little of it', async () => {
      const record = JSON.stringify(aRecord(0))
      const count = Math.ceil(LARGE_REPORT_BYTES / Buffer.byteLength(record))
      const before = bytesAlive()
      let most = 0
      let findings = 0

      for await (const { kind } of source.read(largeReport(subject, record, count), context)) {
        if (kind === 'finding') findings += 1
        if (findings % (count >> 3) === 0) most = Math.max(most, bytesAlive())
      }

      expect(findings).toBe(count)
      expect(most - before).toBeLessThan(MAX_GROWTH_BYTES)
    })
  })
}

function framed({ framing }: SourceSubject, texts: readonly string[]): string {
  return framing.before + texts.join(framing.between) + framing.behind
}

/** Made while it is read, so that what is alive is alive in the source. */
async function* largeReport(
  { framing }: SourceSubject,
  record: string,
  count: number,
): AsyncGenerator<Buffer> {
  const perChunk = Math.max(1, Math.floor(HEAD_BYTES / record.length))
  const chunk = Buffer.from(`${framing.between}${record}`.repeat(perChunk))
  yield Buffer.from(framing.before + record)
  let left = count - 1
  for (; left >= perChunk; left -= perChunk) yield Buffer.from(chunk)
  yield Buffer.from(`${framing.between}${record}`.repeat(left) + framing.behind)
}

/** After a collection: what is garbage is not held. */
function bytesAlive(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function rejectedOf(results: readonly ReadResult[]): Rejected[] {
  return results.filter((result) => result.kind === 'rejected')
}

function findingsOf(results: readonly ReadResult[]): ObservedFinding[] {
  return results.flatMap((result) => (result.kind === 'finding' ? [result.finding] : []))
}

function fingerprintsOf(results: readonly ReadResult[]): string[] {
  const header = results.find((result) => result.kind === 'header')?.header
  const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()
  return findingsOf(results).map((finding) => {
    const identity = { ...finding, scanner: header?.scanner ?? '', assetId: finding.asset.id }
    return Buffer.from(findingFingerprint(identity, sha256)).toString('hex')
  })
}
