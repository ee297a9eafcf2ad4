import type { CheckResult, DestinationType } from '../destinations/destination.ts'
import type { Rendition } from '../domain/export-part.ts'
import type { JsonObject } from '../domain/observation.ts'
import { AppError } from '../errors.ts'
import type { Detail } from '../errors.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import { insertDestination } from '../store/destinations.ts'
import type { StoredDestination } from '../store/destinations.ts'
import type { Actor, AppDeps } from './deps.ts'
import { openDestination } from './open-destination.ts'
import type { DestinationAccess } from './open-destination.ts'
import { nameProblems, settingsError } from './setting-problems.ts'

export interface AddDestinationRequest extends Actor {
  readonly name: string
  /** The id of its type. */
  readonly type: string
  readonly config: unknown
  /** What an export is written as; the type's default where it is left out. */
  readonly record?: string
  readonly framing?: string
  readonly compression?: string
  readonly signal: AbortSignal
}

const REFUSED = 'The destination cannot be added'

export interface AddedDestination {
  readonly destination: StoredDestination
  /** Whether it can receive. It is saved whatever this says: often the other side is set up next. */
  readonly check: CheckResult
}

/**
 * Saves a destination, and tests it. Throws `invalid_argument` for an unknown type or a bad name, `invalid_config` with
 * every problem of the settings, `name_taken`.
 */
export async function addDestination(
  deps: Pick<AppDeps, 'db' | 'clock' | 'randomId'> & DestinationAccess,
  request: AddDestinationRequest,
): Promise<AddedDestination> {
  const type = typeOf(deps.destinationTypes, request.type)
  const badName = nameProblems(request.name)
  if (badName.length > 0) throw settingsError('invalid_argument', REFUSED, badName)
  const { config, rendition } = readSettings(type, request)
  const destination = await deps.db.transaction(request.tenantId, async (tx) => {
    const now = deps.clock.now()
    const inserted = await insertDestination(tx, {
      destinationId: deps.randomId('dst'),
      name: request.name,
      type: type.id,
      config,
      rendition,
      createdAt: now,
    })
    if (inserted === undefined) {
      throw new AppError(
        'name_taken',
        `There is another destination ${request.name}. Choose another name.`,
      )
    }
    await insertAuditEntry(tx, {
      at: now,
      by: request.by,
      action: 'destination.add',
      subject: inserted.destinationId,
      after: {
        name: inserted.name,
        type: inserted.type,
        config: config as JsonObject,
        ...rendition,
      },
    })
    return inserted
  })
  return { destination, check: await openDestination(deps, destination).check(request.signal) }
}

function typeOf(types: readonly DestinationType[], id: string): DestinationType {
  const found = types.find((type) => type.id === id)
  if (found !== undefined) return found
  const known = types.map((type) => type.id).join(', ')
  throw new AppError(
    'invalid_argument',
    `There is no type of destination ${id}. There are: ${known}`,
    {
      details: [{ at: '/type', message: `must be one of ${known}` }],
    },
  )
}

/** Throws `invalid_config` with every problem, of the type's own settings and of the form of the exports. */
function readSettings(
  type: DestinationType,
  request: AddDestinationRequest,
): { readonly config: Readonly<Record<string, unknown>>; readonly rendition: Rendition } {
  const problems: Detail[] = []
  const choose = <T extends string>(
    at: string,
    accepted: readonly T[],
    wanted: string | undefined,
  ): T | undefined => {
    const found = wanted === undefined ? accepted[0] : accepted.find((one) => one === wanted)
    if (found === undefined) problems.push({ at, message: `must be one of ${accepted.join(', ')}` })
    return found
  }
  const parsed = type.parse(request.config)
  if (parsed.kind === 'invalid') {
    problems.push(
      ...parsed.problems.map(({ pointer, message }) => ({ at: `/config${pointer}`, message })),
    )
  }
  const record = choose('/record', type.accepts.records, request.record)
  const framing = choose('/framing', type.accepts.framings, request.framing)
  const compression = choose('/compression', type.accepts.compressions, request.compression)
  if (
    parsed.kind === 'invalid' ||
    record === undefined ||
    framing === undefined ||
    compression === undefined
  ) {
    throw settingsError('invalid_config', REFUSED, problems)
  }
  return { config: parsed.config, rendition: { record, framing, compression } }
}
