import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ABORT_GRACE_MS, SEND_TIMEOUT_MS } from '../../src/app/attempt-delivery.ts'
import { drainDestination, STOP_GRACE_MS } from '../../src/app/drain-destination.ts'
import type { SendOutcome } from '../../src/domain/delivery.ts'
import type { Log } from '../../src/log.ts'
import type { Database } from '../../src/store/database.ts'
import { listDeliveries } from '../../src/store/deliveries.ts'
import type { Attempt } from '../../src/store/deliveries.ts'
import type { StoredDestination } from '../../src/store/destinations.ts'
import { manualClock } from '../clock.ts'
import type { ManualClock } from '../clock.ts'
import {
  drainDeps,
  drainRequest,
  scriptedOutcomes,
  scriptedType,
  silentLog,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { attemptsOf, deliveryOf, destinationOf, leaseUntilOf } from '../ledger.ts'
import { anyText, textWith } from '../matchers.ts'
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
const tooLarge: SendOutcome = { kind: 'rejected', reason: 'too large' }

describe('drainDestination', () => {
  it('sends the stored parts in publishing order, each once, with what the ledger says of them', async () => {
    const made = await storeDeliveries(db, [destination], 5)
    const arrived: { key: string; bytes: string }[] = []
    const type = scriptedType({
      async send({ key, bytes }) {
        arrived.push({ key, bytes: hex(bytes) })
        return { kind: 'delivered', receipt: `etag-${key}` }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result).toEqual({
      destination: destination.name,
      delivered: 5,
      outcome: { kind: 'drained' },
    })
    expect(arrived).toEqual(made.map(({ key, bytes }) => ({ key, bytes: hex(bytes) })))
    for (const delivery of made) {
      const { key } = delivery
      expect(await deliveryOf(db, delivery)).toMatchObject({
        status: 'delivered',
        attempts: 1,
        receipt: `etag-${key}`,
        endedAt: clock.now(),
      })
      expect(await attemptsOf(db, delivery)).toEqual([
        {
          number: 1,
          worker: 'one',
          startedAt: clock.now(),
          finishedAt: clock.now(),
          outcome: 'delivered',
          reason: `etag-${key}`,
        },
      ])
    }
    expect(await destinationOf(db, destination)).toMatchObject({
      lastSuccessAt: clock.now(),
      pause: undefined,
    })
  })

  it('commits the attempt before anything leaves', async () => {
    const [first] = await storeDeliveries(db, [destination], 1)
    const seen: (readonly Attempt[])[] = []
    const type = scriptedType({
      async send() {
        seen.push(await attemptsOf(db, first))
        return { kind: 'delivered', receipt: '' }
      },
    })

    await drainDestination(drainDeps(db, clock, type), drainRequest(destination.name))

    expect(seen).toEqual([
      [
        {
          number: 1,
          worker: 'one',
          startedAt: clock.now(),
          finishedAt: undefined,
          outcome: undefined,
          reason: undefined,
        },
      ],
    ])
  })

  it('keeps the order when a part must be tried again: what stands behind it waits', async () => {
    const made = await storeDeliveries(db, [destination], 3)
    const { type, sent } = scriptedOutcomes({ kind: 'delivered', receipt: '' }, busy)
    const deps = drainDeps(db, clock, type)
    const dueAt = new Date(clock.now().getTime() + 7000)

    const first = await drainDestination(deps, drainRequest(destination.name))
    clock.advance(6999)
    const early = await drainDestination(deps, drainRequest(destination.name))
    clock.advance(1)
    const second = await drainDestination(deps, drainRequest(destination.name))

    const waiting = { kind: 'waiting', nextDueAt: dueAt, deliveryId: made[1]?.deliveryId }
    expect(first).toMatchObject({ delivered: 1, outcome: waiting })
    expect(early).toMatchObject({ delivered: 0, outcome: waiting })
    expect(second).toMatchObject({ delivered: 2, outcome: { kind: 'drained' } })
    expect(sent).toEqual([made[0], made[1], made[1], made[2]].map((delivery) => delivery?.key))
    expect((await attemptsOf(db, made[1])).map(({ outcome, reason }) => [outcome, reason])).toEqual(
      [
        ['retryable', 'busy'],
        ['delivered', anyText],
      ],
    )
  })

  it('takes a throw for a bug, logs its stack, and tries again', async () => {
    const [only] = await storeDeliveries(db, [destination], 1)
    const errors: unknown[] = []
    const log: Log = { ...silentLog, error: (fields) => errors.push(fields['err']) }
    const type = scriptedType({
      send: () => Promise.reject(new TypeError('undefined is not a function')),
    })

    const result = await drainDestination(
      { ...drainDeps(db, clock, type), log },
      drainRequest(destination.name),
    )

    expect(result.outcome.kind).toBe('waiting')
    expect(await attemptsOf(db, only)).toMatchObject([
      { outcome: 'bug', reason: 'undefined is not a function' },
    ])
    expect(errors).toEqual([expect.any(TypeError)])
  })

  it('aborts a part that takes too long, and tries it again', async () => {
    const [only] = await storeDeliveries(db, [destination], 1)
    const type = scriptedType({
      async send(_, signal) {
        const stopped = aborted(signal)
        clock.advance(SEND_TIMEOUT_MS)
        await stopped
        throw new DOMException('This operation was aborted', 'AbortError')
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result.outcome.kind).toBe('waiting')
    expect(await attemptsOf(db, only)).toMatchObject([
      { outcome: 'retryable', reason: 'no answer within 120 s' },
    ])
  })

  it('gives up a destination that does not stop when it is told to', async () => {
    const [only] = await storeDeliveries(db, [destination], 1)
    const type = scriptedType({
      send(_, signal) {
        signal.addEventListener('abort', () => setImmediate(() => clock.advance(ABORT_GRACE_MS)))
        clock.advance(SEND_TIMEOUT_MS)
        return new Promise(() => {})
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result.outcome.kind).toBe('waiting')
    expect(await attemptsOf(db, only)).toMatchObject([
      { outcome: 'bug', reason: textWith('did not stop when it was told to') },
    ])
  })

  it('claims nothing more when it is told to stop, waits for the part under way, and gives its lease back', async () => {
    const made = await storeDeliveries(db, [destination], 2)
    const stop = new AbortController()
    const type = scriptedType({
      async send() {
        stop.abort()
        return { kind: 'delivered', receipt: '' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name, { signal: stop.signal }),
    )

    expect(result).toMatchObject({ delivered: 1, outcome: { kind: 'stopped' } })
    expect(await deliveryOf(db, made[1])).toMatchObject({ status: 'pending', attempts: 0 })
    expect(await leaseUntilOf(db, destination)).toBeNull()
  })

  it('aborts the part under way when the grace is over', async () => {
    const [only] = await storeDeliveries(db, [destination], 1)
    const stop = new AbortController()
    const type = scriptedType({
      async send(_, signal) {
        const stopped = aborted(signal)
        stop.abort()
        await new Promise((resolve) => setImmediate(resolve))
        clock.advance(STOP_GRACE_MS)
        await stopped
        return { kind: 'retryable', reason: 'aborted' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name, { signal: stop.signal }),
    )

    expect(result).toMatchObject({ delivered: 0, outcome: { kind: 'stopped' } })
    expect(await attemptsOf(db, only)).toMatchObject([
      { outcome: 'retryable', reason: 'the worker had to stop' },
    ])
  })

  it('does not begin when it is told to stop before', async () => {
    await storeDeliveries(db, [destination], 1)
    const { type, sent } = scriptedOutcomes()

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name, { signal: AbortSignal.abort() }),
    )

    expect(result.outcome.kind).toBe('stopped')
    expect(sent).toEqual([])
  })

  it('throws for a destination that is not there', async () => {
    const drain = drainDestination(drainDeps(db, clock, scriptedType({})), drainRequest('nowhere'))

    await expect(drain).rejects.toMatchObject({ code: 'not_found' })
  })

  it('shows the ledger newest first, with the last outcome of each', async () => {
    const made = await storeDeliveries(db, [destination], 3)
    const { type } = scriptedOutcomes({ kind: 'delivered', receipt: 'r' }, tooLarge)
    await drainDestination(drainDeps(db, clock, type), drainRequest(destination.name))
    const filter = { destinationNo: destination.destinationNo, limit: 2 }

    const page = await db.transaction(TENANT, (tx) => listDeliveries(tx, filter))
    const next = await db.transaction(TENANT, (tx) =>
      listDeliveries(tx, { ...filter, before: page.at(-1)?.deliveryNo ?? 0 }),
    )
    const delivered = await db.transaction(TENANT, (tx) =>
      listDeliveries(tx, { ...filter, status: 'delivered' }),
    )

    expect(page.map(({ key, lastOutcome }) => [key, lastOutcome])).toEqual([
      [made[2]?.key, undefined],
      [made[1]?.key, 'rejected'],
    ])
    expect(next).toMatchObject([
      { key: made[0]?.key, status: 'delivered', destination: destination.name },
    ])
    expect(delivered.map(({ key }) => key)).toEqual([made[0]?.key])
  })
})

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) =>
    signal.addEventListener('abort', () => resolve(signal.reason), { once: true }),
  )
}
