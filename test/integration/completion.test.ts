import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeScan } from '../../src/app/complete-scan.ts'
import { ingestReport } from '../../src/app/ingest-report.ts'
import {
  applied,
  countRows,
  ingest,
  makeRule,
  makeTenant,
  readExport,
  receive,
  statusOf,
  testApp,
  whileHeld,
} from '../app-factories.ts'
import type { TestApp, TestTenant } from '../app-factories.ts'
import { textWith } from '../matchers.ts'
import { bucketRecords, findingRecord, nativeReport, scanRecord } from '../native-factories.ts'

const HOUR = 3_600_000

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

/** How much there is of all that completing a scan writes. */
async function traces(tenant: TestTenant): Promise<Readonly<Record<string, number>>> {
  const tables =
    'findings units assets finding_events export_runs export_parts deliveries audit_log'
  const counts = tables
    .split(' ')
    .map(async (table) => [table, await countRows(app, tenant, table)] as const)
  return Object.fromEntries(await Promise.all(counts))
}

describe('completeScan', () => {
  it('gives the first answer when it is repeated, and does nothing again', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    const first = applied(await completeScan(app, { ...tenant, scanId }))
    const before = await traces(tenant)
    app.clock.advance(HOUR)

    const again = await completeScan(app, { ...tenant, scanId })

    const { scan, ...outcome } = first
    expect(again).toEqual({ kind: 'applied', repeated: true, scan, outcome })
    expect(await traces(tenant)).toEqual(before)
  })

  it('answers one caller for the other when two complete the same scan at once', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])

    const answers = await Promise.all([
      completeScan(app, { ...tenant, scanId }),
      completeScan(app, { ...tenant, scanId }),
    ])

    const repeated = answers.map((answer) => answer.kind === 'applied' && answer.repeated)
    expect(repeated.filter(Boolean)).toHaveLength(1)
    expect(answers.map(({ kind }) => kind)).toEqual(['applied', 'applied'])
    expect(await countRows(app, tenant, 'export_runs')).toBe(1)
  })

  it('completes two scans of one tenant one after the other', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanIds = [
      await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 20)]),
      await receive(app, tenant, [
        scanRecord(),
        ...bucketRecords(0, 20),
        findingRecord('one-more'),
      ]),
    ]

    const outcomes = (
      await Promise.all(scanIds.map((scanId) => completeScan(app, { ...tenant, scanId })))
    ).map(applied)

    // Side by side, both would have made all of them, or one would have failed.
    expect(outcomes.reduce((sum, { counts }) => sum + counts.created, 0)).toBe(21)
    expect(outcomes.reduce((sum, { counts }) => sum + counts.unchanged, 0)).toBe(20)
    const exports = await Promise.all(
      outcomes.map(({ exports: [made] }) => readExport(app, tenant, made?.export_id)),
    )
    const [earlier, later] = exports.toSorted((a, b) => a.run.runNo - b.run.runNo)
    expect(later?.manifest.previous_export_id).toBe(earlier?.run.exportId)
  })

  it('waits while another completion holds the tenant, and lets other tenants by', async () => {
    const [busy, free] = [await makeTenant(app), await makeTenant(app)]
    const waiting = await receive(app, busy, [scanRecord(), findingRecord('a')])
    const passing = await receive(app, free, [scanRecord(), findingRecord('a')])

    const completion = await whileHeld(
      app,
      busy,
      () => completeScan(app, { ...busy, scanId: waiting }),
      async () => void applied(await completeScan(app, { ...free, scanId: passing })),
    )

    expect(applied(completion).counts.created).toBe(1)
  })

  it('leaves nothing applied and nothing on disk when an export cannot be written', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    const before = await traces(tenant)
    const broken = { ...app, spoolDir: join(app.spoolDir, 'missing') }

    await expect(completeScan(broken, { ...tenant, scanId })).rejects.toMatchObject({
      code: 'disk_unavailable',
    })

    expect(await traces(tenant)).toEqual(before)
    expect(await statusOf(app, tenant, scanId)).toBe('receiving')
    expect(await readdir(app.spoolDir)).toEqual([])
    expect(applied(await completeScan(app, { ...tenant, scanId })).counts.created).toBe(3)
  })

  it('leaves nothing applied when the last of its statements fails', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    const before = await traces(tenant)
    await app.testDatabase.owner(
      "alter table audit_log add constraint none check (action <> 'scan.complete') not valid",
    )

    await expect(completeScan(app, { ...tenant, scanId })).rejects.toThrow('none')

    await app.testDatabase.owner('alter table audit_log drop constraint none')
    expect(await traces(tenant)).toEqual(before)
    expect(await readdir(app.spoolDir)).toEqual([])
    expect(applied(await completeScan(app, { ...tenant, scanId })).counts.created).toBe(3)
  })

  it('refuses a scan whose staged rows a crash of the server took', async () => {
    const tenant = await makeTenant(app)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    const before = await traces(tenant)
    await app.testDatabase.owner('truncate staged_records')

    await expect(completeScan(app, { ...tenant, scanId })).rejects.toMatchObject({
      code: 'staged_rows_lost',
      message: textWith('Nothing was applied'),
    })

    expect(await traces(tenant)).toEqual(before)
    expect(await statusOf(app, tenant, scanId)).toBe('receiving')
  })

  it('completes a scan that lost its rows once its reports were given again', async () => {
    const tenant = await makeTenant(app)
    const scanId = await receive(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    await app.testDatabase.owner('truncate staged_records')

    await ingestReport(app, {
      ...tenant,
      scanId,
      name: 'report.jsonl',
      bytes: nativeReport([scanRecord(), ...bucketRecords(0, 3)]),
      context: {},
      format: 'native',
    })

    expect(applied(await completeScan(app, { ...tenant, scanId })).counts.created).toBe(3)
  })

  it('leaves no staged rows behind', async () => {
    const tenant = await makeTenant(app)

    const { scan } = applied(await ingest(app, tenant, [scanRecord(), ...bucketRecords(0, 3)]))

    const left = await app.testDatabase.owner('select from staged_records where scan_no = $1', [
      scan.scanNo,
    ])
    expect(left).toEqual([])
  })
})
