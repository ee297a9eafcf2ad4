import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeScan } from '../../src/app/complete-scan.ts'
import { ingestReport } from '../../src/app/ingest-report.ts'
import { ingestScan } from '../../src/app/ingest-scan.ts'
import { openScan } from '../../src/app/open-scan.ts'
import { findExportRun } from '../../src/store/export-runs.ts'
import { listFindings } from '../../src/store/findings.ts'
import { listRejections } from '../../src/store/reports.ts'
import {
  applied,
  ingest,
  ingestAndRead,
  makeRule,
  makeTenant,
  readExport,
  receive,
  recordsOf,
  testApp,
} from '../app-factories.ts'
import type { TestApp, TestTenant } from '../app-factories.ts'
import { textWith } from '../matchers.ts'
import {
  bucketRecords,
  findingRecord,
  nativeReport,
  pathRecord,
  scanRecord,
} from '../native-factories.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const RECORDS = [scanRecord(), findingRecord('a'), findingRecord('b')]

async function textOf(records: Iterable<object>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of nativeReport(records)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

const take = (tenant: TestTenant, scanId: string, name: string, bytes: Uint8Array) =>
  ingestReport(app, { ...tenant, scanId, name, bytes: once(bytes), context: {}, format: 'native' })

async function open(tenant: TestTenant): Promise<string> {
  const scanId = app.randomId('scn')
  await openScan(app, { ...tenant, scanId, openedBy: 'open', again: false, labels: [] })
  return scanId
}

function scansOf({ tenantId }: TestTenant): Promise<{ status: string; owed_reports: string[] }[]> {
  return app.testDatabase.owner(
    'select status, owed_reports from scans where tenant_id = $1 order by scan_no',
    [tenantId],
  )
}

async function stagedRows(): Promise<number> {
  return (await app.testDatabase.owner('select from staged_records')).length
}

describe('two tenants that take the same report', () => {
  it('have the same fingerprints and other alert ids, and see nothing of each other', async () => {
    const [one, other] = [await makeTenant(app), await makeTenant(app)]
    for (const tenant of [one, other]) await makeRule(app, tenant)
    const mine = await ingestAndRead(app, one, RECORDS)
    const theirs = await ingestAndRead(app, other, RECORDS)

    const fingerprints = ({ tenantId }: TestTenant) =>
      app.testDatabase.owner(
        "select encode(fingerprint, 'hex') from findings where tenant_id = $1 order by 1",
        [tenantId],
      )
    expect(await fingerprints(one)).toHaveLength(2)
    expect(await fingerprints(other)).toEqual(await fingerprints(one))
    const ids = [mine, theirs].map((made) => recordsOf(made).map(({ alert_id }) => alert_id))
    expect(new Set(ids.flat()).size).toBe(4)
    const events = [mine, theirs].flatMap((made) => recordsOf(made).map(({ event_id }) => event_id))
    expect(new Set(events).size).toBe(4)

    const seen = await app.db.transaction(one.tenantId, async (tx) => ({
      findings: await listFindings(tx, 'security_finding', {}, { limit: 10 }, app.clock.now()),
      theirExport: await findExportRun(tx, theirs.run.exportId),
      tenants: (await tx.query('select distinct tenant_id from findings')).rows,
    }))
    expect(seen.findings.map(({ alertId }) => alertId).toSorted()).toEqual(ids[0]?.toSorted())
    expect(seen.theirExport).toBeUndefined()
    expect(seen.tenants).toEqual([{ tenant_id: one.tenantId }])
  })

  it('cannot complete scans of each other', async () => {
    const [one, other] = [await makeTenant(app), await makeTenant(app)]
    const scanId = await receive(app, one, RECORDS)

    await expect(completeScan(app, { ...other, scanId })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(take(other, scanId, 'x', await textOf(RECORDS))).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('ingestScan', () => {
  it('answers the first scan when the same reports come again, packed otherwise', async () => {
    const tenant = await makeTenant(app)
    const { scan } = applied(await ingest(app, tenant, RECORDS))
    const packed = gzipSync(await textOf(RECORDS))

    const again = await ingestScan(app, {
      ...tenant,
      reports: [{ name: 'other.jsonl.gz', bytes: () => once(packed) }],
      context: {},
      format: 'native',
      again: false,
      labels: [],
    })

    expect(again).toMatchObject({ kind: 'duplicate', of: { scanId: scan.scanId } })
    expect(await scansOf(tenant)).toHaveLength(1)
  })

  it('leaves nothing when one of its reports cannot be taken', async () => {
    const tenant = await makeTenant(app)
    const text = await textOf(RECORDS)
    const before = await stagedRows()

    await expect(
      ingestScan(app, {
        ...tenant,
        reports: [
          { name: 'whole.jsonl', bytes: () => once(text) },
          { name: 'cut.jsonl', bytes: () => once(text.subarray(0, -20)) },
        ],
        context: {},
        format: 'native',
        again: false,
        labels: [],
      }),
    ).rejects.toMatchObject({ code: 'unreadable_report', message: textWith('cut.jsonl') })

    expect(await scansOf(tenant)).toEqual([])
    expect(await stagedRows()).toBe(before)
  })

  it('leaves nothing when the reading of a report breaks', async () => {
    const tenant = await makeTenant(app)
    const text = await textOf(RECORDS)
    const before = await stagedRows()
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield text.subarray(0, 500)
      throw new Error('the disk is gone')
    }

    await expect(
      ingestScan(app, {
        ...tenant,
        reports: [{ name: 'a', bytes: breaking }],
        context: {},
        format: 'native',
        again: false,
        labels: [],
      }),
    ).rejects.toThrow('the disk is gone')

    expect(await scansOf(tenant)).toEqual([])
    expect(await stagedRows()).toBe(before)
  })

  it('fails, and does not wait for ever, when its connection breaks half-way', async () => {
    const tenant = await makeTenant(app)
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield* nativeReport([scanRecord(), ...bucketRecords(0, 2000)])
      await app.testDatabase.owner(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ~ '^copy'",
      )
      yield* nativeReport(bucketRecords(2000, 4000))
    }

    await expect(
      ingestScan(app, {
        ...tenant,
        reports: [{ name: 'a', bytes: breaking }],
        context: {},
        format: 'native',
        again: false,
        labels: [],
      }),
    ).rejects.toThrow(/terminat|EPIPE|ECONNRESET/i)

    expect(await scansOf(tenant)).toEqual([])
  })

  it('keeps rejected records with their pointers, whatever these hold', async () => {
    const tenant = await makeTenant(app)
    const workload = {
      asset_id: 'x',
      name: 'x',
      type: 'pod',
      provider: 'AWS',
      account_id: '111111111111',
      exposure: { is_public: true, 'nul \u0000 lone \ud800': 1 },
    }

    const { counts, scan } = applied(
      await ingest(app, tenant, [...RECORDS, pathRecord('i-1', 'a', { workload })]),
    )

    expect(counts).toMatchObject({ created: 2, rejected: 1 })
    const rejections = await app.db.transaction(tenant.tenantId, (tx) =>
      listRejections(tx, scan.scanNo, 10),
    )
    expect(rejections).toMatchObject([{ report: 'report.jsonl', pointer: textWith('/3/') }])
  })
})

describe('ingestReport', () => {
  it('counts the same report of one scan once', async () => {
    const tenant = await makeTenant(app)
    const scanId = await open(tenant)
    const text = await textOf(RECORDS)

    const results = [
      await take(tenant, scanId, 'one', text),
      await take(tenant, scanId, 'two', text),
    ]

    expect(results.map(({ kind }) => kind)).toEqual(['ingested', 'already_ingested'])
    const { counts } = applied(await completeScan(app, { ...tenant, scanId }))
    expect(counts).toMatchObject({ created: 2, collisions: 0 })
  })

  it('takes reports of one scan side by side', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanId = await open(tenant)
    const texts = await Promise.all(
      ['a', 'b', 'c'].map((name) => textOf([scanRecord(), findingRecord(name)])),
    )

    await Promise.all(texts.map((text, at) => take(tenant, scanId, `report ${at}`, text)))

    const { counts, exports } = applied(await completeScan(app, { ...tenant, scanId }))
    expect(counts.created).toBe(3)
    expect((await readExport(app, tenant, exports[0]?.export_id)).lines).toHaveLength(3)
  })

  it('owes a truncated report until a whole one of its name takes its place', async () => {
    const tenant = await makeTenant(app)
    const scanId = await open(tenant)
    const text = await textOf(RECORDS)
    const complete = () => completeScan(app, { ...tenant, scanId })

    await expect(take(tenant, scanId, 'a', text.subarray(0, -20))).rejects.toMatchObject({
      code: 'unreadable_report',
    })
    await take(tenant, scanId, 'b', await textOf([scanRecord(), findingRecord('z')]))
    expect((await complete()).kind).toBe('incomplete')
    expect(await scansOf(tenant)).toEqual([{ status: 'receiving', owed_reports: ['a'] }])

    await take(tenant, scanId, 'a', text)
    expect(applied(await complete()).counts.created).toBe(3)
  })

  it('refuses a report of another scanner, and one for a scan that has ended', async () => {
    const tenant = await makeTenant(app)
    const scanId = await open(tenant)
    const text = await textOf(RECORDS)
    await take(tenant, scanId, 'a', text)

    await expect(
      take(
        tenant,
        scanId,
        'b',
        await textOf([scanRecord({ scanner: 'other' }), findingRecord('a')]),
      ),
    ).rejects.toMatchObject({ code: 'scanner_mismatch' })
    expect(applied(await completeScan(app, { ...tenant, scanId })).counts.created).toBe(2)
    await expect(take(tenant, scanId, 'c', text)).rejects.toMatchObject({ code: 'conflict' })
  })
})
