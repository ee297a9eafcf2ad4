import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cancelDelivery } from '../../src/app/cancel-delivery.ts'
import { drainDestination } from '../../src/app/drain-destination.ts'
import { pauseDestination } from '../../src/app/pause-destination.ts'
import { retryDelivery } from '../../src/app/retry-delivery.ts'
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
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { auditOf, deliveryOf, destinationOf, idOf } from '../ledger.ts'
import { textLike } from '../matchers.ts'
import { testDatabase } from '../database.ts'

const actor = { tenantId: TENANT, by: BY }
const tooLarge: SendOutcome = { kind: 'rejected', reason: 'too large' }
const occupied: SendOutcome = { kind: 'key_occupied', ours: 'aa', theirs: 'bb' }
const forbidden: SendOutcome = { kind: 'misconfigured', reason: 'no such folder' }
const busy: SendOutcome = { kind: 'retryable', reason: 'busy', retryAfterMs: 3_600_000 }

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

/** Two parts, of which the first has come to this. */
async function afterFirst(outcome: SendOutcome) {
  const made = await storeDeliveries(db, [destination], 2)
  const { type, sent } = scriptedOutcomes(outcome)
  const drain = () => drainDestination(drainDeps(db, clock, type), drainRequest(destination.name))
  await drain()
  return {
    made,
    sent,
    drain,
    first: { ...actor, deliveryId: idOf(made[0]) },
    second: { ...actor, deliveryId: idOf(made[1]) },
  }
}

describe('retryDelivery', () => {
  it.each([
    ['that waits', busy],
    ['that was refused, and ends the pause', tooLarge],
    ['whose key is occupied, and ends the pause', occupied],
    ['of a misconfigured destination, as its probe', forbidden],
  ])('tries at once a part %s', async (_, outcome) => {
    const { made, sent, drain, first } = await afterFirst(outcome)

    await retryDelivery({ db, clock }, first)
    const result = await drain()

    expect(result).toMatchObject({ delivered: 2, outcome: { kind: 'drained' } })
    expect(sent).toEqual([made[0], made[0], made[1]].map((delivery) => delivery?.key))
    expect(await auditOf(db, first.deliveryId)).toMatchObject([
      { by: BY, action: 'delivery.retry' },
    ])
  })

  it('leaves a pause that a person made', async () => {
    const { sent, drain, first } = await afterFirst(tooLarge)
    await pauseDestination(
      { db, clock },
      { ...actor, destination: destination.name, reason: 'maintenance' },
    )

    await retryDelivery({ db, clock }, first)

    expect((await drain()).outcome).toMatchObject({ kind: 'paused', by: 'person' })
    expect(sent).toHaveLength(1)
  })

  it('leaves a pause that another part has caused', async () => {
    const { drain, second } = await afterFirst(tooLarge)

    await retryDelivery({ db, clock }, second)

    expect((await drain()).outcome).toMatchObject({ kind: 'paused', by: 'rejected' })
  })
})

describe('cancelDelivery', () => {
  it.each([
    ['was refused', tooLarge],
    ['waits', busy],
    ['found its key occupied', occupied],
  ])('skips a part that %s, says why, and lets the next one go', async (_, outcome) => {
    const { made, sent, drain, first } = await afterFirst(outcome)

    await cancelDelivery({ db, clock }, { ...first, reason: 'delivered by hand' })
    const result = await drain()

    expect(result).toMatchObject({ delivered: 1, outcome: { kind: 'drained' } })
    expect(sent).toEqual([made[0], made[1]].map((delivery) => delivery?.key))
    expect(await deliveryOf(db, made[0])).toMatchObject({
      status: 'cancelled',
      cancelReason: 'delivered by hand',
      endedAt: clock.now(),
    })
    expect(await auditOf(db, first.deliveryId)).toMatchObject([
      {
        by: BY,
        action: 'delivery.cancel',
        after: { reason: 'delivered by hand', paused_by: null },
      },
    ])
  })

  it('leaves a misconfigured destination paused: another part would fare no better', async () => {
    const { drain, first } = await afterFirst(forbidden)

    await cancelDelivery({ db, clock }, { ...first, reason: 'not wanted' })

    expect((await drain()).outcome).toMatchObject({ kind: 'paused', by: 'misconfigured' })
  })

  it('leaves a pause that another part has caused', async () => {
    const { second } = await afterFirst(tooLarge)

    await cancelDelivery({ db, clock }, { ...second, reason: 'not wanted' })

    expect(await destinationOf(db, destination)).toMatchObject({ pause: { by: 'rejected' } })
  })
})

describe('a delivery that has ended', () => {
  it.each(['retry', 'cancel'])('refuses to %s, and says how to send it again', async (what) => {
    const { first } = await afterFirst({ kind: 'delivered', receipt: 'r' })
    const decide = () =>
      what === 'retry'
        ? retryDelivery({ db, clock }, first)
        : cancelDelivery({ db, clock }, { ...first, reason: 'late' })

    await expect(decide()).rejects.toMatchObject({
      code: 'conflict',
      message: textLike(/has been delivered at 2025-03-01T10:00:00.000Z.*tocsin exports replay/),
    })
  })

  it.each(['dlv_nowhere', ''])('is not one that is not there: %j', async (deliveryId) => {
    await expect(retryDelivery({ db, clock }, { ...actor, deliveryId })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})
