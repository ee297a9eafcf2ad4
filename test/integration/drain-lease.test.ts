import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { drainDestination, LEASE_MS } from '../../src/app/drain-destination.ts'
import type { SendOutcome } from '../../src/domain/delivery.ts'
import type { Database } from '../../src/store/database.ts'
import type { StoredDestination } from '../../src/store/destinations.ts'
import { manualClock } from '../clock.ts'
import type { ManualClock } from '../clock.ts'
import {
  drainDeps,
  drainRequest,
  scriptedOutcomes,
  scriptedType,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { attemptsOf, deliveryOf, destinationOf, leaseUntilOf } from '../ledger.ts'
import { testDatabase } from '../database.ts'

let db: Database
let close: () => Promise<void>
let clock: ManualClock
let destination: StoredDestination

beforeAll(async () => {
  const database = await testDatabase()
  db = database.database
  close = () => database.drop()
})
afterAll(() => close())
beforeEach(async () => {
  clock = manualClock()
  destination = await storeDestination(db)
})

const busy: SendOutcome = { kind: 'retryable', reason: 'busy', retryAfterMs: 7000 }
const forbidden: SendOutcome = { kind: 'misconfigured', reason: 'the folder is read-only' }

describe('the lease of a drain', () => {
  it('sends each part once and in order when two drains start at once', async () => {
    const made = await storeDeliveries(db, [destination], 20)
    const { type, sent } = scriptedOutcomes()
    const deps = drainDeps(db, clock, type)

    const results = await Promise.all([
      drainDestination(deps, drainRequest(destination.name, { worker: 'one' })),
      drainDestination(deps, drainRequest(destination.name, { worker: 'one' })),
      drainDestination(deps, drainRequest(destination.name, { worker: 'two' })),
    ])

    expect(sent).toEqual(made.map(({ key }) => key))
    expect(results.reduce((total, { delivered }) => total + delivered, 0)).toBe(20)
    expect(results.map(({ outcome }) => outcome.kind).toSorted()).toContain('drained')
  })

  it('says that another drain is at it, and until when', async () => {
    await storeDeliveries(db, [destination], 1)
    let during: unknown
    const type = scriptedType({
      async send() {
        const { type: idle } = scriptedOutcomes()
        during = await drainDestination(
          drainDeps(db, clock, idle),
          drainRequest(destination.name, { worker: 'two' }),
        )
        return { kind: 'delivered', receipt: '' }
      },
    })

    await drainDestination(drainDeps(db, clock, type), drainRequest(destination.name))

    expect(during).toEqual({
      destination: destination.name,
      delivered: 0,
      outcome: { kind: 'leased_elsewhere', until: new Date(clock.now().getTime() + LEASE_MS) },
    })
  })

  it('records nothing for a worker that stalled past its lease and came back', async () => {
    const made = await storeDeliveries(db, [destination], 2)
    const { type: healthy, sent } = scriptedOutcomes()
    const stalled = scriptedType({
      async send() {
        clock.advance(LEASE_MS)
        await drainDestination(
          drainDeps(db, clock, healthy),
          drainRequest(destination.name, { worker: 'two' }),
        )
        return { kind: 'rejected', reason: 'from the one that stalled' }
      },
    })
    // A process that stands still renews nothing.
    const frozen = {
      ...drainDeps(db, clock, stalled),
      clock: { now: () => clock.now(), sleep: sleepUntilAborted },
    }

    const result = await drainDestination(frozen, drainRequest(destination.name, { worker: 'one' }))

    expect(result).toMatchObject({ delivered: 0, outcome: { kind: 'lost_lease' } })
    expect(sent).toEqual(made.map(({ key }) => key))
    expect(await attemptsOf(db, made[0])).toMatchObject([
      { number: 1, worker: 'one', finishedAt: undefined, outcome: undefined },
      { number: 2, worker: 'two', outcome: 'delivered' },
    ])
    expect(await destinationOf(db, destination)).toMatchObject({ pause: undefined })
  })

  it('keeps a lease that it took from one that stalled, when that one comes back and lets go', async () => {
    await storeDeliveries(db, [destination], 1)
    const stalled = await db.tryHold(`tocsin drain ${TENANT} ${destination.destinationId}`)
    await setLease(destination, clock.now())
    const others: string[] = []
    const type = scriptedType({
      async send() {
        await stalled?.release()
        const { type: idle } = scriptedOutcomes()
        const other = await drainDestination(
          drainDeps(db, clock, idle),
          drainRequest(destination.name, { worker: 'three' }),
        )
        others.push(other.outcome.kind)
        return { kind: 'delivered', receipt: '' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name, { worker: 'two' }),
    )

    expect(others).toEqual(['leased_elsewhere'])
    expect(result).toMatchObject({ delivered: 1, outcome: { kind: 'drained' } })
  })

  it('leaves a free lease to whoever holds the name, and so is about to take it', async () => {
    await storeDeliveries(db, [destination], 1)
    const other = await db.tryHold(`tocsin drain ${TENANT} ${destination.destinationId}`)
    const { type, sent } = scriptedOutcomes()

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result.outcome.kind).toBe('leased_elsewhere')
    expect(sent).toEqual([])
    await other?.release()
  })

  it('keeps its lease while a part takes longer than the lease lasts', async () => {
    await storeDeliveries(db, [destination], 1)
    const others: string[] = []
    const { type: idle } = scriptedOutcomes()
    const type = scriptedType({
      async send() {
        for (let third = 0; third < 6; third += 1) {
          const before = await leaseUntilOf(db, destination)
          clock.advance(LEASE_MS / 3)
          await expect.poll(() => leaseUntilOf(db, destination)).not.toEqual(before)
          const other = await drainDestination(
            drainDeps(db, clock, idle),
            drainRequest(destination.name, { worker: 'two' }),
          )
          others.push(other.outcome.kind)
        }
        return { kind: 'delivered', receipt: '' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(others).toEqual(Array.from({ length: 6 }, () => 'leased_elsewhere'))
    expect(result).toMatchObject({ delivered: 1, outcome: { kind: 'drained' } })
  })

  it('stops an attempt whose lease went to another worker', async () => {
    await storeDeliveries(db, [destination], 1)
    const { type: idle } = scriptedOutcomes()
    const reasons: unknown[] = []
    const type = scriptedType({
      async send(_, signal) {
        const stopped = aborted(signal)
        const before = drainRequest(destination.name, { worker: 'two' })
        await db.transaction(TENANT, (tx) =>
          tx.query('update destinations set lease_until = $2 where destination_no = $1', [
            destination.destinationNo,
            clock.now(),
          ]),
        )
        await drainDestination(drainDeps(db, clock, idle), before)
        clock.advance(LEASE_MS / 3)
        reasons.push(await stopped)
        return { kind: 'retryable', reason: 'stopped' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(reasons).toEqual(['the lease went to another worker'])
    expect(result.outcome.kind).toBe('lost_lease')
  })

  it('sends the same key and bytes again when the worker died between sending and recording', async () => {
    const [only] = await storeDeliveries(db, [destination], 1)
    const arrived: { key: string; bytes: string }[] = []
    const type = scriptedType({
      async send({ key, bytes }) {
        arrived.push({ key, bytes: hex(bytes) })
        return { kind: 'delivered', receipt: '' }
      },
    })
    const deps = drainDeps(db, clock, type)

    await expect(
      drainDestination(
        { ...deps, db: dyingAfter(db, () => arrived.length === 1) },
        drainRequest(destination.name),
      ),
    ).rejects.toThrow('killed')
    const atOnce = await drainDestination(deps, drainRequest(destination.name, { worker: 'two' }))

    expect(atOnce).toMatchObject({ delivered: 1, outcome: { kind: 'drained' } })
    expect(arrived[1]).toEqual(arrived[0])
    expect(arrived).toHaveLength(2)
    expect(await deliveryOf(db, only)).toMatchObject({ status: 'delivered', attempts: 2 })
    expect(await attemptsOf(db, only)).toMatchObject([
      { outcome: undefined },
      { outcome: 'delivered' },
    ])
  })

  it('goes on when the clock is set back a day: leases, waits and probes do not hold it up', async () => {
    const dead = await storeDestination(db)
    const waiting = await storeDestination(db)
    const broken = await storeDestination(db)
    const fresh = await storeDestination(db)
    await storeDeliveries(db, [dead, waiting, broken, fresh], 1)
    const { type: answers } = scriptedOutcomes(busy, forbidden)
    await expect(
      drainDestination(
        { ...drainDeps(db, clock, scriptedType({})), db: dyingAfter(db, attemptExists(dead)) },
        drainRequest(dead.name),
      ),
    ).rejects.toThrow('killed')
    const deps = drainDeps(db, clock, answers)
    await drainDestination(deps, drainRequest(waiting.name))
    await drainDestination(deps, drainRequest(broken.name))

    clock.advance(-86_400_000)
    const results = []
    for (const { name } of [dead, waiting, broken, fresh])
      results.push(await drainDestination(deps, drainRequest(name)))

    expect(results.map(({ outcome }) => outcome.kind)).toEqual([
      'drained',
      'drained',
      'drained',
      'drained',
    ])
    expect(results.map(({ delivered }) => delivered)).toEqual([1, 1, 1, 1])
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

/** The database as a process sees it that is killed as soon as `dead` says so: nothing reaches it any more. */
function dyingAfter(living: Database, dead: () => boolean | Promise<boolean>): Database {
  return {
    ...living,
    async transaction(tenantId, work) {
      if (await dead()) throw new Error('killed')
      return living.transaction(tenantId, work)
    },
  }
}

function attemptExists({ destinationNo }: StoredDestination): () => Promise<boolean> {
  return async () => {
    const { rowCount } = await db.transaction(TENANT, (tx) =>
      tx.query('select from deliveries where destination_no = $1 and attempts > 0', [
        destinationNo,
      ]),
    )
    return rowCount > 0
  }
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true }),
  )
}

function sleepUntilAborted(_: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** As a worker left it that had held the destination's name, and stands still since. */
async function setLease({ destinationNo }: StoredDestination, until: Date): Promise<void> {
  await db.transaction(TENANT, (tx) =>
    tx.query(
      "update destinations set lease_owner = 'one', lease_until = $2, lease_with_hold = true where destination_no = $1",
      [destinationNo, until],
    ),
  )
}
