import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addAlertRule } from '../../src/app/add-alert-rule.ts'
import type { AlertRuleSettings } from '../../src/app/alert-rule-settings.ts'
import { editAlertRule } from '../../src/app/edit-alert-rule.ts'
import { removeAlertRule } from '../../src/app/remove-alert-rule.ts'
import { removeDestination } from '../../src/app/remove-destination.ts'
import { getAlertRule, listAlertRules, listRulesToExport } from '../../src/store/alert-rules.ts'
import type { Database } from '../../src/store/database.ts'
import { manualClock } from '../clock.ts'
import { BY, randomId, storeDestination, TENANT } from '../delivery-factories.ts'
import { auditOf } from '../ledger.ts'
import { anyText, textWith } from '../matchers.ts'
import { testDatabase } from '../database.ts'

const actor = { tenantId: TENANT, by: BY }
const clock = manualClock()
let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  const database = await testDatabase()
  db = database.database
  close = () => database.drop()
})
afterAll(() => close())

const add = (settings: AlertRuleSettings = {}) =>
  addAlertRule(
    { db, clock, randomId },
    { ...actor, name: randomId('name'), eventType: 'siem', ...settings },
  )
const edit = (rule: string, changes: AlertRuleSettings) =>
  editAlertRule({ db, clock }, { ...actor, rule, changes })
const get = (rule: string) => db.transaction(TENANT, (tx) => getAlertRule(tx, rule))

describe('addAlertRule', () => {
  it('saves a rule with its destinations, by name and by id, each once', async () => {
    const [one, two] = [await storeDestination(db), await storeDestination(db)]

    const rule = await add({ destinations: [one.name, two.destinationId, one.destinationId] })

    expect(rule).toMatchObject({
      eventType: 'siem',
      enabled: true,
      fullExport: 'coverage',
      createdAt: clock.now(),
    })
    expect(rule.destinations.map(({ destinationId }) => destinationId).toSorted()).toEqual(
      [one.destinationId, two.destinationId].toSorted(),
    )
    expect(await get(rule.name)).toEqual(rule)
    expect(await get(rule.ruleId)).toEqual(rule)
    expect(await db.transaction(TENANT, listAlertRules)).toContainEqual(rule)
    expect(await auditOf(db, rule.ruleId)).toMatchObject([
      {
        by: BY,
        action: 'alert_rule.add',
        before: null,
        after: { name: rule.name, full_export: 'coverage', enabled: true },
      },
    ])
  })

  it('saves a rule without destinations', async () => {
    expect((await add()).destinations).toEqual([])
  })

  it.each([
    [
      'another event type',
      { eventType: 'email' },
      [{ at: '/event_type', message: 'must be siem' }],
    ],
    [
      'a minimal severity',
      { minimalSeverity: 'High' },
      [{ at: '/minimal_severity', message: textWith('siem') }],
    ],
    [
      'a range that is not there',
      { fullExport: 'all' },
      [{ at: '/full_export', message: 'must be one of coverage, tenant' }],
    ],
    ['a name like an id', { name: 'rul_1' }, [{ at: '/name', message: anyText }]],
    [
      'several problems, all at once',
      { name: '', eventType: 'email', minimalSeverity: 'Low', fullExport: '' },
      [{ at: '/name' }, { at: '/event_type' }, { at: '/minimal_severity' }, { at: '/full_export' }],
    ],
  ])('refuses %s', async (_, settings, details) => {
    await expect(add(settings)).rejects.toMatchObject({ code: 'invalid_argument', details })
  })

  it('names every destination that is not there, and saves nothing', async () => {
    const there = await storeDestination(db)
    const name = randomId('name')

    await expect(add({ name, destinations: ['east', there.name, 'west'] })).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no destination east, west. See: tocsin destinations list',
      details: [{ at: '/destinations/0' }, { at: '/destinations/2' }],
    })
    await expect(get(name)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('refuses a name that is taken', async () => {
    const { name } = await add()

    await expect(add({ name })).rejects.toMatchObject({ code: 'name_taken' })
  })
})

describe('editAlertRule', () => {
  it('changes what is given and leaves the rest', async () => {
    const [one, two] = [await storeDestination(db), await storeDestination(db)]
    const rule = await add({ destinations: [one.name] })
    const name = randomId('new')

    const edited = await edit(rule.name, { name, enabled: false, fullExport: 'tenant' })
    const moved = await edit(name, { destinations: [two.name] })

    expect(edited).toEqual({ ...rule, name, enabled: false, fullExport: 'tenant' })
    expect(moved.destinations.map(({ name: destination }) => destination)).toEqual([two.name])
    expect(await auditOf(db, rule.ruleId)).toMatchObject([
      { action: 'alert_rule.add' },
      {
        action: 'alert_rule.edit',
        before: { name: rule.name, enabled: true },
        after: { name, enabled: false },
      },
      {
        action: 'alert_rule.edit',
        before: { destinations: [one.name] },
        after: { destinations: [two.name] },
      },
    ])
  })

  it('refuses the name of another rule, and a minimal severity', async () => {
    const [one, two] = [await add(), await add()]

    await expect(edit(one.name, { name: two.name })).rejects.toMatchObject({ code: 'name_taken' })
    await expect(edit(one.name, { minimalSeverity: 'High' })).rejects.toMatchObject({
      code: 'invalid_argument',
    })
    await expect(edit(one.name, { destinations: ['nowhere'] })).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await get(one.name)).toEqual(one)
  })

  it('throws for a rule that is not there', async () => {
    await expect(edit('nowhere', {})).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('removeAlertRule', () => {
  it('takes it off the list and frees its name', async () => {
    const rule = await add()

    await removeAlertRule({ db, clock }, { ...actor, rule: rule.ruleId })

    await expect(get(rule.ruleId)).rejects.toMatchObject({ code: 'not_found' })
    expect((await add({ name: rule.name })).ruleId).not.toBe(rule.ruleId)
    expect(await auditOf(db, rule.ruleId)).toMatchObject([
      {},
      { action: 'alert_rule.remove', before: { name: rule.name } },
    ])
  })
})

describe('listRulesToExport', () => {
  it('names the enabled rules with the form that each destination wants', async () => {
    const destination = await storeDestination(db)
    const enabled = await add({ destinations: [destination.name], fullExport: 'tenant' })
    const disabled = await add({ destinations: [destination.name], enabled: false })
    const removed = await add()
    await removeAlertRule({ db, clock }, { ...actor, rule: removed.name })

    const rules = await db.transaction(TENANT, listRulesToExport)

    expect(rules).toContainEqual(enabled)
    expect(rules.map(({ ruleNo }) => ruleNo)).not.toContain(disabled.ruleNo)
    expect(rules.map(({ ruleNo }) => ruleNo)).not.toContain(removed.ruleNo)
    expect(enabled.destinations).toMatchObject([
      { rendition: { record: 'siem', framing: 'lines', compression: 'gzip' } },
    ])
  })

  it('holds off the removal of a destination until the export is made', async () => {
    const destination = await storeDestination(db)
    const order: string[] = []
    const listed = Promise.withResolvers<void>()
    const exporting = db.transaction(TENANT, async (tx) => {
      await listRulesToExport(tx)
      listed.resolve()
      await untilBlocked()
      order.push('exported')
    })
    await listed.promise

    const removing = removeDestination({ db, clock }, { ...actor, destination: destination.name })
    await Promise.all([exporting, removing.then(() => order.push('removed'))])

    expect(order).toEqual(['exported', 'removed'])
  })
})

/** Until another transaction on this database waits for a lock. */
async function untilBlocked(): Promise<void> {
  const isBlocked = () =>
    db.transaction(TENANT, async (tx) => {
      const { rowCount } = await tx.query(
        `select from pg_locks join pg_stat_activity using (pid) where not granted and datname = current_database()`,
      )
      return rowCount > 0
    })
  await expect.poll(isBlocked).toBe(true)
}
