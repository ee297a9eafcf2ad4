import pg from 'pg'
import type { PoolClient, QueryResultRow } from 'pg'
import { AppError, toError } from '../errors.ts'
import { openHolds } from './holds.ts'
import type { Holds } from './holds.ts'

/** Where PostgreSQL is: a URL, or what the embedded server answers. */
export type Connection =
  | string
  | {
      readonly host: string
      readonly user: string
      readonly password: string
      readonly database: string
    }

/**
 * The database as the application sees it: always as the role `tocsin_app`, always inside one tenant. Row-level
 * security leaves nothing to read to a query that comes another way.
 */
export interface Database extends Pick<Holds, 'tryHold'> {
  /** Runs `work` in one transaction of one tenant: committed when it returns, rolled back when it throws. */
  transaction<T>(tenantId: string, work: (tx: Transaction) => Promise<T>): Promise<T>
  /** The ids of all tenants: the one thing that reaches across them. */
  listTenantIds(): Promise<readonly string[]>
  close(): Promise<void>
}

export interface Transaction {
  readonly tenantId: string
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>
  /** The connection itself, for COPY. */
  readonly client: PoolClient
}

/** Opens a pool; connects when it is first used. `onError` hears of idle connections that break. */
export function openDatabase(
  connection: Connection,
  options: { readonly maxConnections: number; readonly onError: (error: Error) => void },
): Database {
  const pool = new pg.Pool({
    ...connectionConfig(connection),
    max: options.maxConnections,
    options: '-c timezone=UTC -c client_min_messages=warning',
    types: { getTypeParser },
  })
  const holds = openHolds(connectionConfig(connection))
  pool.on('error', options.onError)
  // A pool passes on only errors of idle connections; one that breaks in use would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))

  return {
    async transaction(tenantId, work) {
      const client = await connect(pool)
      let broken: Error | undefined
      try {
        // The role of row-level security; here, as `options` in DATABASE_URL would replace one given at the connect.
        await client.query('begin; set local role tocsin_app')
        await client.query("select set_config('tocsin.tenant_id', $1, true)", [tenantId])
        const result = await work(transactionOn(client, tenantId))
        const { command } = await client.query('commit')
        if (command !== 'COMMIT')
          throw new Error('A statement failed, and its error was lost: nothing is committed')
        return result
      } catch (thrown) {
        await client.query('rollback').catch((error: unknown) => {
          broken = toError(error)
        })
        throw thrown
      } finally {
        client.release(broken)
      }
    },
    async listTenantIds() {
      const client = await connect(pool)
      try {
        const { rows } = await client.query<{ tenant_id: string }>(
          'select tocsin_tenant_ids() as tenant_id',
        )
        return rows.map((row) => row.tenant_id)
      } finally {
        client.release()
      }
    },
    tryHold: (name) => holds.tryHold(name),
    async close() {
      await Promise.all([pool.end(), holds.close()])
    },
  }
}

/** The settings of one connection, for a pool or a single client. */
export function connectionConfig(connection: Connection): pg.ClientConfig {
  // The embedded server's socket: PGPORT and PGSSLMODE of the environment mean another server.
  const parsed =
    typeof connection === 'string'
      ? { connectionString: connection }
      : { port: 5432, ssl: false, ...connection }
  return { ...parsed, application_name: 'tocsin', connectionTimeoutMillis: 10_000, keepAlive: true }
}

function transactionOn(client: PoolClient, tenantId: string): Transaction {
  return {
    tenantId,
    client,
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      const result = await client.query<Row>(text, [...values])
      return { rows: result.rows, rowCount: result.rowCount ?? 0 }
    },
  }
}

async function connect(pool: pg.Pool): Promise<PoolClient> {
  try {
    return await pool.connect()
  } catch (thrown) {
    throw new AppError(
      'database_unavailable',
      `The database cannot be reached: ${toError(thrown).message}. Check DATABASE_URL, or run: tocsin doctor`,
      { cause: thrown },
    )
  }
}

/** The oid of bigint[] (pg_type.dat of PostgreSQL), which pg has no name for. */
const INT8_ARRAY = 1016

/** int8 and numeric counts become numbers: identity columns and sizes stay far below 2^53. */
const numberTypes: ReadonlySet<number> = new Set([
  pg.types.builtins.INT8,
  pg.types.builtins.NUMERIC,
])

function getTypeParser(id: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (numberTypes.has(id)) return Number
  if (id === INT8_ARRAY) {
    return (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number))
  }
  return pg.types.getTypeParser(id, format) as (text: string) => unknown
}
