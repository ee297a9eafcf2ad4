import type { Destination, DestinationDeps, DestinationType } from '../destinations/destination.ts'
import type { StoredDestination } from '../store/destinations.ts'

/** What use cases need to reach a destination. */
export interface DestinationAccess {
  readonly destinationTypes: readonly DestinationType[]
  readonly destinationDeps: DestinationDeps
}

/**
 * A stored destination, ready to send. One that this program cannot open (a type that it does not know, settings that
 * it no longer accepts) answers so to every attempt: an operator must act, and what waits for it is kept.
 */
export function openDestination(access: DestinationAccess, stored: StoredDestination): Destination {
  const type = access.destinationTypes.find(({ id }) => id === stored.type)
  if (type === undefined) {
    return misconfigured(
      `this program has no destination of type ${stored.type}: install the one that made it, or newer`,
    )
  }
  const parsed = type.parse(stored.config)
  if (parsed.kind === 'invalid') {
    const problems = parsed.problems.map(({ pointer, message }) => `${pointer} ${message}`)
    return misconfigured(
      `its settings are not valid: ${problems.join('; ')}. Remove the destination and add it again`,
    )
  }
  return type.open(parsed.config, access.destinationDeps)
}

function misconfigured(reason: string): Destination {
  return {
    send: async () => ({ kind: 'misconfigured', reason }),
    check: async () => ({ ok: false, steps: [{ name: 'Settings', ok: false, detail: reason }] }),
  }
}
