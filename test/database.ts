import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import type { QueryResultRow } from 'pg'
import { inject } from 'vitest'
import { connectionConfig, openDatabase } from '../src/store/database.ts'
import type { Connection, Database } from '../src/store/database.ts'
import { acquireEmbeddedServer } from '../src/store/embedded/acquire-embedded-server.ts'
import { migrate, readMigrations } from '../src/store/migrate.ts'
import type { TestServer } from './global-setup.ts'

/** A database of a test file's own, with the schema of the product and nothing in it but the default tenant. */
export interface TestDatabase {
  /** As the owner, as the product is given it. */
  readonly connection: Connection
  /** As the application sees it. */
  readonly database: Database
  /** One statement as the owner, whom row-level security does not bind. */
  owner<Row extends QueryResultRow>(text: string, values?: readonly unknown[]): Promise<Row[]>
  /** Closes what is open and removes it. */
  drop(): Promise<void>
}

/** A server that is held while a test file uses it. */
interface HeldServer {
  connectionTo(databaseName: string): Connection
  readonly maintenance: Connection
  release(): Promise<void>
}

export const migrationsFolder = fileURLToPath(new URL('../migrations', import.meta.url))

/** Clones the migrated template; the first call of a run makes that. For `beforeAll`, with `drop` in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  return cloneOf(templateDatabase)
}

/** A database that no migration has touched, for tests of migrating. */
export async function emptyTestDatabase(): Promise<Omit<TestDatabase, 'database'>> {
  return cloneOf(() => Promise.resolve('template0'))
}

type FindTemplate = (held: HeldServer, prefix: string) => Promise<string>

async function cloneOf(findTemplate: FindTemplate): Promise<TestDatabase> {
  const testServer = inject('testServer')
  const held = await holdServer(testServer)
  const name = `${testServer.prefix}${randomUUID().slice(0, 8)}`
  try {
    const template = await findTemplate(held, testServer.prefix)
    await withClient(held.maintenance, (client) =>
      client.query(`create database ${name} template ${template}`),
    )
  } catch (thrown) {
    await held.release()
    throw thrown
  }
  return openTestDatabase(held, name)
}

function openTestDatabase(held: HeldServer, name: string): TestDatabase {
  const connection = held.connectionTo(name)
  const database = openDatabase(connection, { maxConnections: 5, onError: () => {} })
  const owners = new pg.Pool({ ...connectionConfig(connection), max: 3 })
  owners.on('error', () => {}) // tests break connections
  return {
    connection,
    database,
    async owner<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      const { rows } = await owners.query<Row>(text, [...values])
      return rows
    },
    async drop() {
      await Promise.all([database.close(), owners.end()])
      await withClient(held.maintenance, (client) =>
        client.query(`drop database ${name} with (force)`),
      )
      await held.release()
    },
  }
}

async function holdServer({ url, folder }: TestServer): Promise<HeldServer> {
  if (url !== undefined) {
    return {
      connectionTo: (databaseName) => withDatabase(url, databaseName),
      maintenance: url,
      release: () => Promise.resolve(),
    }
  }
  const server = await acquireEmbeddedServer({ dataDir: folder })
  return {
    connectionTo: (database) => ({ ...server.connection, database }),
    maintenance: server.connection,
    release: () => server.release(),
  }
}

function withDatabase(url: string, databaseName: string): string {
  const changed = new URL(url)
  changed.pathname = `/${databaseName}`
  return changed.href
}

/** Its name appears only when it is whole, so that a run whose first test is killed makes it again. */
async function templateDatabase(held: HeldServer, prefix: string): Promise<string> {
  const template = `${prefix}template`
  const unfinished = `${template}_unfinished`
  await withClient(held.maintenance, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const made = await client.query('select from pg_database where datname = $1', [template])
    if (made.rowCount !== 0) return
    await client.query(`drop database if exists ${unfinished}`)
    await client.query(`create database ${unfinished} template template0`)
    await migrate(held.connectionTo(unfinished), await readMigrations(migrationsFolder))
    await client.query(`alter database ${unfinished} rename to ${template}`)
  })
  return template
}

async function withClient<T>(
  connection: Connection,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(connectionConfig(connection))
  client.on('error', () => {}) // the query that it breaks rejects as well
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
