import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEND_TIMEOUT_MS } from '../../src/app/attempt-delivery.ts'
import { drainDestination } from '../../src/app/drain-destination.ts'
import type { Destination, DestinationType } from '../../src/destinations/destination.ts'
import type { Database } from '../../src/store/database.ts'
import { listDeliveries } from '../../src/store/deliveries.ts'
import type { ManualClock } from '../clock.ts'
import { manualClock } from '../clock.ts'
import {
  drainDeps,
  drainRequest,
  storeDeliveries,
  storeDestination,
  TENANT,
} from '../delivery-factories.ts'
import { leaseUntilOf } from '../ledger.ts'
import { seededRandom } from '../random.ts'
import { testDatabase } from '../database.ts'
import { digests, openDestination } from './destination-contract.ts'
import type { DestinationSubject } from './destination-contract.ts'

const PARTS = 200

/** The definition of done of a destination under the worker that drives it: whatever goes wrong on the way. */
export function testUnderDrain(subject: Pick<DestinationSubject, 'type' | 'makePlace'>): void {
  describe(`${subject.type.id} under the drain`, () => {
    let db: Database
    let close: () => Promise<void>

    beforeAll(async () => {
      const database = await testDatabase()
      db = database.database
      close = () => database.drop()
    })
    afterAll(() => close())

    it.each([1, 2])(
      'receives each of 200 parts once and in order, in troubles of seed %i',
      { timeout: 120_000 },
      async (seed) => {
        const place = await subject.makePlace()
        await openDestination(subject.type, place.config).check(new AbortController().signal)
        const clock = manualClock()
        const random = seededRandom(seed)
        const firstArrivals: string[] = []
        const type = inTrouble(subject.type, {
          random,
          clock,
          onArrival: (key) => firstArrivals.push(key),
        })
        const config = place.config as Readonly<Record<string, unknown>>
        const destination = await storeDestination(db, { type: type.id, config })
        const made = await storeDeliveries(db, [destination], PARTS)
        const deps = { ...drainDeps(db, clock, type), random }

        await drainToTheEnd(deps, clock, destination.name)

        expect(firstArrivals).toEqual(made.map(({ key }) => key))
        expect(digests(await place.arrived())).toEqual(
          digests(new Map(made.map(({ key, bytes }) => [key, bytes]))),
        )
        expect(await place.listAll()).toHaveLength(PARTS)
        const ledger = await db.transaction(TENANT, (tx) =>
          listDeliveries(tx, { destinationNo: destination.destinationNo, limit: PARTS + 1 }),
        )
        expect(ledger.map(({ key }) => key)).toEqual(made.map(({ key }) => key).toReversed())
        expect(ledger.filter(({ status }) => status !== 'delivered')).toEqual([])
        expect(ledger.reduce((total, { attempts }) => total + attempts, 0)).toBeGreaterThan(
          PARTS * 1.5,
        )
        expect(await leaseUntilOf(db, destination)).toBeNull()
        await place.remove()
      },
    )
  })
}

/** Drains again whenever something is due, as the worker does. Ends with an error when it never comes to an end. */
async function drainToTheEnd(
  deps: Parameters<typeof drainDestination>[0],
  clock: ManualClock,
  destination: string,
): Promise<void> {
  for (let round = 0; round < PARTS * 20; round += 1) {
    const { outcome } = await drainDestination(deps, drainRequest(destination))
    if (outcome.kind === 'drained') return
    const again =
      outcome.kind === 'waiting'
        ? outcome.nextDueAt
        : outcome.kind === 'paused'
          ? outcome.probeAt
          : undefined
    if (again === undefined) throw new Error(`nothing will ever drain ${JSON.stringify(outcome)}`)
    clock.advance(Math.max(again.getTime() - clock.now().getTime(), 0))
  }
  throw new Error('it does not come to an end')
}

interface Trouble {
  readonly random: () => number
  readonly clock: ManualClock
  /** Hears of each key when it arrives for the first time. */
  readonly onArrival: (key: string) => void
}

/** The real destination behind a network that fails before, after and instead of it. */
function inTrouble(type: DestinationType, trouble: Trouble): DestinationType {
  const arrived = new Set<string>()
  return {
    ...type,
    open(config, deps) {
      const real = type.open(config, deps)
      const send: Destination['send'] = async (part, signal) => {
        const outcome = await real.send(part, signal)
        if (outcome.kind === 'delivered' && !arrived.has(part.key)) {
          arrived.add(part.key)
          trouble.onArrival(part.key)
        }
        return outcome
      }
      return {
        check: (signal) => real.check(signal),
        send: (part, signal) => pick(trouble.random)(send, part, signal, trouble.clock),
      }
    },
  }
}

type Happening = (
  send: Destination['send'],
  part: Parameters<Destination['send']>[0],
  signal: AbortSignal,
  clock: ManualClock,
) => ReturnType<Destination['send']>

const HAPPENINGS: readonly Happening[] = [
  (send, part, signal) => send(part, signal),
  (send, part, signal) => send(part, signal),
  (send, part, signal) => send(part, signal),
  async () => ({ kind: 'retryable', reason: 'refused before it began' }),
  async () => ({ kind: 'retryable', reason: 'busy', retryAfterMs: 30_000 }),
  async () => ({ kind: 'misconfigured', reason: 'the key was revoked' }),
  async (send, part, signal) => {
    await send(part, signal)
    return { kind: 'retryable', reason: 'the answer was lost' }
  },
  async () => {
    throw new TypeError('a bug before')
  },
  async (send, part, signal) => {
    await send(part, signal)
    throw new TypeError('a bug after')
  },
  async (_, __, signal, clock) => {
    await abortedAfter(SEND_TIMEOUT_MS, signal, clock)
    return { kind: 'retryable', reason: 'aborted' }
  },
  async (send, part, signal, clock) => {
    await abortedAfter(SEND_TIMEOUT_MS, signal, clock)
    return send(part, signal)
  },
]

function pick(random: () => number): Happening {
  return (
    HAPPENINGS[Math.floor(random() * HAPPENINGS.length)] ??
    ((send, part, signal) => send(part, signal))
  )
}

function abortedAfter(ms: number, signal: AbortSignal, clock: ManualClock): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
    clock.advance(ms)
  })
}
