import { AppError } from '../errors.ts'
import { listRulesUsing } from '../store/alert-rules.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { updateAllCancelled } from '../store/deliveries.ts'
import { getDestination, updateRemovedDestination } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'

/**
 * Takes a destination away and cancels what is pending for it; what it received stays in the ledger. Answers how many
 * deliveries it cancelled. Throws `not_found`, and `in_use` with the alert rules that name it.
 */
export async function removeDestination(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: Actor & { readonly destination: string },
): Promise<{ readonly cancelled: number }> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const { destinationNo, destinationId, name } = await getDestination(
      tx,
      request.destination,
      'remove',
    )
    const rules = await listRulesUsing(tx, destinationNo)
    if (rules.length > 0) {
      throw new AppError(
        'in_use',
        `The destination ${name} is used by: ${rules.join(', ')}. Take it out of these alert rules, or remove them, first.`,
        { details: rules.map((rule) => ({ at: rule, message: `exports to ${name}` })) },
      )
    }
    const cancelled = await updateAllCancelled(tx, destinationNo, {
      reason: 'the destination was removed',
      at: now,
    })
    await updateRemovedDestination(tx, destinationNo, now)
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'destination.remove',
      subject: destinationId,
      before: { name },
      after: { cancelled },
    })
    return { cancelled }
  })
}
