import type { CheckResult } from '../destinations/destination.ts'
import { getDestination } from '../store/destinations.ts'
import type { AppDeps } from './deps.ts'
import { openDestination } from './open-destination.ts'
import type { DestinationAccess } from './open-destination.ts'

/** The Test button: whether the destination can receive, step by step. Throws `not_found`. */
export async function checkDestination(
  deps: Pick<AppDeps, 'db'> & DestinationAccess,
  request: {
    readonly tenantId: string
    readonly destination: string
    readonly signal: AbortSignal
  },
): Promise<CheckResult> {
  const stored = await deps.db.transaction(request.tenantId, (tx) =>
    getDestination(tx, request.destination),
  )
  return openDestination(deps, stored).check(request.signal)
}
