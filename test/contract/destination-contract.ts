import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type {
  Destination,
  DestinationDeps,
  DestinationType,
} from '../../src/destinations/destination.ts'
import type { SendOutcome } from '../../src/domain/delivery.ts'
import type { ExportPart } from '../../src/domain/export-part.ts'

/** What a plug-in's test brings: its type, and a real or faked other side. */
export interface DestinationSubject {
  readonly type: DestinationType
  /** A place of its own for each test. */
  makePlace(): Promise<Place>
  /** What its settings hold that nobody may read in an outcome. */
  readonly secrets: readonly string[]
  /** What the other side can do wrong, and what must come of it. */
  readonly faults: readonly Fault[]
}

export interface Place {
  readonly config: unknown
  /** What a reader finds: bytes by key. */
  arrived(): Promise<ReadonlyMap<string, Uint8Array>>
  /** Everything that lies there, temporaries and probes too. */
  listAll(): Promise<readonly string[]>
  /** Puts other content where a part would go. */
  occupy(key: string, bytes: Uint8Array): Promise<void>
  remove(): Promise<void>
}

export interface Fault {
  /** As it stands in the test's name: '429 with Retry-After: 7'. */
  readonly name: string
  /** Makes it happen to the next attempt. */
  arm(place: Place): Promise<void>
  readonly kind: SendOutcome['kind']
  readonly retryAfterMs?: number
}

export const destinationDeps: DestinationDeps = {
  now: () => new Date('2025-03-01T10:00:00.000Z'),
  randomHex: (bytes) => randomBytes(bytes).toString('hex'),
}

/** A part as an export holds it. Its bytes are random: nothing may be guessed from its key. */
export function aPart(overrides: Partial<ExportPart> = {}): ExportPart {
  const bytes = overrides.bytes ?? randomBytes(2048)
  return {
    key: 'tocsin/v1/id-default/security_findings/2025/03/01/20250301T100000000Z-exp_a-full-00000-of-00001.jsonl.gz',
    stream: 'security_findings',
    bytes,
    contentType: 'application/x-gzip',
    contentSha256: createHash('sha256').update(bytes).digest('hex'),
    records: 3,
    metadata: { 'schema-version': '1', part: '0', parts: '1' },
    ...overrides,
  }
}

/** The definition of done of a destination, one attempt at a time; `destination-under-drain.ts` is the other half. */
export function testDestination(subject: DestinationSubject): void {
  describe(`${subject.type.id} keeps the contract of a destination`, () => {
    let place: Place
    let destination: Destination
    const never = new AbortController().signal

    beforeEach(async () => {
      place = await subject.makePlace()
      destination = openDestination(subject.type, place.config)
      // What a place needs once, it may make when it is tested.
      expect(await destination.check(never)).toMatchObject({ ok: true })
    })
    afterEach(() => place.remove())

    it('delivers each part once', async () => {
      const parts = Array.from({ length: 5 }, (_, number) =>
        aPart({ key: `tocsin/v1/id-a/attack_paths/${number}.jsonl.gz` }),
      )

      for (const part of parts) {
        expect(await destination.send(part, never)).toMatchObject({ kind: 'delivered' })
      }

      expect(digests(await place.arrived())).toEqual(
        digests(new Map(parts.map((part) => [part.key, part.bytes]))),
      )
      expect(await place.listAll()).toHaveLength(parts.length)
    })

    it('leaves one object after a second attempt with the same key and bytes', async () => {
      const part = aPart()
      await destination.send(part, never)

      const second = await destination.send(part, never)

      expect(second).toMatchObject({ kind: 'delivered' })
      expect(digests(await place.arrived())).toEqual(digests(new Map([[part.key, part.bytes]])))
      expect(await place.listAll()).toHaveLength(1)
    })

    it('leaves one object after two attempts at once', async () => {
      const part = aPart()
      const another = openDestination(subject.type, place.config)

      const outcomes = await Promise.all([destination.send(part, never), another.send(part, never)])

      const kinds = outcomes.map((outcome) => outcome.kind)
      expect(kinds).toContain('delivered')
      expect(kinds.filter((kind) => kind !== 'delivered' && kind !== 'retryable')).toEqual([])
      expect(digests(await place.arrived())).toEqual(digests(new Map([[part.key, part.bytes]])))
    })

    it('leaves other content under a key as it is, and answers both digests', async () => {
      const part = aPart()
      const theirs = randomBytes(100)
      await place.occupy(part.key, theirs)

      const outcome = await destination.send(part, never)

      expect(outcome).toMatchObject({ kind: 'key_occupied', theirs: sha256(theirs) })
      expect(digests(await place.arrived())).toEqual(digests(new Map([[part.key, theirs]])))
    })

    it('sends nothing once its signal has aborted', async () => {
      const outcome = await destination.send(aPart(), AbortSignal.abort())

      expect(outcome.kind).toBe('retryable')
      expect(await place.listAll()).toEqual([])
    })

    it('stops promptly when its signal aborts on the way, and leaves nothing half done', async () => {
      const part = aPart({ bytes: randomBytes(64 * 1024 * 1024) })
      const controller = new AbortController()

      const sending = destination.send(part, controller.signal)
      await new Promise((resolve) => setImmediate(resolve))
      controller.abort()
      const abortedAt = performance.now()
      const outcome = await sending

      expect(outcome.kind).toBe('retryable')
      expect(performance.now() - abortedAt).toBeLessThan(2000)
      expect(await place.listAll()).toEqual([])
      expect(await destination.send(part, never)).toMatchObject({ kind: 'delivered' })
    })

    it('leaves nothing behind that a reader would take when it is tested', async () => {
      const result = await destination.check(never)

      expect(result.ok).toBe(true)
      expect(result.steps.every((step) => step.ok && step.name !== '' && step.detail !== '')).toBe(
        true,
      )
      expect(await place.arrived()).toEqual(new Map())
    })

    for (const fault of subject.faults) {
      it(`answers ${fault.kind} to ${fault.name}`, async () => {
        await fault.arm(place)

        const outcome = await destination.send(aPart(), never)

        expect(outcome).toMatchObject({
          kind: fault.kind,
          ...(fault.retryAfterMs === undefined ? {} : { retryAfterMs: fault.retryAfterMs }),
        })
        for (const secret of subject.secrets) expect(JSON.stringify(outcome)).not.toContain(secret)
      })
    }
  })
}

/** Opens what `parse` accepts, as the product does. */
export function openDestination(type: DestinationType, config: unknown): Destination {
  const parsed = type.parse(config)
  if (parsed.kind === 'invalid') throw new Error(JSON.stringify(parsed.problems))
  return type.open(parsed.config, destinationDeps)
}

/** Content by key, short enough to be read in a failure. */
export function digests(contents: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...contents].map(([key, bytes]) => [key, sha256(bytes)]))
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
