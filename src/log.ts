import pino from 'pino'
import type { Logger } from 'pino'
import type { LogLevel } from './config.ts'

export type LogFields = Readonly<Record<string, unknown>>

/**
 * Where the program says what happens. The message is always the same text; the facts are fields, so that lines can be
 * counted and searched. `error`: a person must act on our own system. `warn`: degraded, or somebody else's endpoint is
 * down. `info`: a scan completed, a delivery ended, start, stop. `debug`: the rest. Never one line a finding.
 */
export interface Log {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A log whose every line carries these fields too: `scan_id`, `delivery_id`, `attempt`, `destination_id`. */
  child(fields: LogFields): Log
}

/**
 * A log that writes one JSON object a line, its `time` as ISO 8601 in UTC. What names itself a secret is censored at
 * any depth, and so is a password inside a URL, wherever in a text it stands.
 *
 * @param options.write Takes one whole line, its newline included.
 */
export function createLog(options: {
  readonly level: LogLevel
  readonly write: (line: string) => void
  readonly now: () => Date
}): Log {
  const logger = pino(
    {
      level: options.level,
      timestamp: () => `,"time":"${options.now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain objects by then; pino's own serializer would take them for errors and fold them.
      serializers: { err: (value: unknown) => value },
    },
    { write: options.write },
  )
  return logOn(logger)
}

function logOn(logger: Logger): Log {
  const writeAt = (level: LogLevel) => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(level)) logger[level](censorFields(fields), message)
  }
  return {
    debug: writeAt('debug'),
    info: writeAt('info'),
    warn: writeAt('warn'),
    error: writeAt('error'),
    child: (fields) => logOn(logger.child(censorFields(fields))),
  }
}

const CENSORED = '[secret]'

/** Names of fields whose values are never shown, in snake_case and camelCase alike. */
const SECRET_NAME =
  /password|passwd|passphrase|secret|token|credential|authorization|cookie|api_?key|private_?key|access_?key|connection_?string|database_?url/i

/** `user:password@` of a URL: all between the scheme and the last @ before the path begins. */
const URL_CREDENTIALS = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi

/** Deeper facts than this are not facts for a log; it also ends a circle. */
const MAX_DEPTH = 8

function censorFields(fields: LogFields): Record<string, unknown> {
  return censorEntries(fields, 0)
}

function censorEntries(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_NAME.test(name) && value !== undefined && value !== null
        ? CENSORED
        : censor(value, depth + 1),
    ]),
  )
}

function censor(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replace(URL_CREDENTIALS, `$1${CENSORED}@`)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[deep]'
  if (value instanceof Error) return censorError(value, depth)
  if (hasToJson(value)) return censor(value.toJSON(), depth + 1)
  if (Array.isArray(value)) return value.map((item) => censor(item, depth + 1))
  return censorEntries(value, depth)
}

/** An error with its cause and with what libraries hang on it (`code`, `detail`), which Error leaves out of JSON. */
function censorError(error: Error, depth: number): Record<string, unknown> {
  return {
    ...censorEntries(error, depth),
    type: error.name,
    message: censor(error.message, depth),
    stack: censor(error.stack, depth),
    ...(error.cause === undefined ? {} : { cause: censor(error.cause, depth + 1) }),
  }
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function'
}
