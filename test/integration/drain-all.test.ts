import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { drainAll, DRAINS_AT_ONCE } from '../../src/app/drain-all.ts'
import type { Database } from '../../src/store/database.ts'
import { updateRemovedDestination } from '../../src/store/destinations.ts'
import { manualClock } from '../clock.ts'
import {
  drainDeps,
  scriptedOutcomes,
  scriptedType,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { testDatabase } from '../database.ts'

let db: Database
let close: () => Promise<void>
beforeAll(async () => {
  const database = await testDatabase()
  db = database.database
  close = () => database.drop()
})
afterAll(() => close())
beforeEach(() =>
  db.transaction(TENANT, async (tx) => {
    await tx.query('delete from deliveries')
    await tx.query('delete from destinations')
  }),
)

const request = { tenantId: TENANT, worker: 'one', signal: new AbortController().signal }

describe('drainAll', () => {
  it('drains every destination that something is pending for, the longest wait first, and no other', async () => {
    const later = await storeDestination(db)
    const first = await storeDestination(db)
    await storeDestination(db)
    const removed = await storeDestination(db)
    await storeDeliveries(db, [first], 2)
    await storeDeliveries(db, [later, removed], 1)
    await db.transaction(TENANT, (tx) =>
      updateRemovedDestination(tx, removed.destinationNo, new Date(0)),
    )
    const { type, sent } = scriptedOutcomes()

    const results = await drainAll(drainDeps(db, manualClock(), type), request)

    expect(results).toEqual([
      { destination: first.name, delivered: 2, outcome: { kind: 'drained' } },
      { destination: later.name, delivered: 1, outcome: { kind: 'drained' } },
    ])
    expect(sent).toHaveLength(3)
  })

  it('goes on with the others while one hangs', async () => {
    const hanging = await storeDestination(db, { config: { hangs: true } })
    const others = []
    for (let count = 0; count < DRAINS_AT_ONCE + 2; count += 1)
      others.push(await storeDestination(db))
    const [stuck] = await storeDeliveries(db, [hanging], 1)
    await storeDeliveries(db, others, 1)
    const released = Promise.withResolvers<void>()
    let delivered = 0
    const type = scriptedType({
      async send({ key }) {
        if (key === stuck?.key) await released.promise
        delivered += 1
        if (delivered === others.length) released.resolve()
        return { kind: 'delivered', receipt: '' }
      },
    })

    const results = await drainAll(drainDeps(db, manualClock(), type), request)

    expect(results.map(({ outcome }) => outcome.kind)).toEqual(
      Array.from({ length: others.length + 1 }, () => 'drained'),
    )
  })

  it('sends to no more than four at once', async () => {
    const destinations = []
    for (let count = 0; count < DRAINS_AT_ONCE * 2; count += 1)
      destinations.push(await storeDestination(db))
    await storeDeliveries(db, destinations, 2)
    let now = 0
    let most = 0
    const crowded = Promise.withResolvers<void>()
    const type = scriptedType({
      async send() {
        now += 1
        most = Math.max(most, now)
        // Long enough for one more to come, if one more may.
        if (now === DRAINS_AT_ONCE) setTimeout(crowded.resolve, 100)
        await crowded.promise
        now -= 1
        return { kind: 'delivered', receipt: '' }
      },
    })

    await drainAll(drainDeps(db, manualClock(), type), request)

    expect(most).toBe(DRAINS_AT_ONCE)
  })

  it('goes on with the others when the drain of one throws', async () => {
    const broken = await storeDestination(db)
    const healthy = await storeDestination(db)
    await storeDeliveries(db, [broken, healthy], 1)
    const { type } = scriptedOutcomes()
    const deps = drainDeps(db, manualClock(), type)
    const failing: Database = {
      ...db,
      transaction: (tenantId, work) =>
        db.transaction(tenantId, (tx) =>
          work({
            ...tx,
            query: (text, values) => {
              if (text.includes('lease_until = $5') && values?.includes(broken.destinationNo)) {
                throw new Error('the connection broke')
              }
              return tx.query(text, values)
            },
          }),
        ),
    }

    const results = await drainAll({ ...deps, db: failing }, request)

    expect(results).toEqual([
      {
        destination: broken.destinationId,
        delivered: 0,
        outcome: { kind: 'failed', reason: 'the connection broke' },
      },
      { destination: healthy.name, delivered: 1, outcome: { kind: 'drained' } },
    ])
  })
})
