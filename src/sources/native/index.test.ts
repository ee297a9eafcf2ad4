import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testSource } from '../../../test/contract/source-contract.ts'
import { collect, inChunks } from '../../../test/fakes/report-stream.ts'
import { textLike } from '../../../test/matchers.ts'
import type { JsonObject } from '../../domain/observation.ts'
import type { ReportHeader, ScanContext } from '../../domain/scan.ts'
import { severities } from '../../domain/severity.ts'
import type { ReadResult } from '../source.ts'
import { native } from './index.ts'

const context: ScanContext = { scanner: 'probe', provider: 'AWS' }

function aFinding(number: number): JsonObject {
  return {
    type: 'finding',
    check: 'bucket-public',
    evaluation: 'fail',
    severity: 'High',
    title: 'A bucket is public',
    account_id: '111111111111',
    region: 'eu-west-1',
    asset: { id: `bucket-${number}` },
  }
}

testSource({
  source: native,
  fixtures: join(import.meta.dirname, 'fixtures'),
  context,
  framing: { before: '', between: '\n', behind: '\n' },
  anEmptyReport: '[]',
  aRecord: aFinding,
  aSparseRecord: {
    type: 'finding',
    check: 'c',
    evaluation: 'pass',
    asset: { id: 'x' },
    account_id: '111111111111',
  },
  aBadRecord: { record: { ...aFinding(7), asset: { id: 7 } }, at: '/asset/id' },
  seenLater: {
    evaluation: 'pass',
    severity: 'Low',
    title: 'Another title',
    description: 'Another text',
    observed_at: '2025-04-01T00:00:00Z',
    source_id: 'another run',
  },
  severities: severities.map((severity) => [severity, { severity }] as const),
})

function read(records: readonly unknown[], beside: ScanContext = context): Promise<ReadResult[]> {
  const report = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  return collect(native.read(inChunks(report, 1000), beside))
}

async function headerOf(records: readonly unknown[], beside: ScanContext): Promise<ReportHeader> {
  const [first] = await read(records, beside)
  if (first?.kind !== 'header') throw new Error('no header came first')
  return first.header
}

describe('the header of a native report', () => {
  const scan = {
    type: 'scan',
    scanner: 'house-checks',
    scanner_version: '2',
    provider: 'GCP',
    account_id: 'project-1',
    region: 'europe-west3',
    completed_at: '2025-03-01T12:30:00+02:00',
    snapshot: 'full',
  }

  it('is what the scan record says, and the uploader beside it only of what absence means', async () => {
    const header = await headerOf([scan], {
      scanner: 'probe',
      provider: 'AWS',
      accountId: '111111111111',
      region: 'eu-west-1',
      completedAt: new Date('2025-01-01T00:00:00Z'),
      snapshot: 'incremental',
    })

    expect(header).toEqual({
      scanner: 'house-checks',
      scannerVersion: '2',
      provider: 'GCP',
      accountId: 'project-1',
      region: 'europe-west3',
      completedAt: new Date('2025-03-01T10:30:00Z'),
      snapshot: 'incremental',
      attackPathAccounts: [],
      partial: false,
    })
  })

  it('is what the uploader says where there is no scan record', async () => {
    const completedAt = new Date('2025-01-01T00:00:00Z')

    const header = await headerOf([aFinding(0)], { ...context, region: 'eu-west-1', completedAt })

    expect(header).toEqual({
      scanner: 'probe',
      scannerVersion: '',
      provider: 'AWS',
      region: 'eu-west-1',
      completedAt,
      snapshot: 'observed',
      attackPathAccounts: [],
      partial: false,
    })
  })

  it.each([
    ['are all there', 'full', ['111111111111']],
    ['are some', 'some', []],
  ])('vouches for attack paths that %s', async (_, attackPaths, expected) => {
    const record = { ...scan, attack_paths: attackPaths, attack_path_accounts: ['111111111111'] }

    expect((await headerOf([record], {})).attackPathAccounts).toEqual(expected)
  })

  it('has the account of the uploader where nothing but a scan record without one is there', async () => {
    const silent = { type: 'scan', scanner: 'house-checks' }
    const beside: ScanContext = { accountId: '111111111111' }

    expect(await headerOf([silent], beside)).toMatchObject({ accountId: '111111111111' })
    expect(await headerOf([scan], beside)).toMatchObject({ accountId: 'project-1' })
    expect(await headerOf([silent, aFinding(0)], beside)).not.toHaveProperty('accountId')
    expect(await headerOf([scan, aFinding(0)], beside)).toMatchObject({ accountId: 'project-1' })
  })

  it('comes of a report without a record too', async () => {
    const results = await collect(native.read(inChunks('[]', 1), context))

    expect(results.map(({ kind }) => kind)).toEqual(['header'])
  })
})

describe('a native report is refused', () => {
  it('when nobody names the scanner', async () => {
    const reading = read([aFinding(0)], { provider: 'AWS' })

    await expect(reading).rejects.toMatchObject({ reason: 'missing_context' })
  })

  it('when its scan record is wrong, with the place and without the value', async () => {
    const reading = read([{ type: 'scan', scanner: 'probe', completed_at: '2025-03-01 at ten' }])

    await expect(reading).rejects.toMatchObject({
      reason: 'malformed',
      message: textLike(/^the scan record is wrong: \/0\/completed_at must be an/),
    })
  })
})

describe('a scan record out of place', () => {
  it('is rejected, loses no coverage, and speaks for none, nor does the first one any more', async () => {
    const inherits = { ...aFinding(1), account_id: undefined }
    const first = { type: 'scan', scanner: 'probe', account_id: '111111111111' }
    const second = { type: 'scan', scanner: 'probe', account_id: '222222222222' }

    const results = await read([first, inherits, second, inherits, aFinding(2)])

    expect(results).toMatchObject([
      { kind: 'header' },
      { kind: 'finding', finding: { accountId: '111111111111' } },
      { kind: 'rejected', pointer: '/2', names: { kind: 'nothing' } },
      { kind: 'rejected', pointer: '/3/account_id', missing: 'account' },
      { kind: 'finding', finding: { asset: { id: 'bucket-2' } } },
    ])
  })
})

describe('recognizes', () => {
  it.each([
    [true, '{"type":"scan","scanner":"x"}\n{"type":"fin'],
    [true, '[{"type":"finding","check":"c"},{"ty'],
    [true, '{"type":"asset","id":"x"}'],
    [true, '{"broken":\n{"type":"attack_path","scenario":"s"}\n'],
    [false, '{"type":"finding"}'],
    [false, '{"type":"scan"}'],
    [false, '{"type":"constructor"}'],
    [false, '{"type":"finding","check":"c"'],
    [false, '[]'],
    [false, ''],
    [false, 'type,check\n'],
  ])('says %s of %s', (expected, head) => {
    expect(native.recognizes(Buffer.from(head))).toBe(expected)
  })
})
