import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testSource } from '../../../test/contract/source-contract.ts'
import { collect, inChunks } from '../../../test/fakes/report-stream.ts'
import { aProwlerBucket, aProwlerRecord } from '../../../test/prowler-factories.ts'
import type { JsonObject } from '../../domain/observation.ts'
import type { ScanContext } from '../../domain/scan.ts'
import { UnreadableReport } from '../source.ts'
import type { ReadResult } from '../source.ts'
import { prowler } from './index.ts'

const fixtures = join(import.meta.dirname, 'fixtures')

function aRecord(number: number): JsonObject {
  return aProwlerRecord({ resources: [aProwlerBucket({ uid: `arn:aws:s3:::bucket-${number}` })] })
}

testSource({
  source: prowler,
  fixtures,
  context: { accountId: 'dev' },
  framing: { before: '[', between: ',', behind: ']' },
  anEmptyReport: '[]',
  aRecord,
  aSparseRecord: {
    class_uid: 2004,
    metadata: { event_code: 'c1' },
    severity: 'Low',
    status_code: 'PASS',
    resources: [{ name: 'x' }],
    cloud: { provider: 'aws' },
  },
  aBadRecord: { record: { ...aRecord(7), resources: [{ uid: 7 }] }, at: '/resources/0/uid' },
  seenLater: {
    severity_id: 2,
    severity: 'Low',
    status: 'Suppressed',
    status_id: 3,
    status_code: 'PASS',
    status_detail: 'S3 Bucket is not public.',
    time: 1773046800,
    time_dt: '2026-03-09T09:00:00.5',
    finding_info: { uid: 'another run', title: 'Another title', desc: 'Another text' },
    metadata: {
      event_code: 's3_bucket_public_access',
      product: { name: 'Prowler', version: '5.99.0' },
    },
  },
  severities: [
    ['Information', { severity_id: 0, severity: 'Unknown' }],
    ['Information', { severity_id: 1, severity: 'Informational' }],
    ['Low', { severity_id: 2, severity: 'Low' }],
    ['Medium', { severity_id: 3, severity: 'Medium' }],
    ['High', { severity_id: 4, severity: 'High' }],
    ['Critical', { severity_id: 5, severity: 'Critical' }],
    ['Critical', { severity_id: 6, severity: 'Fatal' }],
    ['Information', { severity_id: 99, severity: 'Other' }],
  ],
})

function read(report: Uint8Array | string, context: ScanContext = {}): Promise<ReadResult[]> {
  return collect(prowler.read(inChunks(report, 1000), context))
}

describe('the header', () => {
  it('comes first and tells the version', async () => {
    const [header] = await read(readFileSync(join(fixtures, 'aws.input.json')))

    expect(header).toEqual({
      kind: 'header',
      header: {
        scanner: 'prowler',
        scannerVersion: '5.46.0',
        snapshot: 'observed',
        attackPathAccounts: [],
        partial: false,
      },
    })
  })

  it('takes the uploader at his word for what absence means', async () => {
    const [header] = await read('[]', { snapshot: 'full' })

    expect(header).toMatchObject({ header: { scannerVersion: '', snapshot: 'full' } })
  })

  it('takes the region of the uploader, and the account of none whose report has records', async () => {
    const input = readFileSync(join(fixtures, 'aws.input.json'))

    const [header] = await read(input, { accountId: '111111111111', region: 'eu-west-1' })

    expect(header).toMatchObject({ header: { region: 'eu-west-1' } })
    expect(header).not.toHaveProperty('header.accountId')
    expect(header).not.toHaveProperty('header.provider')
  })

  it('comes before a first record that is broken', async () => {
    const results = await read('[{"metadata":5}]')

    expect(results.map(({ kind }) => kind)).toEqual(['header', 'rejected'])
  })
})

describe('an old release', () => {
  const product = { name: 'Prowler', vendor_name: 'Prowler', version: '4.2.1' }
  const of42 = { class_uid: 2004, event_time: '2024-06-03T14:15:19', metadata: { product } }
  const of3 = {
    class_uid: 2001,
    time: '2023-11-02T10:00:00',
    metadata: { product: { ...product, version: '3.11.3', feature: { uid: 'c1' } } },
  }

  it.each([
    ['4.2.1', of42],
    ['3.11.3', of3],
  ])('%s is recognised, and refused with what to do', async (version, record) => {
    const report = JSON.stringify([record])
    const refused = read(report)

    expect(prowler.recognizes(new TextEncoder().encode(report))).toBe(true)
    await expect(refused).rejects.toThrow(UnreadableReport)
    await expect(refused).rejects.toMatchObject({
      reason: 'malformed',
      message: `the report is by Prowler ${version}; 4.5 or newer is needed: update Prowler and scan again`,
    })
  })
})
