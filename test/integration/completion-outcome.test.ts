import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { completeScan, confirmScan, discardScan, failScan } from '../../src/app/complete-scan.ts'
import { openScan } from '../../src/app/open-scan.ts'
import { listReports } from '../../src/store/reports.ts'
import {
  applied,
  countRows,
  ingest,
  ingestAndRead,
  makeRule,
  makeTenant,
  readExport,
  receive,
  recordsOf,
  statusOf,
  testApp,
} from '../app-factories.ts'
import type { TestApp } from '../app-factories.ts'
import { anyText, textWith } from '../matchers.ts'
import { bucketRecords, findingRecord, scanRecord } from '../native-factories.ts'

const HOUR = 3_600_000

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

describe('the report of a completed scan', () => {
  it('quarantines a finding that no valid record can be made of, and counts it', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const tooLong = findingRecord('long', { account_id: '7'.repeat(51) })

    const made = await ingestAndRead(app, tenant, [scanRecord(), tooLong, findingRecord('fine')])

    expect(recordsOf(made).map(({ attack_scenario }) => attack_scenario)).toEqual([
      'fine is public',
    ])
    expect(made.manifest.counts).toMatchObject({ records: 1, quarantined: 1 })
    const [report] = await app.db.transaction(tenant.tenantId, (tx) =>
      listReports(tx, made.run.scanNo),
    )
    expect(report?.statistics.quarantined).toBe(1)
    const quarantined = await app.testDatabase.owner(
      'select title, quarantined from findings where tenant_id = $1 and quarantined is not null',
      [tenant.tenantId],
    )
    expect(quarantined).toEqual([{ title: 'long is public', quarantined: textWith('account_id') }])
  })

  it('counts native types and checks that no table knows, whatever they are called', async () => {
    const tenant = await makeTenant(app)
    const odd = (type: string) => ({ asset: { id: 'thing', native_type: type } })

    const { scan } = applied(
      await ingest(app, tenant, [
        scanRecord({ scanner_version: 'v\u00001\ud800' }),
        findingRecord('a', { check: 'what-is-this', ...odd('Acme::Widget') }),
        findingRecord('b', { check: 'what-is-this', discriminator: 'b', ...odd('Acme::Widget') }),
        findingRecord('c', { check: '__proto__', ...odd('nul \u0000 lone \ud800') }),
      ]),
    )

    const [report] = await app.db.transaction(tenant.tenantId, (tx) => listReports(tx, scan.scanNo))
    expect(report?.scannerVersion).toBe('v\ufffd1\ufffd')
    const { unknown_resource_types, unknown_risk_categories } = report?.statistics ?? {}
    expect(new Map(Object.entries(unknown_resource_types ?? {}))).toEqual(
      new Map([
        ['Acme::Widget', 2],
        ['nul \ufffd lone \ufffd', 1],
      ]),
    )
    expect(new Map(Object.entries(unknown_risk_categories ?? {}))).toEqual(
      new Map([
        ['__proto__', 1],
        ['what-is-this', 2],
      ]),
    )
  })

  it('exports nothing of a late scan, and lowers first seen', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const at = (hours: number) => new Date(app.clock.now().getTime() - hours * HOUR).toISOString()
    await ingest(app, tenant, [scanRecord({ completed_at: at(1) }), findingRecord('a')])

    const late = applied(
      await ingest(app, tenant, [
        scanRecord({ completed_at: at(2) }),
        ...bucketRecords(0, 1),
        findingRecord('a'),
      ]),
    )

    expect(late.scan).toMatchObject({ status: 'completed', late: true })
    expect(late.exports).toEqual([])
    expect(late.counts).toMatchObject({ created: 0, resolved: 0 })
    const rows = await app.testDatabase.owner(
      'select first_seen_at, seen_at from findings where tenant_id = $1',
      [tenant.tenantId],
    )
    expect(rows).toEqual([{ first_seen_at: new Date(at(2)), seen_at: new Date(at(1)) }])
  })

  it('counts what it neither saw nor covered', async () => {
    const tenant = await makeTenant(app)
    await ingest(app, tenant, [
      scanRecord(),
      findingRecord('a', { check: 'gone' }),
      findingRecord('b', { check: 'gone', account_id: '222222222222' }),
      findingRecord('c'),
    ])
    app.clock.advance(HOUR)

    const { uncovered, counts } = applied(
      await ingest(app, tenant, [scanRecord(), findingRecord('c')], {}),
    )

    expect(counts).toMatchObject({ resolved: 0, unchanged: 1 })
    expect(uncovered).toEqual({ count: 1, examples: [anyText] })
  })
})

describe('failScan', () => {
  it('applies what was seen, resolves nothing by absence, exports nothing', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    await ingest(app, tenant, [scanRecord(), findingRecord('a'), findingRecord('b')])
    app.clock.advance(HOUR)
    const scanId = await receive(app, tenant, [
      scanRecord(),
      findingRecord('a', { evaluation: 'pass' }),
      findingRecord('c'),
    ])

    const { counts, exports, scan } = applied(await failScan(app, { ...tenant, scanId }))

    expect(scan).toMatchObject({ status: 'failed', partial: true })
    expect(counts).toMatchObject({ created: 1, resolved: 1, unchanged: 0 })
    expect(exports).toEqual([])
    expect(await countRows(app, tenant, 'export_runs')).toBe(1)
  })

  it('ends a scan that lost its rows, and applies nothing', async () => {
    const tenant = await makeTenant(app)
    const scanId = await receive(app, tenant, [scanRecord(), findingRecord('a')])
    await app.testDatabase.owner('truncate staged_records')

    const answer = await failScan(app, { ...tenant, scanId })

    expect(answer).toMatchObject({ kind: 'not_applied', scan: { status: 'failed' } })
    expect(await countRows(app, tenant, 'findings')).toBe(0)
  })

  it('ends a scan to which nothing was given', async () => {
    const tenant = await makeTenant(app)
    const scanId = app.randomId('scn')
    await openScan(app, { ...tenant, scanId, openedBy: 'open', again: false, labels: [] })

    const { scan, exports } = applied(await failScan(app, { ...tenant, scanId }))

    expect(scan.status).toBe('failed')
    expect(exports).toEqual([])
  })
})

describe('the drop guard', () => {
  /** Ten open findings; then a scan that holds one of them and nothing of the others. */
  async function drop(settings: Parameters<typeof makeTenant>[1]) {
    const tenant = await makeTenant(app, settings)
    await makeRule(app, tenant)
    await ingest(app, tenant, [scanRecord(), ...bucketRecords(0, 10)])
    app.clock.advance(HOUR)
    const completion = await ingest(app, tenant, [scanRecord(), ...bucketRecords(0, 1)])
    return { tenant, completion }
  }

  it.each([
    ['is below the number', { dropGuardFindings: 9, dropGuardPercent: 50 }, 'applied'],
    ['is above both', { dropGuardFindings: 8, dropGuardPercent: 50 }, 'held'],
    ['is below the share', { dropGuardFindings: 8, dropGuardPercent: 90 }, 'applied'],
    ['meets a guard that is off', { dropGuardFindings: 0, dropGuardPercent: 50 }, 'applied'],
  ])('follows the thresholds of the tenant when the loss %s', async (_, settings, kind) => {
    const { completion } = await drop(settings)

    expect(completion.kind).toBe(kind)
  })

  it('applies nothing of a held scan until it is confirmed', async () => {
    const { tenant, completion } = await drop({ dropGuardFindings: 8 })
    if (completion.kind !== 'held') throw new TypeError(completion.kind)
    expect(completion.losses).toEqual([{ detectionType: 'security_finding', absent: 9, open: 10 }])
    expect(await countRows(app, tenant, 'export_runs')).toBe(1)
    const { scanId } = completion.scan
    app.clock.advance(HOUR)

    const { counts, exports } = applied(await confirmScan(app, { ...tenant, scanId }))

    expect(counts).toMatchObject({ resolved: 9, unchanged: 1 })
    const made = await readExport(app, tenant, exports[0]?.export_id)
    expect(made.manifest.counts).toMatchObject({ records: 10, resolved: 9 })
    expect((await confirmScan(app, { ...tenant, scanId })).kind).toBe('applied')
    expect(await countRows(app, tenant, 'export_runs')).toBe(2)
  })

  it('ends a held scan that is discarded, and keeps what was open', async () => {
    const { tenant, completion } = await drop({ dropGuardFindings: 8 })
    if (completion.kind !== 'held') throw new TypeError(completion.kind)
    const { scanId, scanNo } = completion.scan

    const answer = await discardScan(app, { ...tenant, scanId })

    expect(answer).toMatchObject({ kind: 'not_applied', scan: { status: 'failed' } })
    expect(
      await app.testDatabase.owner('select from staged_records where scan_no = $1', [scanNo]),
    ).toEqual([])
    expect((await confirmScan(app, { ...tenant, scanId })).kind).toBe('not_applied')
    expect((await completeScan(app, { ...tenant, scanId })).kind).toBe('not_applied')
  })

  it('ends a held scan that a later one of the same units supersedes', async () => {
    const { tenant, completion } = await drop({ dropGuardFindings: 8 })
    if (completion.kind !== 'held') throw new TypeError(completion.kind)
    app.clock.advance(HOUR)

    const later = applied(await ingest(app, tenant, [scanRecord(), ...bucketRecords(0, 11)]))

    expect(later.superseded).toEqual([completion.scan.scanId])
    expect(await statusOf(app, tenant, completion.scan.scanId)).toBe('superseded')
    const { scanId } = completion.scan
    expect(await confirmScan(app, { ...tenant, scanId })).toMatchObject({
      kind: 'not_applied',
      scan: { status: 'superseded' },
    })
  })
})

describe('a scan in which nothing has changed', () => {
  it('moves the time of detection without writing a finding', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const versions = () =>
      app.testDatabase.owner(
        'select alert_id, ctid::text, xmin::text from findings where tenant_id = $1',
        [tenant.tenantId],
      )
    const first = await ingestAndRead(app, tenant, [scanRecord(), ...bucketRecords(0, 20)])
    const before = await versions()
    app.clock.advance(HOUR)

    const second = await ingestAndRead(app, tenant, [
      scanRecord({ snapshot: 'full' }),
      ...bucketRecords(0, 20),
    ])

    expect(await versions()).toEqual(before)
    const [was] = recordsOf(first)
    for (const record of recordsOf(second)) {
      expect(record).toMatchObject({
        event_action: 'unchanged',
        detection_timestamp: app.clock.now().toISOString(),
        first_seen_timestamp: was?.first_seen_timestamp,
      })
    }
    expect(await countRows(app, tenant, 'finding_events')).toBe(20)
  })

  it('writes only the finding that did change', async () => {
    const tenant = await makeTenant(app)
    const versions = async () => {
      const rows = await app.testDatabase.owner<{ title: string; xmin: string }>(
        'select title, xmin::text from findings where tenant_id = $1 order by title',
        [tenant.tenantId],
      )
      return rows.map(({ xmin }) => xmin)
    }
    await ingest(app, tenant, [scanRecord(), ...bucketRecords(0, 3)])
    const before = await versions()
    app.clock.advance(HOUR)

    const { counts } = applied(
      await ingest(app, tenant, [
        scanRecord(),
        ...bucketRecords(0, 2),
        findingRecord('bucket-2', { severity: 'Critical' }),
      ]),
    )

    expect(counts).toMatchObject({ updated: 1, unchanged: 2 })
    const after = await versions()
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2))
    expect(after[2]).not.toBe(before[2])
  })
})
