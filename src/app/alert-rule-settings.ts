import type { JsonObject } from '../domain/observation.ts'
import { AppError } from '../errors.ts'
import type { Detail } from '../errors.ts'
import { exportRanges } from '../store/alert-rules.ts'
import type { AlertRule, ExportRange } from '../store/alert-rules.ts'
import type { Transaction } from '../store/database.ts'
import { findDestination } from '../store/destinations.ts'
import { nameProblems, settingsError } from './setting-problems.ts'

/** The form of an alert rule, as a person fills it in. What is left out stays as it is, or is the default. */
export interface AlertRuleSettings {
  readonly name?: string
  readonly eventType?: string
  /** Part of the form, and refused: it filters messages to people, and every export holds every severity. */
  readonly minimalSeverity?: string
  readonly enabled?: boolean
  /** What an export holds: `coverage` or `tenant`. */
  readonly fullExport?: string
  /** Names or ids. */
  readonly destinations?: readonly string[]
}

/** Throws `invalid_argument` with every problem of the form; destinations are looked up later. */
export function readAlertRuleSettings(settings: AlertRuleSettings): {
  readonly fullExport: ExportRange | undefined
} {
  const fullExport = exportRanges.find((range) => range === settings.fullExport)
  const problems: Detail[] = settings.name === undefined ? [] : [...nameProblems(settings.name)]
  if (settings.eventType !== undefined && settings.eventType !== 'siem') {
    problems.push({ at: '/event_type', message: 'must be siem' })
  }
  if (settings.minimalSeverity !== undefined) {
    const message =
      'cannot be set for the event type siem: an export holds every severity, and the SIEM filters'
    problems.push({ at: '/minimal_severity', message })
  }
  if (settings.fullExport !== undefined && fullExport === undefined) {
    problems.push({ at: '/full_export', message: `must be one of ${exportRanges.join(', ')}` })
  }
  if (problems.length > 0)
    throw settingsError('invalid_argument', 'The alert rule cannot be saved', problems)
  return { fullExport }
}

/** The destinations of these names or ids. Throws `not_found` with each that is not there. */
export async function resolveDestinations(
  tx: Transaction,
  namesOrIds: readonly string[],
): Promise<readonly number[]> {
  const unknown: Detail[] = []
  const found: number[] = []
  for (const [index, nameOrId] of namesOrIds.entries()) {
    const destination = await findDestination(tx, nameOrId, 'keep')
    if (destination === undefined) unknown.push({ at: `/destinations/${index}`, message: nameOrId })
    else found.push(destination.destinationNo)
  }
  if (unknown.length === 0) return found
  const names = unknown.map(({ message }) => message).join(', ')
  throw new AppError(
    'not_found',
    `There is no destination ${names}. See: tocsin destinations list`,
    { details: unknown },
  )
}

/** A rule as the audit log shows it. */
export function toAuditedRule(rule: AlertRule): JsonObject {
  return {
    name: rule.name,
    event_type: rule.eventType,
    enabled: rule.enabled,
    full_export: rule.fullExport,
    destinations: rule.destinations.map(({ name }) => name),
  }
}
