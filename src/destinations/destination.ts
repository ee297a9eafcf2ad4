import type { Static, TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import type { SendOutcome } from '../domain/delivery.ts'
import type { Compression, ExportPart, Framing, RecordFormat } from '../domain/export-part.ts'

export type { SendOutcome } from '../domain/delivery.ts'

export type Stability = 'experimental' | 'stable' | 'deprecated'

/** A kind of place an export can go. Homogeneous on purpose: the registry needs no `any`. */
export interface DestinationType {
  /** Kebab-case; stored with each destination. Never changes once released. */
  readonly id: string
  readonly title: string
  readonly stability: Stability
  /** What an operator sets; defaults live here. */
  readonly config: TObject
  /** The records, framings and compressions it can take; the first of each is its default. */
  readonly accepts: Accepts
  /** The configuration with its defaults, or every problem with it. Opens nothing. */
  parse(config: unknown): ParsedConfig
  /** Opens nothing on the network. `config` is what `parse` accepted. */
  open(config: unknown, deps: DestinationDeps): Destination
}

export type ParsedConfig =
  | { readonly kind: 'valid'; readonly config: Readonly<Record<string, unknown>> }
  | { readonly kind: 'invalid'; readonly problems: readonly ConfigProblem[] }

export interface ConfigProblem {
  /** JSON pointer into the configuration. */
  readonly pointer: string
  readonly message: string
}

export interface Accepts {
  readonly records: readonly RecordFormat[]
  readonly framings: readonly Framing[]
  readonly compressions: readonly Compression[]
}

export interface Destination {
  /**
   * Makes one attempt to send one part. Does not retry, wait, split or log; stops when `signal` aborts.
   * What the other side answers is an outcome, not an exception; only a bug throws.
   */
  send(part: ExportPart, signal: AbortSignal): Promise<SendOutcome>
  /** The Test button: proves that `send` would be allowed, and leaves nothing behind that a reader would take. */
  check(signal: AbortSignal): Promise<CheckResult>
}

/** One line a step of the test, in the order in which they were tried. */
export interface CheckResult {
  readonly ok: boolean
  readonly steps: readonly CheckStep[]
}

export interface CheckStep {
  readonly name: string
  readonly ok: boolean
  /** What was seen; when not ok, also what to do. */
  readonly detail: string
}

/** Everything a destination may touch beside its own protocol. Tests pass a fake of each. */
export interface DestinationDeps {
  readonly now: () => Date
  /** Hex digits, for names that must not meet. */
  readonly randomHex: (bytes: number) => string
}

/** Types the author's `config` and erases it for the registry. */
export function defineDestination<S extends TObject>(type: {
  readonly id: string
  readonly title: string
  readonly stability: Stability
  readonly config: S
  readonly accepts: Accepts
  /** What the schema cannot say: whether the values make sense together. */
  problems?(config: Static<S>): readonly ConfigProblem[]
  open(config: Static<S>, deps: DestinationDeps): Destination
}): DestinationType {
  const validator = Compile(type.config)
  const parse = (given: unknown): ParsedConfig => {
    const config = validator.Default(structuredClone(given))
    if (!validator.Check(config)) {
      return { kind: 'invalid', problems: validator.Errors(config).flatMap(toProblems) }
    }
    const problems = type.problems?.(config) ?? []
    return problems.length > 0
      ? { kind: 'invalid', problems }
      : { kind: 'valid', config: { ...(config as Record<string, unknown>) } }
  }
  return {
    id: type.id,
    title: type.title,
    stability: type.stability,
    config: type.config,
    accepts: type.accepts,
    parse,
    open(config, deps) {
      if (!validator.Check(config))
        throw new TypeError(`${type.id}: open() takes what parse() accepted`)
      return type.open(config, deps)
    },
  }
}

/** One problem a field: JSON Schema reports what is missing or unknown on the object that holds it. */
function toProblems(error: TLocalizedValidationError): readonly ConfigProblem[] {
  switch (error.keyword) {
    case 'required':
      return error.params.requiredProperties.map((name) => ({
        pointer: `${error.instancePath}/${name}`,
        message: 'must be given',
      }))
    case 'additionalProperties':
      return error.params.additionalProperties.map((name) => ({
        pointer: `${error.instancePath}/${name}`,
        message: 'is not a setting of this type of destination',
      }))
    case 'boolean': // what `additionalProperties` says too
      return []
    default:
      return [{ pointer: error.instancePath, message: error.message }]
  }
}
