import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cancelDelivery } from '../../src/app/cancel-delivery.ts'
import { drainDestination } from '../../src/app/drain-destination.ts'
import { pauseDestination } from '../../src/app/pause-destination.ts'
import { PROBE_INTERVAL_MS } from '../../src/domain/delivery.ts'
import type { SendOutcome } from '../../src/domain/delivery.ts'
import type { Database } from '../../src/store/database.ts'
import type { StoredDestination } from '../../src/store/destinations.ts'
import { manualClock } from '../clock.ts'
import type { ManualClock } from '../clock.ts'
import {
  BY,
  drainDeps,
  drainRequest,
  scriptedOutcomes,
  scriptedType,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { deliveryOf, destinationOf, idOf } from '../ledger.ts'
import { textWith } from '../matchers.ts'
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
const tooLarge: SendOutcome = { kind: 'rejected', reason: 'too large' }
const occupied: SendOutcome = { kind: 'key_occupied', ours: 'aa', theirs: 'bb' }

describe('a destination that must not go on', () => {
  it('pauses a misconfigured destination, keeps its parts, probes every five minutes, and resumes by itself', async () => {
    const made = await storeDeliveries(db, [destination], 2)
    const { type, sent } = scriptedOutcomes(forbidden, forbidden, busy)
    const deps = drainDeps(db, clock, type)
    const pausedAt = clock.now()
    const kinds: string[] = []
    const drain = async () =>
      kinds.push((await drainDestination(deps, drainRequest(destination.name))).outcome.kind)

    await drain()
    expect(await destinationOf(db, destination)).toMatchObject({
      pause: {
        at: pausedAt,
        by: 'misconfigured',
        reason: forbidden.reason,
        probeAt: new Date(pausedAt.getTime() + PROBE_INTERVAL_MS),
      },
    })
    await drain()
    expect(sent).toHaveLength(1)
    clock.advance(PROBE_INTERVAL_MS)
    await drain()
    expect(await destinationOf(db, destination)).toMatchObject({
      pause: { at: pausedAt, probeAt: new Date(clock.now().getTime() + PROBE_INTERVAL_MS) },
    })
    clock.advance(PROBE_INTERVAL_MS)
    await drain()
    expect(await destinationOf(db, destination)).toMatchObject({ pause: { by: 'misconfigured' } })
    clock.advance(PROBE_INTERVAL_MS)
    await drain()

    expect(kinds).toEqual(['paused', 'paused', 'paused', 'paused', 'drained'])
    expect(sent).toEqual(
      [made[0], made[0], made[0], made[0], made[1]].map((delivery) => delivery?.key),
    )
    expect(await destinationOf(db, destination)).toMatchObject({ pause: undefined })
  })

  it.each([
    ['rejected', tooLarge, 'too large'],
    ['key_occupied', occupied, 'the key holds other content: SHA-256 of ours aa, of theirs bb'],
  ] as const)(
    'pauses until a person decides when a part is %s, and never probes',
    async (by, outcome, reason) => {
      const made = await storeDeliveries(db, [destination], 2)
      const { type, sent } = scriptedOutcomes(outcome)
      const deps = drainDeps(db, clock, type)

      const first = await drainDestination(deps, drainRequest(destination.name))
      clock.advance(86_400_000)
      const later = await drainDestination(deps, drainRequest(destination.name))

      expect(first.outcome).toEqual({ kind: 'paused', by, reason, probeAt: undefined })
      expect(later.outcome).toEqual(first.outcome)
      expect(sent).toEqual([made[0]?.key])
      expect(await deliveryOf(db, made[0])).toMatchObject({ status: 'pending', attempts: 1 })
    },
  )

  it('sends no further part once a person pauses it, and lets no outcome lift that pause', async () => {
    const made = await storeDeliveries(db, [destination], 2)
    const type = scriptedType({
      async send() {
        await pauseDestination(
          { db, clock },
          { tenantId: TENANT, by: BY, destination: destination.name, reason: 'maintenance' },
        )
        return { kind: 'misconfigured', reason: 'meanwhile' }
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result.outcome).toEqual({
      kind: 'paused',
      by: 'person',
      reason: 'maintenance',
      probeAt: undefined,
    })
    expect(await deliveryOf(db, made[0])).toMatchObject({ status: 'pending' })
  })

  it.each([
    [
      'arrived all the same',
      { kind: 'delivered', receipt: 'r' } as const,
      { status: 'delivered', cancelReason: undefined },
    ],
    ['was refused', tooLarge, { status: 'cancelled', cancelReason: 'not wanted' }],
    ['failed', busy, { status: 'cancelled', cancelReason: 'not wanted' }],
  ])('goes on after a part that was cancelled on its way and %s', async (_, outcome, expected) => {
    const made = await storeDeliveries(db, [destination], 2)
    const outcomes: SendOutcome[] = [outcome]
    const type = scriptedType({
      async send() {
        const next = outcomes.shift()
        if (next === undefined) return { kind: 'delivered', receipt: 'second' }
        await cancelDelivery(
          { db, clock },
          { tenantId: TENANT, by: BY, deliveryId: idOf(made[0]), reason: 'not wanted' },
        )
        return next
      },
    })

    const result = await drainDestination(
      drainDeps(db, clock, type),
      drainRequest(destination.name),
    )

    expect(result.outcome.kind).toBe('drained')
    expect(await deliveryOf(db, made[0])).toMatchObject(expected)
    expect(await deliveryOf(db, made[1])).toMatchObject({ status: 'delivered', receipt: 'second' })
  })

  it.each([
    [
      'of a type that it does not know',
      { type: 'carrier-pigeon' },
      'no destination of type carrier-pigeon',
    ],
    ['whose settings it no longer accepts', { config: 7 as never }, 'its settings are not valid'],
  ])('pauses a destination %s', async (_, overrides, reason) => {
    const strange = await storeDestination(db, overrides)
    await storeDeliveries(db, [strange], 1)

    const result = await drainDestination(
      drainDeps(db, clock, scriptedType({})),
      drainRequest(strange.name),
    )

    expect(result.outcome).toMatchObject({
      kind: 'paused',
      by: 'misconfigured',
      reason: textWith(reason),
    })
  })
})
