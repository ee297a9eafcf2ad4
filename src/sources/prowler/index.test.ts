import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { ScanContext } from '../../domain/scan.ts'
import { UnreadableReport } from '../source.ts'
import type { ReadResult } from '../source.ts'
import { prowler } from './index.ts'

function file(path: string): URL {
  return new URL(path, import.meta.url)
}

async function read(report: Uint8Array | string, context: ScanContext = {}): Promise<ReadResult[]> {
  const bytes = typeof report === 'string' ? new TextEncoder().encode(report) : report
  const results: ReadResult[] = []
  for await (const result of prowler.read(oneChunk(bytes), context)) results.push(result)
  return results
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

describe('the reports in fixtures', () => {
  it.each(['aws', 'azure', 'gcp', 'kubernetes'])('%s is read as expected', async (provider) => {
    const input = readFileSync(file(`fixtures/${provider}.input.json`))

    const results = await read(input, { accountId: 'dev' })

    await expect(`${JSON.stringify(results, null, 2)}\n`).toMatchFileSnapshot(
      `fixtures/${provider}.expected.json`,
    )
    expect(prowler.recognizes(input)).toBe(true)
  })
})

describe('the header', () => {
  it('comes first and tells the version', async () => {
    const [header] = await read(readFileSync(file('fixtures/aws.input.json')))

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

  it('speaks for the account of the uploader only if the report is of it', async () => {
    const input = readFileSync(file('fixtures/aws.input.json'))

    const [same] = await read(input, { accountId: '111111111111', region: 'eu-west-1' })
    const [other] = await read(input, { accountId: '222222222222' })
    const [empty] = await read('[]', { accountId: '111111111111' })

    expect(same).toMatchObject({
      header: { provider: 'AWS', accountId: '111111111111', region: 'eu-west-1' },
    })
    expect(other).not.toHaveProperty('header.accountId')
    expect(empty).not.toHaveProperty('header.accountId')
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
