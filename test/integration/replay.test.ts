import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { editAlertRule } from '../../src/app/edit-alert-rule.ts'
import { removeAlertRule } from '../../src/app/remove-alert-rule.ts'
import { createExport, replayExport } from '../../src/app/replay-export.ts'
import {
  applied,
  ingest,
  ingestAndRead,
  makeRule,
  makeTenant,
  ofStream,
  readExport,
  receive,
  recordsOf,
  testApp,
} from '../app-factories.ts'
import type { ReadExport, TestApp, TestTenant } from '../app-factories.ts'
import { anyText, textWith } from '../matchers.ts'
import { findingRecord, pathRecord, scanRecord } from '../native-factories.ts'

const HOUR = 3_600_000

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const RECORDS = [
  scanRecord({ attack_paths: 'full', attack_path_accounts: ['111111111111'] }),
  findingRecord('a'),
  findingRecord('b'),
  pathRecord('i-1', 'a'),
]

async function aTenantWithRule(): Promise<{ tenant: TestTenant; rule: string }> {
  const tenant = await makeTenant(app)
  return { tenant, rule: await makeRule(app, tenant) }
}

async function replay(tenant: TestTenant, { run }: ReadExport): Promise<ReadExport> {
  const { exportId } = await replayExport(app, { ...tenant, exportId: run.exportId })
  return readExport(app, tenant, exportId)
}

/** How many deliveries an export has. */
async function deliveriesOf({ tenantId }: TestTenant, { run }: ReadExport): Promise<number> {
  const rows = await app.testDatabase.owner(
    'select from deliveries join export_parts using (tenant_id, part_no) where tenant_id = $1 and run_no = $2',
    [tenantId, run.runNo],
  )
  return rows.length
}

const keysOf = ({ objects }: ReadExport) => objects.map(({ key }) => key)

describe('replayExport', () => {
  it('sends the same bytes under new keys that sort after the old ones', async () => {
    const { tenant } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)
    app.clock.advance(HOUR)

    const again = await replay(tenant, made)

    expect(again.lines).toEqual(made.lines)
    for (const stream of ['security_findings', 'attack_paths', 'manifests'] as const) {
      const [old, young] = [ofStream(made, stream), ofStream(again, stream)]
      expect(young).toHaveLength(old.length)
      expect((young[0]?.key ?? '') > (old.at(-1)?.key ?? '')).toBe(true)
      if (stream === 'manifests') continue
      expect(young.map(({ stored }) => stored)).toEqual(old.map(({ stored }) => stored))
    }
    expect(again.run).toMatchObject({ kind: 'replay', replayOf: made.run.exportId })
    expect(await deliveriesOf(tenant, again)).toBe(await deliveriesOf(tenant, made))
  })

  it('says in its manifest which export it is and which scan was exported before', async () => {
    const { tenant } = await aTenantWithRule()
    const first = await ingestAndRead(app, tenant, RECORDS)
    app.clock.advance(HOUR)
    const second = await ingestAndRead(app, tenant, [...RECORDS, findingRecord('c')])

    const replays = [await replay(tenant, first), await replay(tenant, first)]
    app.clock.advance(HOUR)
    const third = await ingestAndRead(app, tenant, [...RECORDS, findingRecord('d')])

    const all = [first, second, ...replays, third]
    expect(all.map(({ manifest }) => manifest.export_id)).toEqual(
      all.map(({ run }) => run.exportId),
    )
    const latest = second.run.exportId
    expect(all.map(({ manifest }) => manifest.previous_export_id)).toEqual([
      undefined,
      first.run.exportId,
      latest,
      latest,
      latest,
    ])
    expect(replays[0]?.manifest).toMatchObject({
      scan_id: first.run.scanId,
      counts: first.manifest.counts,
      files: first.manifest.files.map(({ key: _key, ...file }) => ({ ...file, key: anyText })),
    })
  })

  it('says what was true then, whatever has happened since', async () => {
    const { tenant } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)
    app.clock.advance(HOUR)
    await ingest(app, tenant, [...RECORDS.slice(0, 1), findingRecord('a', { evaluation: 'pass' })])

    expect((await replay(tenant, made)).lines).toEqual(made.lines)
  })

  it('is written down in the audit log', async () => {
    const { tenant } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)

    const { run } = await replay(tenant, made)

    const audit = await app.testDatabase.owner(
      "select by, subject, after from audit_log where tenant_id = $1 and action = 'export.replay'",
      [tenant.tenantId],
    )
    expect(audit).toEqual([
      { by: tenant.by, subject: made.run.exportId, after: { export_id: run.exportId } },
    ])
  })

  it('refuses an export that is not there', async () => {
    const { tenant } = await aTenantWithRule()

    await expect(replayExport(app, { ...tenant, exportId: 'exp_x' })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it.each([
    [
      'is disabled',
      'is disabled',
      (tenant: TestTenant, rule: string) =>
        editAlertRule(app, { ...tenant, rule, changes: { enabled: false } }),
    ],
    [
      'is removed',
      'or removed',
      (tenant: TestTenant, rule: string) => removeAlertRule(app, { ...tenant, rule }),
    ],
    [
      'has no destination',
      'no destination',
      (tenant: TestTenant, rule: string) =>
        editAlertRule(app, { ...tenant, rule, changes: { destinations: [] } }),
    ],
  ] as const)('refuses when the rule %s, and says so', async (_, words, change) => {
    const { tenant, rule } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)
    await change(tenant, rule)

    await expect(replay(tenant, made)).rejects.toMatchObject({
      code: 'conflict',
      message: textWith(words),
    })
  })
})

describe('keys', () => {
  it('ascend in the order of publishing although the clock goes back', async () => {
    const { tenant } = await aTenantWithRule()
    const made = [await ingestAndRead(app, tenant, RECORDS)]
    app.clock.advance(-HOUR)
    made.push(await replay(tenant, made[0] as ReadExport))
    made.push(await replay(tenant, made[0] as ReadExport))
    app.clock.advance(HOUR)

    for (const stream of ['security_findings', 'attack_paths', 'manifests'] as const) {
      const keys = made.flatMap((one) => ofStream(one, stream)).map(({ key }) => key)
      expect(keys).toEqual([...new Set(keys)].toSorted())
    }
    const instants = made.map(({ run }) => run.exportAt.getTime())
    expect(instants.map((at) => at - (instants[0] ?? 0))).toEqual([0, 1, 2])
  })
})

describe('createExport', () => {
  it('gives the present state of a completed scan to a rule that came later', async () => {
    const { tenant } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)
    const rule = await makeRule(app, tenant, ['siem'], { name: 'Later' })
    app.clock.advance(HOUR)

    const [created, ...others] = await createExport(app, {
      ...tenant,
      scanId: made.run.scanId,
      rule,
    })

    expect(others).toEqual([])
    const later = await readExport(app, tenant, created?.export_id)
    expect(later.lines).toEqual(made.lines)
    expect(keysOf(later).some((key) => keysOf(made).includes(key))).toBe(false)
    expect(later.run).toMatchObject({ kind: 'manual', rule: 'Later', previousExportId: null })
    expect(await deliveriesOf(tenant, later)).toBe(later.objects.length)
  })

  it('tells what has happened to the findings of that scan since', async () => {
    const { tenant } = await aTenantWithRule()
    const made = await ingestAndRead(app, tenant, RECORDS)
    const rule = await makeRule(app, tenant, ['siem'], { name: 'Later' })
    app.clock.advance(HOUR)
    const passes = findingRecord('a', { evaluation: 'pass' })
    await ingest(app, tenant, [scanRecord(), passes, findingRecord('b')])

    const [created] = await createExport(app, { ...tenant, scanId: made.run.scanId, rule })

    const records = recordsOf(await readExport(app, tenant, created?.export_id))
    const states = records.map(({ attack_scenario, resolved, event_action }) => [
      attack_scenario,
      { resolved, event_action },
    ])
    expect(Object.fromEntries(states)).toMatchObject({
      'a is public': { resolved: true, event_action: 'unchanged' },
      'b is public': { resolved: false, event_action: 'created' },
    })
    // What tells something else is another event; what tells the same is the same one.
    const known = new Set(recordsOf(made).map(({ event_id }) => event_id))
    const isKnown = records.map((record) => [record.attack_scenario, known.has(record.event_id)])
    expect(Object.fromEntries(isKnown)).toMatchObject({ 'a is public': false, 'b is public': true })
  })

  it('refuses a disabled rule, and a scan that is not completed or was late', async () => {
    const { tenant, rule } = await aTenantWithRule()
    const at = (ms: number) => new Date(app.clock.now().getTime() - ms).toISOString()
    const made = await ingestAndRead(app, tenant, RECORDS)
    const { scan: late } = applied(
      await ingest(app, tenant, [scanRecord({ completed_at: at(HOUR) }), findingRecord('a')]),
    )
    const receiving = await receive(app, tenant, RECORDS)
    const create = (scanId: string) => createExport(app, { ...tenant, scanId, rule })

    await expect(create(late.scanId)).rejects.toMatchObject({
      code: 'conflict',
      message: textWith('late'),
    })
    await expect(create(receiving)).rejects.toMatchObject({
      code: 'conflict',
      message: textWith('receiving'),
    })
    await expect(create('scn_x')).rejects.toMatchObject({ code: 'not_found' })
    await editAlertRule(app, { ...tenant, rule, changes: { enabled: false } })
    await expect(create(made.run.scanId)).rejects.toMatchObject({
      code: 'conflict',
      message: textWith('disabled'),
    })
  })

  it('refuses a rule that has the scan already, and says which export to replay', async () => {
    const { tenant, rule } = await aTenantWithRule()
    const { run } = await ingestAndRead(app, tenant, RECORDS)

    await expect(createExport(app, { ...tenant, scanId: run.scanId, rule })).rejects.toMatchObject({
      code: 'conflict',
      message: textWith(run.exportId),
    })
  })
})

describe('a disabled rule', () => {
  it('gets nothing of a scan', async () => {
    const { tenant, rule } = await aTenantWithRule()
    await editAlertRule(app, { ...tenant, rule, changes: { enabled: false } })

    expect(applied(await ingest(app, tenant, RECORDS)).exports).toEqual([])
  })
})
