import { drainAll } from '../app/drain-all.ts'
import type { DrainDeps } from '../app/drain-destination.ts'
import { toError } from '../errors.ts'

/** How often what is due is looked for, whatever else calls a drain (delivery.md F.7). */
const TICK_MS = 60_000

/** Delivers what is due in every tenant, once a minute, until it is told to stop. An error costs one tick. */
export async function deliverDue(
  deps: DrainDeps,
  worker: string,
  stopping: AbortSignal,
): Promise<void> {
  while (!stopping.aborted) {
    try {
      for (const tenantId of await deps.db.listTenantIds())
        await drainAll(deps, { tenantId, worker, signal: stopping })
    } catch (thrown) {
      deps.log.error({ err: toError(thrown) }, 'looking for due deliveries failed')
    }
    await deps.clock.sleep(TICK_MS, stopping)
  }
}
