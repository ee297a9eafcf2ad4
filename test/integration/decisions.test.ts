import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decideFindings } from '../../src/app/decide-findings.ts'
import type { DecideRequest, Selection } from '../../src/app/decide-findings.ts'
import type { DecisionRequest } from '../../src/domain/decision.ts'
import { findFinding, listFindingEvents, listFindings } from '../../src/store/findings.ts'
import type { FindingEvent, FindingView } from '../../src/store/findings.ts'
import {
  ingest,
  ingestAndRead,
  makeRule,
  makeTenant,
  recordsOf,
  testApp,
  whileHeld,
} from '../app-factories.ts'
import type { TestApp, TestTenant } from '../app-factories.ts'
import { textWith } from '../matchers.ts'
import { findingRecord, pathRecord, scanRecord } from '../native-factories.ts'

const HOUR = 3_600_000

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const RECORDS = [
  scanRecord({ attack_paths: 'full', attack_path_accounts: ['111111111111'] }),
  findingRecord('a', { severity: 'Critical' }),
  findingRecord('b', { severity: 'Low' }),
  findingRecord('c', { severity: 'Low' }),
  pathRecord('i-1', 'a'),
]

/** Three findings and an attack path, open; and their ids in that order. */
async function anOpenTenant(): Promise<{
  tenant: TestTenant
  ids: [string, string, string]
  path: string
}> {
  const tenant = await makeTenant(app)
  await makeRule(app, tenant)
  await ingest(app, tenant, RECORDS)
  const list = (type: 'security_finding' | 'attack_path') =>
    app.db.transaction(tenant.tenantId, (tx) =>
      listFindings(tx, type, {}, { limit: 10 }, app.clock.now()),
    )
  const byTitle = (await list('security_finding')).toSorted((x, y) => (x.title < y.title ? -1 : 1))
  const [a = '', b = '', c = ''] = byTitle.map(({ alertId }) => alertId)
  return { tenant, ids: [a, b, c], path: (await list('attack_path'))[0]?.alertId ?? '' }
}

const decide = (
  tenant: TestTenant,
  selection: Selection | readonly string[],
  decision: DecisionRequest,
  overrides: Partial<DecideRequest> = {},
) =>
  decideFindings(app, {
    ...tenant,
    detectionType: 'security_finding',
    selection: 'kind' in selection ? selection : { kind: 'ids', alertIds: selection },
    decision,
    dryRun: false,
    ...overrides,
  })

async function viewOf({ tenantId }: TestTenant, alertId: string): Promise<FindingView> {
  const view = await app.db.transaction(tenantId, (tx) => findFinding(tx, alertId, app.clock.now()))
  if (view === undefined) throw new TypeError(`there is no ${alertId}`)
  return view
}

/** What people did to it. */
async function decisionsOf(tenant: TestTenant, alertId: string): Promise<readonly FindingEvent[]> {
  const { findingNo } = await viewOf(tenant, alertId)
  const events = await app.db.transaction(tenant.tenantId, (tx) => listFindingEvents(tx, findingNo))
  return events.filter(({ by }) => by !== null)
}

function auditOf({ tenantId }: TestTenant): Promise<object[]> {
  return app.testDatabase.owner(
    "select by, action, subject, after from audit_log where tenant_id = $1 and action ~ '^(security_finding|attack_path)' order by entry_no",
    [tenantId],
  )
}

const dismissal = { kind: 'dismiss', reason: 'accepted_risk', comment: 'until the move' } as const

describe('decideFindings', () => {
  it('dismisses by ids, with its history and its audit entry', async () => {
    const { tenant, ids } = await anOpenTenant()
    const [a, b, c] = ids

    const decided = await decide(tenant, [a, b], dismissal)

    expect(decided.changed.toSorted()).toEqual([a, b].toSorted())
    expect(await viewOf(tenant, a)).toMatchObject({
      status: 'dismissed',
      state: 'open',
      decision: { kind: 'dismissed', reason: 'accepted_risk', by: tenant.by, at: app.clock.now() },
    })
    expect(await viewOf(tenant, c)).toMatchObject({ status: 'open', decision: null })
    expect(await decisionsOf(tenant, a)).toEqual([
      {
        at: app.clock.now(),
        kind: 'dismissed',
        scanId: null,
        by: tenant.by,
        details: { reason: 'accepted_risk', comment: 'until the move' },
      },
    ])
    expect(await auditOf(tenant)).toEqual([
      {
        by: tenant.by,
        action: 'security_finding.dismiss',
        subject: '2 security_findings',
        after: { reason: 'accepted_risk', comment: 'until the move', alert_ids: decided.changed },
      },
    ])
  })

  it('takes all that match a filter, by their status as it is now', async () => {
    const { tenant, ids } = await anOpenTenant()
    const [a, b, c] = ids
    await decide(tenant, [b], { kind: 'snooze', until: new Date(app.clock.now().getTime() + HOUR) })
    const low = { kind: 'filter', filter: { severity: 'Low', status: 'open' } } as const

    expect((await decide(tenant, low, dismissal)).changed).toEqual([c])
    app.clock.advance(HOUR)
    expect((await decide(tenant, low, dismissal)).changed).toEqual([b])
    expect((await viewOf(tenant, a)).status).toBe('open')
  })

  it('changes nothing in a dry run', async () => {
    const { tenant, ids } = await anOpenTenant()

    const decided = await decide(tenant, ids, dismissal, { dryRun: true })

    expect(decided).toEqual({ selected: ids, changed: [] })
    expect((await viewOf(tenant, ids[0])).decision).toBeNull()
    expect(await decisionsOf(tenant, ids[0])).toEqual([])
    expect(await auditOf(tenant)).toEqual([])
  })

  it('changes none when one of the ids is not known', async () => {
    const { tenant, ids } = await anOpenTenant()
    const unknown = `fnd_${'a'.repeat(26)}`

    await expect(decide(tenant, [ids[0], unknown], dismissal)).rejects.toMatchObject({
      code: 'not_found',
      message: textWith(unknown),
      details: [{ at: unknown, message: 'is not known' }],
    })

    expect((await viewOf(tenant, ids[0])).decision).toBeNull()
    expect(await auditOf(tenant)).toEqual([])
  })

  it('changes none when its audit entry cannot be written', async () => {
    const { tenant, ids } = await anOpenTenant()
    await app.testDatabase.owner(
      "alter table audit_log add constraint none check (action <> 'security_finding.dismiss') not valid",
    )

    await expect(decide(tenant, ids, dismissal)).rejects.toThrow('none')

    await app.testDatabase.owner('alter table audit_log drop constraint none')
    expect((await viewOf(tenant, ids[0])).decision).toBeNull()
    expect(await decisionsOf(tenant, ids[0])).toEqual([])
  })

  it.each([
    ['an unknown reason', { kind: 'dismiss', reason: 'because' }],
    ['the reason other without a comment', { kind: 'dismiss', reason: 'other' }],
    ['a snooze into the past', { kind: 'snooze', until: new Date(0) }],
  ] as const)('refuses %s', async (_, decision) => {
    const { tenant, ids } = await anOpenTenant()

    await expect(decide(tenant, ids, decision)).rejects.toMatchObject({ code: 'invalid_argument' })
    expect(await auditOf(tenant)).toEqual([])
  })

  it('keeps what was decided before in the history of what replaces it', async () => {
    const { tenant, ids } = await anOpenTenant()
    const [a] = ids
    const until = new Date(app.clock.now().getTime() + HOUR)
    await decide(tenant, [a], { kind: 'snooze', until, comment: 'after lunch' })
    await decide(tenant, [a], dismissal)

    await decide(tenant, [a], { kind: 'restore' })

    const before = { decision: 'snoozed', comment: 'after lunch' }
    expect(await decisionsOf(tenant, a)).toMatchObject([
      { kind: 'snoozed', details: { comment: 'after lunch' } },
      { kind: 'dismissed', details: { reason: 'accepted_risk', before } },
      { kind: 'restored', details: { before: { decision: 'dismissed', reason: 'accepted_risk' } } },
    ])
    const [snoozed, dismissed] = (await decisionsOf(tenant, a)).map(
      ({ details }) => details as { until: string; before: { until: string } },
    )
    expect(new Date(snoozed?.until ?? '')).toEqual(until)
    expect(new Date(dismissed?.before.until ?? '')).toEqual(until)
    expect(await viewOf(tenant, a)).toMatchObject({ status: 'open', decision: null })
  })

  it('restores neither what nobody decided nor a snooze that has run out', async () => {
    const { tenant, ids } = await anOpenTenant()
    const [a, b] = ids
    await decide(tenant, [a], { kind: 'snooze', until: new Date(app.clock.now().getTime() + HOUR) })
    app.clock.advance(HOUR)
    const before = await viewOf(tenant, a)

    const decided = await decide(tenant, [a, b], { kind: 'restore' })

    expect(decided).toEqual({ selected: [a, b], changed: [] })
    expect(await viewOf(tenant, a)).toEqual(before)
    expect(await decisionsOf(tenant, a)).toHaveLength(1)
  })

  it('takes a comment that PostgreSQL could not hold', async () => {
    const { tenant, ids } = await anOpenTenant()

    await decide(tenant, [ids[0]], { ...dismissal, comment: 'a\u0000b\ud800c' })

    expect((await viewOf(tenant, ids[0])).decision?.comment).toBe('a\ufffdb\ufffdc')
  })

  it('waits for a scan that is being completed, which writes the same rows', async () => {
    const { tenant, ids } = await anOpenTenant()

    const decided = await whileHeld(app, tenant, () => decide(tenant, ids, dismissal))

    expect(decided.changed).toHaveLength(3)
  })

  it('keeps findings and attack paths apart', async () => {
    const { tenant, ids, path } = await anOpenTenant()
    const all = { kind: 'filter', filter: {} } as const

    await expect(decide(tenant, [path], dismissal)).rejects.toMatchObject({ code: 'not_found' })
    const decided = await decide(tenant, all, dismissal, { detectionType: 'attack_path' })

    expect(decided.changed).toEqual([path])
    expect((await viewOf(tenant, path)).status).toBe('dismissed')
    expect((await viewOf(tenant, ids[0])).status).toBe('open')
    expect(await auditOf(tenant)).toMatchObject([{ action: 'attack_path.dismiss', subject: path }])
  })

  it('leaves out of exports what is dismissed or snoozed, and counts it, until that ends', async () => {
    const { tenant, ids, path } = await anOpenTenant()
    const [a, b, c] = ids
    await decide(tenant, [a], dismissal)
    await decide(tenant, [b], {
      kind: 'snooze',
      until: new Date(app.clock.now().getTime() + 2 * HOUR),
    })
    app.clock.advance(HOUR)
    const again = (hour: number) => [...RECORDS, findingRecord('a', { discriminator: `${hour}` })]

    const during = await ingestAndRead(app, tenant, again(1))
    await decide(tenant, [a], { kind: 'restore' })
    app.clock.advance(HOUR)
    const after = await ingestAndRead(app, tenant, again(2))

    const exported = (made: typeof during) => recordsOf(made).map(({ alert_id }) => alert_id)
    expect(during.manifest.counts.excluded).toMatchObject({ dismissed: 1, snoozed: 1 })
    expect(exported(during)).toEqual(expect.arrayContaining([c, path]))
    expect(exported(during)).not.toContain(a)
    expect(exported(during)).not.toContain(b)
    expect(after.manifest.counts.excluded).toMatchObject({ dismissed: 0, snoozed: 0 })
    expect(exported(after)).toEqual(expect.arrayContaining([a, b, c, path]))
  })
})
