import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBucketRecord, aBucketReport, aNativeFinding, lines, nativeScan } from './reports.ts'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

let tocsin: Tocsin

beforeAll(async () => {
  tocsin = await openTocsin()
  await tocsin.exportToFolder()
})

afterAll(() => tocsin.close())

function utf16(text: string, order: 'little' | 'big'): Uint8Array {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le')
  return order === 'little' ? bytes : bytes.swap16()
}

describe('ingest takes', () => {
  it.each<[what: string, pack: (text: string) => string | Uint8Array]>([
    ['UTF-8 with a byte-order mark', (text) => `\uFEFF${text}`],
    ['UTF-16 LE', (text) => utf16(text, 'little')],
    ['UTF-16 BE', (text) => utf16(text, 'big')],
    ['gzip', (text) => gzipSync(text)],
    ['zstd', (text) => zstdCompressSync(text)],
  ])('%s', async (what, pack) => {
    // Of another content each, so that none is a report that was taken before.
    await tocsin.write('report', pack(aBucketReport(3, { status_detail: `Überall: ${what}` })))

    const { code, stdout } = await tocsin.run(['ingest', 'report', '--json'])

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      reports: [{ records: 3, rejected: 0, evaluations: { fail: 3 } }],
    })
  })

  it('standard input', async () => {
    const { code, stdout } = await tocsin.run(['ingest', '-', '--json'], {
      stdin: aBucketReport(4),
    })

    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ reports: [{ name: 'standard input', records: 4 }] })
  })
})

/** One record of two megabytes, well-formed but for its size. */
const large = JSON.stringify(aBucketRecord(0, { status_detail: 'x'.repeat(2_000_000) }))
const deep = JSON.stringify(aBucketRecord(0)).replace(
  '{',
  `{"deep":${'['.repeat(10_000)}${']'.repeat(10_000)},`,
)
const notANumber = JSON.stringify(aBucketRecord(0)).replace('1772442000', 'NaN')

describe('ingest takes the rest, ends with 3 and says where it was, of', () => {
  it.each([
    ['a record of 2 MB', 10, large, '', 'is larger than'],
    ['a record 10,000 levels deep', 10, deep, '', 'is nested more than 128 levels'],
    ['a record with NaN', 10, notANumber, '', 'is not valid JSON'],
    ['one bad record among 10,000', 10_000, '{"class_uid":2004}', '/status_code', 'is missing'],
  ])('%s', async (_, count, bad, within, reason) => {
    const records = Array.from({ length: count }, (__, number) =>
      JSON.stringify(aBucketRecord(number, { status_detail: bad.slice(0, 60) })),
    )
    const at = count - 3
    records[at] = bad
    await tocsin.write('report.json', `[${records.join(',')}]`)

    const { code, stdout, stderr } = await tocsin.run(['ingest', 'report.json'])

    const offset = Buffer.byteLength(`[${records.slice(0, at).join(',')},`)
    expect(code).toBe(3)
    expect(stderr).toMatch(/^siem: \d objects? delivered\n$/)
    expect(stdout).toContain(`: ${count - 1} records: ${count - 1} fail, 1 rejected\n`)
    expect(stdout).toContain(`rejected  report.json at /${at}${within} (byte ${offset}): ${reason}`)
  })
})

describe('hostile text in a record', () => {
  it('goes out as one valid line, and never reaches the terminal as it is', async () => {
    const escape = '\u001B[2J\u009B31m\u202Etxt'
    const hostile = {
      // Written as text: an object literal would set its prototype.
      ...(JSON.parse('{"__proto__":{"polluted":true},"constructor":1}') as object),
      title: `line\u2028separator ${escape}`,
      description: '@surrogate',
      asset: { id: `arn:aws:s3:::hostile${escape}`, name: escape, native_type: 'AWS::S3::Bucket' },
    }
    const report = lines([{ ...nativeScan, scanner: 'hostile' }, aNativeFinding(0, hostile)])
    await tocsin.write('hostile.jsonl', report.replace('@surrogate', 'half \\ud800 a pair'))
    const before = await tocsin.exportedLines()

    const ingested = await tocsin.run(['ingest', 'hostile.jsonl'])
    const filter = ['--asset', hostile.asset.id]
    const json = await tocsin.must('findings', 'list', ...filter, '--json')
    const { alert_id: alertId } = JSON.parse(json) as { alert_id: string }
    const said = [
      ingested.stdout,
      json,
      await tocsin.must('findings', 'list', ...filter),
      await tocsin.must('findings', 'show', alertId),
      await tocsin.must('findings', 'show', alertId, '--json'),
      await tocsin.must('assets', 'show', hostile.asset.id),
      (await tocsin.run(['findings', 'show', escape])).stderr,
      (await tocsin.run([escape])).stderr,
    ].join('')
    const added = (await tocsin.exportedLines()).filter((line) => !before.includes(line))
    const record = JSON.parse(added[0] ?? '') as Record<string, unknown>

    expect(ingested.code).toBe(0)
    // oxlint-disable-next-line no-control-regex -- they are what must not be there
    expect(said).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u2028\u202E]/)
    expect(said).toContain('line\\u2028separator \\u001b[2J')
    expect(JSON.parse(json)).toMatchObject({ title: hostile.title, asset_id: hostile.asset.id })
    expect(added).toHaveLength(1)
    expect(added[0]).toContain('line\\u2028separator')
    expect(record['description']).toContain('half \uFFFD a pair')
    expect(added[0]).not.toContain('polluted')
    expect(record['constructor']).toBe(Object)
  })
})
