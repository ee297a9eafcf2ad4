import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { AppError, toError } from '../errors.ts'
import { connectionConfig } from './database.ts'
import type { Connection } from './database.ts'

export interface Migration {
  /** From the file's name: 1 for 000001-findings.sql. */
  readonly version: number
  readonly name: string
  readonly sql: string
}

export type SchemaState =
  | { readonly kind: 'current'; readonly version: number }
  | { readonly kind: 'outdated'; readonly version: number; readonly wanted: number }
  | { readonly kind: 'too_new'; readonly version: number; readonly wanted: number }

/** Any number that no other program on the same server is likely to lock: the letters TOCS. */
const ADVISORY_LOCK = 0x544f4353

/** The oldest PostgreSQL that is tested. */
const OLDEST_SERVER = 15

/** The migrations of a folder, in order. A gap or a second file of one number is a mistake of ours. */
export async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 6))
      if (version !== index + 1) throw new Error(`${name}: expected number ${index + 1}`)
      return { version, name, sql: await readFile(join(folder, name), 'utf8') }
    }),
  )
}

/**
 * Brings the schema up to date, each migration in a transaction of its own, under an advisory lock, so that two
 * programs that start together do it once. Answers which were applied. Refuses a schema newer than this program.
 */
export async function migrate(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  return withOwner(connection, async (client) => {
    await client.query('select pg_advisory_lock($1)', [ADVISORY_LOCK])
    const version = await schemaVersion(client)
    refuseNewerSchema(version, migrations.length)
    await client.query(
      'create table if not exists schema_migrations (version integer primary key, name text not null)',
    )
    const missing = migrations.filter((migration) => migration.version > version)
    for (const migration of missing) {
      try {
        await client.query('begin')
        await client.query(migration.sql)
        await client.query('insert into schema_migrations (version, name) values ($1, $2)', [
          migration.version,
          migration.name,
        ])
        await client.query('commit')
      } catch (thrown) {
        throw new Error(`${migration.name}: ${toError(thrown).message}`, { cause: thrown })
      }
    }
    return missing
  })
}

/** Whether the schema is the one that this program was written for. */
export async function schemaState(
  connection: Connection,
  migrations: readonly Migration[],
): Promise<SchemaState> {
  return withOwner(connection, async (client) => {
    const version = await schemaVersion(client)
    const wanted = migrations.length
    if (version === wanted) return { kind: 'current', version }
    return { kind: version < wanted ? 'outdated' : 'too_new', version, wanted }
  })
}

/** Refuses a schema that a newer program has used: this one does not know what it says. */
export function refuseNewerSchema(version: number, wanted: number): void {
  if (version > wanted) {
    throw new AppError(
      'schema_too_new',
      `The database has schema ${version}, this program knows ${wanted}: it was used by a newer Tocsin. Install that version or newer`,
    )
  }
}

async function schemaVersion(client: pg.Client): Promise<number> {
  const table = await client.query<{ found: string | null }>(
    "select to_regclass('schema_migrations')::text as found",
  )
  if (table.rows[0]?.found == null) return 0
  const newest = await client.query<{ version: number }>(
    'select coalesce(max(version), 0)::int as version from schema_migrations',
  )
  return newest.rows[0]?.version ?? 0
}

/** Runs `work` on a connection of the owner, which row-level security does not bind. */
async function withOwner<T>(
  connection: Connection,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    ...connectionConfig(connection),
    options: '-c timezone=UTC -c client_min_messages=warning',
  })
  client.on('error', () => {}) // the query that it breaks rejects as well
  try {
    await client.connect()
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `The database cannot be reached: ${toError(thrown).message}. Check DATABASE_URL, or run: tocsin doctor`,
      { cause: thrown },
    )
  }
  try {
    const { rows } = await client.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    )
    const major = rows[0]?.major ?? 0
    if (major < OLDEST_SERVER) {
      throw new AppError(
        'database_unavailable',
        `The server is PostgreSQL ${major}; Tocsin needs ${OLDEST_SERVER} or newer.`,
      )
    }
    return await work(client)
  } finally {
    await client.end()
  }
}
