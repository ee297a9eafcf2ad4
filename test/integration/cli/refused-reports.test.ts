import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBucketRecord, aBucketReport, aNativeFinding, lines, nativeScan } from './reports.ts'
import { noTraces, openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

/** `nobody`, as whom root meets permissions. */
const NOBODY = 65_534

let tocsin: Tocsin

beforeAll(async () => {
  tocsin = await openTocsin()
  await tocsin.exportToFolder()
})

afterAll(() => tocsin.close())

interface Refused {
  readonly what: string
  readonly report: string | Uint8Array
  readonly options?: readonly string[]
  readonly code: 1 | 2
  readonly stderr: string
}

const aProwlerReport = aBucketReport(2)
const { cloud: _cloud, ...nowhere } = aBucketRecord(0, { unmapped: { provider: 'kubernetes' } })
const { account_id: _account, ...withoutAccount } = nativeScan
const { time: _time, ...old } = aBucketRecord(0, {
  event_time: 1772442000,
  metadata: { event_code: 'x', product: { name: 'Prowler', version: '4.2.1' } },
})

const refused: readonly Refused[] = [
  {
    what: 'an empty file',
    report: '',
    code: 1,
    stderr:
      'report: the report is empty: see whether its scanner ran to its end. Nothing of it was taken',
  },
  {
    what: 'what is not JSON',
    report: 'check,status\n',
    options: ['--format', 'prowler'],
    code: 1,
    stderr:
      'report: the report is not JSON: at byte 0 it begins neither an array nor an object; let the scanner write JSON. Nothing of it was taken',
  },
  {
    what: 'a format that nobody knows',
    report: '{"runs":[]}',
    code: 2,
    stderr:
      'report: the format is not one that Tocsin reads (prowler, native). Name it with --format if you know better',
  },
  {
    what: 'a format that there is not',
    report: aProwlerReport,
    options: ['--format', 'sarif'],
    code: 2,
    stderr: 'report: there is no format sarif. Known: prowler, native',
  },
  {
    what: 'what may be of two formats',
    report: lines([{ type: 'finding', ...aBucketRecord(0), check: 'bucket-public' }]),
    code: 2,
    stderr: 'report: the report could be prowler or native. Say which with --format',
  },
  {
    what: 'an array that was cut',
    report: aProwlerReport.slice(0, -1),
    code: 1,
    stderr: `report: the report ends at byte ${aProwlerReport.length - 1}, before its array does. Nothing of it was taken: give it again when it is whole`,
  },
  {
    what: 'lines that were cut',
    report: lines([nativeScan, aNativeFinding(0)]).slice(0, 200),
    code: 1,
    stderr: `report: the report ends at byte 200, inside the record that begins at byte ${lines([nativeScan]).length}. Nothing of it was taken: give it again when it is whole`,
  },
  {
    what: 'gzip that was cut',
    report: gzipSync(aProwlerReport).subarray(0, -9),
    code: 1,
    stderr:
      'report: the gzip data end before they are whole. Nothing of it was taken: give it again when it is whole',
  },
  {
    what: 'gzip that expands without end',
    report: gzipSync(
      Buffer.concat([
        Buffer.from('['),
        Buffer.from(JSON.stringify(aBucketRecord(0))),
        Buffer.alloc(100_000_000, ' '),
      ]),
    ),
    code: 1,
    stderr: 'report: the report expands without end',
  },
  {
    what: 'bytes that are not UTF-8',
    report: Buffer.from(aProwlerReport.replace('larkspur', 'lärkspur'), 'latin1'),
    code: 1,
    stderr: `report: byte ${aProwlerReport.indexOf('larkspur') + 1} of the report is not UTF-8; write it as UTF-8, or as UTF-16 with a byte-order mark`,
  },
  {
    what: 'a Prowler that is too old',
    report: JSON.stringify([old]),
    code: 1,
    stderr: 'report: the report is by Prowler 4.2.1; 4.5 or newer is needed',
  },
  {
    what: 'Kubernetes without a cluster',
    report: JSON.stringify([nowhere]),
    code: 2,
    stderr: 'report: the report does not say its cluster. Give it with --cluster',
  },
  {
    what: 'native records without an account',
    report: lines([withoutAccount, aNativeFinding(0)]),
    code: 2,
    stderr: 'report: the report does not say its account. Give it with --account',
  },
  {
    what: 'native records without a scanner',
    report: lines([aNativeFinding(0)]),
    code: 2,
    stderr:
      'report: the report does not name its scanner: begin it with a scan record that does, or give it beside the report (--scanner)',
  },
]

describe('ingest refuses, in one line, with nothing left behind,', () => {
  it.each(refused)('$what', async ({ report, options = [], code, stderr }) => {
    await tocsin.write('report', report)

    const run = await tocsin.run(['ingest', 'report', ...options])

    expect(run).toMatchObject({ code, stdout: '' })
    expect(run.stderr).toMatch(/^.+\n$/)
    expect(run.stderr).toContain(`tocsin: ${stderr}`)
    expect(await tocsin.traces()).toEqual(noTraces)
  })

  it('reports of two scanners, though the first is good', async () => {
    await tocsin.write('one.json', aBucketReport(3))
    await tocsin.write('other.jsonl', lines([nativeScan, aNativeFinding(0)]))

    const run = await tocsin.run(['ingest', 'one.json', 'other.jsonl'])

    expect(run).toMatchObject({
      code: 2,
      stdout: '',
      stderr:
        'tocsin: other.jsonl is of larkspur, the scan is of prowler: one scan, one scanner. Ingest them apart\n',
    })
    expect(await tocsin.traces()).toEqual(noTraces)
  })

  it('a good report whose successor was cut', async () => {
    await tocsin.write('one.json', aBucketReport(3))
    await tocsin.write('two.json', aBucketReport(4).slice(0, -2))

    const run = await tocsin.run(['ingest', 'one.json', 'two.json'])

    expect(run.code).toBe(1)
    expect(run.stderr).toMatch(/^tocsin: two\.json: .+\n$/)
    expect(await tocsin.traces()).toEqual(noTraces)
  })
})

describe('ingest looks at all files before it so much as reaches for the database, and refuses', () => {
  const unreachable = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' }

  it.each([
    ['a file that is not there', 'missing.json: there is no such file. Check the path'],
    ['a folder', 'folder is a folder. Name the report in it'],
  ])('%s', async (_, problem) => {
    await mkdir(join(tocsin.folder, 'folder'), { recursive: true })
    await tocsin.write('good.json', aBucketReport(1))
    const [name = ''] = problem.split(/:| /)

    const run = await tocsin.run(['ingest', 'good.json', name], { env: unreachable })

    expect(run).toEqual({ code: 1, stdout: '', stderr: `tocsin: ${problem}\n` })
  })

  it('a file that may not be read', async () => {
    await tocsin.write('secret.json', aBucketReport(1))
    await chmod(join(tocsin.folder, 'secret.json'), 0)
    // Root may read everything.
    const asUser = process.getuid?.() === 0 ? { uid: NOBODY } : {}

    const run = await tocsin.run(['ingest', 'secret.json'], { env: unreachable, ...asUser })

    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr: 'tocsin: secret.json: you have no permission to read it. Check its owner and mode\n',
    })
  })
})
