import { AppError } from './errors.ts'
import type { Detail } from './errors.ts'
import { Secret } from './secret.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** The tenant that every database has from the start. */
export const DEFAULT_TENANT_ID = 'id-default'

/** Facts of this process, from the environment. What operators set lives in the database. */
export interface Config {
  /** Holds a password. Absent: the embedded server under `dataDir`. */
  readonly databaseUrl: Secret | undefined
  /** As given; relative to the working directory. */
  readonly dataDir: string
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Absent where none is set: a server then logs `info`, a command only what is wrong with ourselves. */
  readonly logLevel: LogLevel | undefined
  readonly tenantId: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** A variable's value, or what was expected in its place. */
type Parsed<T> =
  | { readonly kind: 'valid'; readonly value: T }
  | { readonly kind: 'invalid'; readonly expected: string }

/**
 * The configuration, with its defaults; frozen. A variable that is empty counts as not set.
 *
 * @throws AppError `invalid_config` with one detail for each variable that makes no sense: its name, what was
 * expected and an example, never the value, which may be a password in the wrong place.
 */
export function loadConfig(env: Environment): Config {
  const problems: Detail[] = []

  function read<T>(name: string, fallback: T, parse: (text: string) => Parsed<T>): T {
    const text = env[name] ?? ''
    if (text === '') return fallback
    const parsed = parse(text)
    if (parsed.kind === 'valid') return parsed.value
    problems.push({ at: name, message: `expected ${parsed.expected}` })
    return fallback
  }

  const config: Config = {
    databaseUrl: read<Secret | undefined>('DATABASE_URL', undefined, parseDatabaseUrl),
    dataDir: read('TOCSIN_DATA_DIR', './tocsin-data', parseFolder),
    host: read('TOCSIN_HOST', '127.0.0.1', parseHost),
    port: read('TOCSIN_PORT', 8080, parsePort),
    logLevel: read<LogLevel | undefined>('TOCSIN_LOG_LEVEL', undefined, parseLogLevel),
    tenantId: read('TOCSIN_TENANT', DEFAULT_TENANT_ID, parseTenantId),
  }
  if (problems.length > 0) {
    const lines = problems.map((problem) => `${problem.at}: ${problem.message}`)
    throw new AppError('invalid_config', `Wrong configuration. ${lines.join('; ')}`, {
      details: problems,
    })
  }
  return Object.freeze(config)
}

function valid<T>(value: T): Parsed<T> {
  return { kind: 'valid', value }
}

function invalid(expected: string): Parsed<never> {
  return { kind: 'invalid', expected }
}

function parseDatabaseUrl(text: string): Parsed<Secret> {
  const url = URL.parse(text)
  return url?.protocol === 'postgres:' || url?.protocol === 'postgresql:'
    ? valid(new Secret(text))
    : invalid(
        'the URL of a PostgreSQL database, such as postgres://tocsin:PASSWORD@db.example:5432/tocsin',
      )
}

function parseFolder(text: string): Parsed<string> {
  return text.includes('\0') ? invalid('a folder, such as /var/lib/tocsin') : valid(text)
}

function parseHost(text: string): Parsed<string> {
  return /^[\w.:-]+$/.test(text)
    ? valid(text)
    : invalid('a host name or an address to listen on, such as 127.0.0.1 or 0.0.0.0')
}

function parsePort(text: string): Parsed<number> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? valid(port) : invalid('a port from 0 to 65535, such as 8080')
}

function parseLogLevel(text: string): Parsed<LogLevel> {
  const level = logLevels.find((known) => known === text)
  return level === undefined
    ? invalid(`one of ${logLevels.join(', ')}, such as info`)
    : valid(level)
}

function parseTenantId(text: string): Parsed<string> {
  return /^id[A-Za-z0-9-]{0,61}$/.test(text)
    ? valid(text)
    : invalid('a tenant: id and up to 61 letters, digits and dashes, such as id-default')
}
