import type { Destination } from '../destinations/destination.ts'
import { afterAttempt, isDue, isProbeDue, outcomeReason } from '../domain/delivery.ts'
import type { AfterAttempt, AttemptOutcome, Pauser } from '../domain/delivery.ts'
import type { ExportPart } from '../domain/export-part.ts'
import type { Transaction } from '../store/database.ts'
import {
  findHeadDelivery,
  getPart,
  insertAttempt,
  updateAttempt,
  updateDelivered,
  updateDueAt,
} from '../store/deliveries.ts'
import type { Delivery } from '../store/deliveries.ts'
import {
  getDestination,
  lockDestination,
  updateLastSuccess,
  updatePause,
} from '../store/destinations.ts'
import type { Pause, StoredDestination } from '../store/destinations.ts'
import { releaseLease, renewLease, takeLease } from '../store/leases.ts'
import type { Lease } from '../store/leases.ts'
import { attemptDelivery } from './attempt-delivery.ts'
import type { AppDeps } from './deps.ts'
import { openDestination } from './open-destination.ts'
import type { DestinationAccess } from './open-destination.ts'

/**
 * How long a lease stands unless it is renewed: as long as a worker that was killed holds up its destination. Renewed
 * three times in that time, so that one renewal may fail.
 */
export const LEASE_MS = 30_000

/** Clocks of two workers that differ by more than this are taken for one clock that was set back. */
const CLOCK_SKEW_MS = LEASE_MS

/** How long an attempt that is under way is waited for when the process must end. */
export const STOP_GRACE_MS = 10_000

export interface DrainDeps extends Pick<AppDeps, 'db' | 'clock' | 'log'>, DestinationAccess {
  /** From 0 up to, but not including, 1: spreads the retries. */
  readonly random: () => number
}

export interface DrainRequest {
  readonly tenantId: string
  /** Its name or its `dst_` id. */
  readonly destination: string
  /** Who drains, for the ledger: machine and process. */
  readonly worker: string
  /** Stops claiming; the attempt under way is waited for up to `graceMs`, then aborted. */
  readonly signal: AbortSignal
  readonly graceMs?: number
}

export interface DrainResult {
  readonly destination: string
  /** Parts delivered by this call. */
  readonly delivered: number
  readonly outcome: DrainOutcome
}

/** Why a drain ended. */
export type DrainOutcome =
  /** Nothing is pending. */
  | { readonly kind: 'drained' }
  /** The head has failed and is tried again at `nextDueAt`; what stands behind it waits. */
  | { readonly kind: 'waiting'; readonly nextDueAt: Date; readonly deliveryId: string }
  | {
      readonly kind: 'paused'
      readonly by: Pauser
      readonly reason: string
      /** When it is tried again by itself; otherwise a person must act. */
      readonly probeAt: Date | undefined
    }
  /** Another drain is at it, until `until` unless it renews. */
  | { readonly kind: 'leased_elsewhere'; readonly until: Date }
  /** This one was held up for so long that another took over; what it did last is not recorded. */
  | { readonly kind: 'lost_lease' }
  | { readonly kind: 'stopped' }

/** A part that is to be sent now: its attempt is in the ledger. */
interface Claim {
  readonly kind: 'claimed'
  readonly delivery: Delivery
  readonly number: number
  readonly probing: boolean
  readonly part: ExportPart
  readonly destination: Destination
}

interface Drain {
  readonly deps: DrainDeps
  readonly request: DrainRequest
  readonly destinationId: string
  readonly lease: Lease
}

/**
 * Sends what is pending for one destination, in publishing order, until nothing is left, something must wait, or it is
 * told to stop. Only one drain of a destination runs at a time, on any machine: it holds the destination's lease. Each
 * step is a transaction of its own and none is open while a part is being sent: attempt written, part sent, outcome
 * recorded if the lease is still ours. Whoever dies in between leaves an attempt without an end, and the next drain
 * sends the same key and bytes again. Throws only when the database does, or when there is no such destination.
 */
export async function drainDestination(
  deps: DrainDeps,
  request: DrainRequest,
): Promise<DrainResult> {
  const { destinationNo, destinationId, name } = await deps.db.transaction(request.tenantId, (tx) =>
    getDestination(tx, request.destination),
  )
  const nothing = { destination: name, delivered: 0 }
  if (request.signal.aborted) return { ...nothing, outcome: { kind: 'stopped' } }
  // Held while it drains, so that the next one knows at once when this process dies, and does not wait for the lease to
  // lapse. The lease itself is what counts: who stands still for too long loses it, alive or not.
  const alive = await deps.db.tryHold(`tocsin drain ${request.tenantId} ${destinationId}`)
  try {
    const taken = await take(deps, request, destinationNo, alive !== undefined)
    if (!('fence' in taken)) return { ...nothing, outcome: taken }
    const drained = await drainUnderLease({ deps, request, destinationId, lease: taken })
    // An exception leaves the lease to the next one: the database that has just failed could not take it back.
    await deps.db.transaction(request.tenantId, (tx) => releaseLease(tx, taken))
    return { destination: name, ...drained }
  } finally {
    await alive?.release()
  }
}

async function take(
  deps: DrainDeps,
  request: DrainRequest,
  destinationNo: number,
  withHold: boolean,
): Promise<Lease | DrainOutcome> {
  const now = deps.clock.now()
  const taken = await deps.db.transaction(request.tenantId, (tx) =>
    takeLease(tx, destinationNo, {
      owner: request.worker,
      now,
      until: leaseUntil(now),
      clockSkewMs: CLOCK_SKEW_MS,
      withHold,
    }),
  )
  // It was removed a moment ago, and with it what was pending.
  if (taken === undefined) return { kind: 'drained' }
  return 'fence' in taken ? taken : { kind: 'leased_elsewhere', until: taken.takenUntil }
}

async function drainUnderLease(drain: Drain): Promise<Omit<DrainResult, 'destination'>> {
  const { db, log } = drain.deps
  const { tenantId, signal } = drain.request
  let delivered = 0
  for (;;) {
    if (signal.aborted) return { delivered, outcome: { kind: 'stopped' } }
    const claim = await db.transaction(tenantId, (tx) => claimNext(tx, drain))
    if (claim.kind !== 'claimed') return { delivered, outcome: claim }
    const outcome = await sendClaimed(drain, claim)
    const recorded = await db.transaction(tenantId, (tx) => record(tx, drain, claim, outcome))
    if (recorded === 'lost_lease') {
      log.warn(
        { ...factsOf(drain, claim), outcome: outcome.kind },
        'lease lost, outcome not recorded',
      )
      return { delivered, outcome: { kind: 'lost_lease' } }
    }
    logOutcome(drain, claim, outcome, recorded)
    if (outcome.kind === 'delivered') delivered += 1
  }
}

/** Opens the attempt at the head of the line, or says why there is none to make. */
async function claimNext(tx: Transaction, drain: Drain): Promise<Claim | DrainOutcome> {
  const { deps, request, lease } = drain
  const now = deps.clock.now()
  if (!(await renewLease(tx, lease, leaseUntil(now)))) return { kind: 'lost_lease' }
  const stored = await lockDestination(tx, lease.destinationNo)
  if (stored === undefined) return { kind: 'drained' }
  const delivery = await findHeadDelivery(tx, lease.destinationNo)
  const { pause } = stored
  const probing = pause !== undefined && isProbeDue(pause.probeAt, now) && delivery !== undefined
  if (pause !== undefined && !probing) {
    return { kind: 'paused', by: pause.by, reason: pause.reason, probeAt: pause.probeAt }
  }
  if (delivery === undefined) return { kind: 'drained' }
  if (!probing && !isDue(delivery, now)) {
    return { kind: 'waiting', nextDueAt: delivery.dueAt, deliveryId: delivery.deliveryId }
  }
  const number = await insertAttempt(tx, delivery.deliveryNo, {
    worker: request.worker,
    startedAt: now,
  })
  // It was cancelled a moment ago; the next one is at the head now.
  if (number === undefined) return claimNext(tx, drain)
  const part = await getPart(tx, delivery.partNo)
  return {
    kind: 'claimed',
    delivery,
    number,
    probing,
    part,
    destination: openDestination(deps, stored),
  }
}

function sendClaimed({ deps, request, lease }: Drain, claim: Claim): Promise<AttemptOutcome> {
  return attemptDelivery(deps, claim.destination, claim.part, {
    renewLease: () =>
      deps.db.transaction(request.tenantId, (tx) =>
        renewLease(tx, lease, leaseUntil(deps.clock.now())),
      ),
    renewEveryMs: LEASE_MS / 3,
    stop: request.signal,
    graceMs: request.graceMs ?? STOP_GRACE_MS,
  })
}

/** Writes what an attempt came to, unless another worker has the lease: then it is that one's to write. */
async function record(
  tx: Transaction,
  { deps, lease }: Drain,
  claim: Claim,
  outcome: AttemptOutcome,
): Promise<AfterAttempt | 'lost_lease'> {
  const now = deps.clock.now()
  if (!(await renewLease(tx, lease, leaseUntil(now)))) return 'lost_lease'
  const { deliveryNo } = claim.delivery
  await updateAttempt(tx, {
    deliveryNo,
    number: claim.number,
    finishedAt: now,
    outcome: outcome.kind,
    reason: outcomeReason(outcome),
  })
  const after = afterAttempt(outcome, {
    number: claim.number,
    probing: claim.probing,
    now,
    random: deps.random,
  })
  const stored = await lockDestination(tx, lease.destinationNo)
  if (after.delivery.kind === 'delivered') {
    await updateDelivered(tx, deliveryNo, { receipt: after.delivery.receipt, at: now })
    await updateLastSuccess(tx, lease.destinationNo, now)
    await applyToDestination(tx, stored, claim, after, now)
    return after
  }
  const stillPending = await updateDueAt(tx, deliveryNo, after.delivery.dueAt)
  // A part that a person cancelled meanwhile is decided upon: it must not pause what comes after it.
  const decided = !stillPending && (outcome.kind === 'rejected' || outcome.kind === 'key_occupied')
  if (!decided) await applyToDestination(tx, stored, claim, after, now)
  return after
}

/** What a person did to the destination meanwhile stands. */
async function applyToDestination(
  tx: Transaction,
  stored: StoredDestination | undefined,
  claim: Claim,
  after: AfterAttempt,
  now: Date,
): Promise<void> {
  if (stored === undefined || stored.pause?.by === 'person') return
  const pause = pauseAfter(stored.pause, claim, after, now)
  if (pause !== stored.pause) await updatePause(tx, stored.destinationNo, pause)
}

function pauseAfter(
  pause: Pause | undefined,
  claim: Claim,
  after: AfterAttempt,
  now: Date,
): Pause | undefined {
  const { destination } = after
  switch (destination.kind) {
    case 'open':
      return claim.probing ? undefined : pause
    case 'still_paused':
      return pause && { ...pause, probeAt: destination.probeAt }
    case 'paused': {
      const { by, reason, probeAt } = destination
      // How long it has been so is what people ask: a probe that meets the same cause does not start it anew.
      const at = pause?.by === by ? pause.at : now
      return { at, by, reason, probeAt }
    }
  }
}

function leaseUntil(now: Date): Date {
  return new Date(now.getTime() + LEASE_MS)
}

function factsOf({ request, destinationId }: Drain, claim: Claim): Record<string, unknown> {
  return {
    tenant_id: request.tenantId,
    destination_id: destinationId,
    delivery_id: claim.delivery.deliveryId,
    attempt: claim.number,
    key: claim.part.key,
  }
}

function logOutcome(
  drain: Drain,
  claim: Claim,
  outcome: AttemptOutcome,
  after: AfterAttempt,
): void {
  const facts = factsOf(drain, claim)
  if (after.delivery.kind === 'delivered') {
    drain.deps.log.info({ ...facts, receipt: after.delivery.receipt }, 'part delivered')
    return
  }
  drain.deps.log.warn(
    {
      ...facts,
      outcome: outcome.kind,
      reason: outcomeReason(outcome),
      ...(after.destination.kind === 'open'
        ? { retry_at: after.delivery.dueAt }
        : { paused: true }),
    },
    'delivery attempt failed',
  )
}
