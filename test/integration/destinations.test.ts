import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addAlertRule } from '../../src/app/add-alert-rule.ts'
import { addDestination } from '../../src/app/add-destination.ts'
import type { AddDestinationRequest } from '../../src/app/add-destination.ts'
import { checkDestination } from '../../src/app/check-destination.ts'
import { drainDestination } from '../../src/app/drain-destination.ts'
import { pauseDestination } from '../../src/app/pause-destination.ts'
import { removeAlertRule } from '../../src/app/remove-alert-rule.ts'
import { removeDestination } from '../../src/app/remove-destination.ts'
import { resumeDestination } from '../../src/app/resume-destination.ts'
import { file } from '../../src/destinations/file/index.ts'
import type { Database } from '../../src/store/database.ts'
import { findDestination, listDestinations } from '../../src/store/destinations.ts'
import { manualClock } from '../clock.ts'
import type { ManualClock } from '../clock.ts'
import {
  BY,
  drainDeps,
  drainRequest,
  randomId,
  scriptedOutcomes,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { auditOf, deliveryOf, destinationOf } from '../ledger.ts'
import { textWith } from '../matchers.ts'
import { testDatabase } from '../database.ts'

const actor = { tenantId: TENANT, by: BY }
const never = new AbortController().signal

let db: Database
let close: () => Promise<void>
let clock: ManualClock
let folder: string
beforeAll(async () => {
  const database = await testDatabase()
  db = database.database
  close = () => database.drop()
})
afterAll(() => close())
beforeEach(async () => {
  clock = manualClock()
  folder = await mkdtemp(join(tmpdir(), 'tocsin-destinations-'))
})
afterEach(() => rm(folder, { recursive: true }))

const depsOf = () => ({ ...drainDeps(db, clock, file), randomId })
const aRequest = (overrides: Partial<AddDestinationRequest> = {}): AddDestinationRequest => ({
  ...actor,
  name: randomId('name'),
  type: 'file',
  config: { path: join(folder, 'out') },
  signal: never,
  ...overrides,
})

describe('addDestination', () => {
  it('saves it with the form that its type prefers, makes its folder, and says that it can receive', async () => {
    const request = aRequest()

    const { destination, check } = await addDestination(depsOf(), request)

    expect(check.ok).toBe(true)
    expect((await stat(join(folder, 'out'))).isDirectory()).toBe(true)
    expect(await db.transaction(TENANT, (tx) => findDestination(tx, request.name))).toEqual(
      destination,
    )
    expect(
      await db.transaction(TENANT, (tx) => findDestination(tx, destination.destinationId)),
    ).toEqual(destination)
    expect(await db.transaction(TENANT, listDestinations)).toContainEqual(destination)
    expect(destination).toMatchObject({
      name: request.name,
      type: 'file',
      config: request.config,
      rendition: { record: 'siem', framing: 'lines', compression: 'gzip' },
      createdAt: clock.now(),
      pause: undefined,
    })
    expect(await auditOf(db, destination.destinationId)).toEqual([
      {
        by: BY,
        action: 'destination.add',
        before: null,
        after: {
          name: request.name,
          type: 'file',
          config: request.config,
          record: 'siem',
          framing: 'lines',
          compression: 'gzip',
        },
      },
    ])
  })

  it('saves one that cannot receive yet, and says so', async () => {
    const { destination, check } = await addDestination(
      depsOf(),
      aRequest({ config: { path: '/dev/null/out' } }),
    )

    expect(check.ok).toBe(false)
    expect(await destinationOf(db, destination)).toEqual(destination)
  })

  it('takes the form that was asked for', async () => {
    const { destination } = await addDestination(depsOf(), aRequest({ record: 'siem-strict' }))

    expect(destination.rendition.record).toBe('siem-strict')
  })

  it('refuses with every problem at once', async () => {
    const adding = addDestination(
      depsOf(),
      aRequest({ config: { folder: '/out' }, record: 'cef', compression: 'zstd' }),
    )

    await expect(adding).rejects.toMatchObject({
      code: 'invalid_config',
      message:
        'The destination cannot be added: path must be given; folder is not a setting of this type of destination; ' +
        'record must be one of siem, siem-strict; compression must be one of gzip',
      details: [
        { at: '/config/path', message: 'must be given' },
        { at: '/config/folder', message: 'is not a setting of this type of destination' },
        { at: '/record', message: 'must be one of siem, siem-strict' },
        { at: '/compression', message: 'must be one of gzip' },
      ],
    })
  })

  it.each(['', ' out', 'out ', 'two\nlines', 'dst_abc', 'rul_abc', 'x'.repeat(101)])(
    'refuses the name %j',
    async (name) => {
      await expect(addDestination(depsOf(), aRequest({ name }))).rejects.toMatchObject({
        code: 'invalid_argument',
        details: [{ at: '/name' }],
      })
    },
  )

  it('refuses a type that is not there, and names those that are', async () => {
    await expect(addDestination(depsOf(), aRequest({ type: 's4' }))).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'There is no type of destination s4. There are: file',
    })
  })

  it('refuses a name that is taken, also when two ask for it at once', async () => {
    const request = aRequest()

    const results = await Promise.allSettled([
      addDestination(depsOf(), request),
      addDestination(depsOf(), request),
    ])

    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'name_taken' },
    })
  })

  it('keeps it from other tenants', async () => {
    const { destination } = await addDestination(depsOf(), aRequest())

    expect(
      await db.transaction('id-other', (tx) => findDestination(tx, destination.destinationId)),
    ).toBeUndefined()
  })
})

describe('checkDestination', () => {
  it('tests a saved one by its name or id', async () => {
    const { destination } = await addDestination(depsOf(), aRequest())

    for (const nameOrId of [destination.name, destination.destinationId]) {
      expect(
        await checkDestination(depsOf(), {
          tenantId: TENANT,
          destination: nameOrId,
          signal: never,
        }),
      ).toMatchObject({ ok: true })
    }
  })

  it('throws for one that is not there', async () => {
    const checking = checkDestination(depsOf(), {
      tenantId: TENANT,
      destination: 'nowhere',
      signal: never,
    })

    await expect(checking).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('pauseDestination and resumeDestination', () => {
  it('stop and let go what is pending, and write who did it', async () => {
    const destination = await storeDestination(db)
    const [only] = await storeDeliveries(db, [destination], 1)
    const { type, sent } = scriptedOutcomes()
    const deps = drainDeps(db, clock, type)

    await pauseDestination(deps, { ...actor, destination: destination.name, reason: 'maintenance' })
    const paused = await drainDestination(deps, drainRequest(destination.name))
    await resumeDestination(deps, { ...actor, destination: destination.name })
    const resumed = await drainDestination(deps, drainRequest(destination.name))

    expect(paused.outcome).toMatchObject({ kind: 'paused', by: 'person', reason: 'maintenance' })
    expect(resumed).toMatchObject({ delivered: 1, outcome: { kind: 'drained' } })
    expect(sent).toEqual([only?.key])
    expect(await auditOf(db, destination.destinationId)).toEqual([
      {
        by: BY,
        action: 'destination.pause',
        before: { paused_by: null },
        after: { paused_by: 'person', reason: 'maintenance' },
      },
      {
        by: BY,
        action: 'destination.resume',
        before: { paused_by: 'person' },
        after: { paused_by: null },
      },
    ])
  })

  it('pause once: the first reason stands', async () => {
    const destination = await storeDestination(db)

    await pauseDestination(
      { db, clock },
      { ...actor, destination: destination.name, reason: 'first' },
    )
    const again = await pauseDestination(
      { db, clock },
      { ...actor, destination: destination.name, reason: 'second' },
    )

    expect(again.pause?.reason).toBe('first')
    expect(await auditOf(db, destination.destinationId)).toHaveLength(1)
  })

  it('keep a misconfigured one from being probed, once a person has paused it', async () => {
    const destination = await storeDestination(db)
    await storeDeliveries(db, [destination], 1)
    const { type, sent } = scriptedOutcomes({ kind: 'misconfigured', reason: 'no such folder' })
    const deps = drainDeps(db, clock, type)
    await drainDestination(deps, drainRequest(destination.name))

    await pauseDestination(deps, { ...actor, destination: destination.name, reason: 'moving' })
    clock.advance(3_600_000)
    const result = await drainDestination(deps, drainRequest(destination.name))

    expect(result.outcome).toMatchObject({ kind: 'paused', by: 'person' })
    expect(sent).toHaveLength(1)
  })

  it('let the next part go at once, however long it was to wait', async () => {
    const destination = await storeDestination(db)
    await storeDeliveries(db, [destination], 1)
    const { type } = scriptedOutcomes({
      kind: 'retryable',
      reason: 'busy',
      retryAfterMs: 3_600_000,
    })
    const deps = drainDeps(db, clock, type)
    await drainDestination(deps, drainRequest(destination.name))

    await resumeDestination(deps, { ...actor, destination: destination.name })

    expect(await drainDestination(deps, drainRequest(destination.name))).toMatchObject({
      delivered: 1,
    })
  })
})

describe('removeDestination', () => {
  it('cancels what is pending, keeps what was delivered, and frees the name', async () => {
    const destination = await storeDestination(db)
    const made = await storeDeliveries(db, [destination], 3)
    const { type } = scriptedOutcomes(
      { kind: 'delivered', receipt: 'r' },
      { kind: 'retryable', reason: 'busy' },
    )
    await drainDestination(drainDeps(db, clock, type), drainRequest(destination.name))

    const removed = await removeDestination(
      { db, clock },
      { ...actor, destination: destination.name },
    )

    expect(removed).toEqual({ cancelled: 2 })
    expect(await deliveryOf(db, made[0])).toMatchObject({ status: 'delivered' })
    expect(await deliveryOf(db, made[1])).toMatchObject({
      status: 'cancelled',
      cancelReason: 'the destination was removed',
    })
    expect(
      await db.transaction(TENANT, (tx) => findDestination(tx, destination.destinationId)),
    ).toBeUndefined()
    expect((await storeDestination(db, { name: destination.name })).destinationId).not.toBe(
      destination.destinationId,
    )
    expect(await auditOf(db, destination.destinationId)).toMatchObject([
      { action: 'destination.remove', after: { cancelled: 2 } },
    ])
  })

  it('is refused while alert rules use it, and names them', async () => {
    const destination = await storeDestination(db)
    const rules = [randomId('b'), randomId('a')]
    for (const name of rules) {
      await addAlertRule(depsOf(), {
        ...actor,
        name,
        eventType: 'siem',
        destinations: [destination.name],
      })
    }
    const remove = () =>
      removeDestination({ db, clock }, { ...actor, destination: destination.name })

    await expect(remove()).rejects.toMatchObject({
      code: 'in_use',
      message: textWith(rules.toSorted().join(', ')),
    })
    for (const rule of rules) await removeAlertRule({ db, clock }, { ...actor, rule })
    expect(await remove()).toEqual({ cancelled: 0 })
  })
})
