import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { until } from './until.ts'

/** The server of a test run, and how its databases are told from others there. */
export interface TestServer {
  /** A server that stands; undefined: the embedded one, which the first test that needs it starts in `folder`. */
  readonly url: string | undefined
  readonly folder: string
  readonly prefix: string
}

declare module 'vitest' {
  interface ProvidedContext {
    testServer: TestServer
  }
}

/**
 * Runs once a test run, before and after all test files: `globalSetup` in vitest.config.ts. Starts nothing, so that a
 * run of pure tests stays quick; afterwards no database, folder or process is left of it, whatever failed.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-test-'))
  // As root, PostgreSQL runs as another user, who must reach it.
  await chmod(folder, 0o755)
  const url = serverUrl(process.env)
  const testServer = { url, folder, prefix: `tocsin_test_${process.pid}_` }
  project.provide('testServer', testServer)
  return async () => {
    await (url === undefined ? serverEnd(folder) : dropDatabases(url, testServer.prefix))
    await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** TOCSIN_TEST_DATABASE_URL, or what pg_virtualenv sets. */
function serverUrl(env: NodeJS.ProcessEnv): string | undefined {
  const given = env['TOCSIN_TEST_DATABASE_URL'] ?? ''
  if (given !== '') return given
  const host = env['PGHOST'] ?? ''
  if (host === '') return undefined
  const [user, password] = [env['PGUSER'] ?? '', env['PGPASSWORD'] ?? ''].map(encodeURIComponent)
  const address = `${encodeURIComponent(host)}:${env['PGPORT'] ?? '5432'}`
  return `postgresql://${user}:${password}@${address}/${env['PGDATABASE'] ?? 'postgres'}`
}

/** The embedded server ends by itself with its last user: all test processes have ended by now. */
async function serverEnd(folder: string): Promise<void> {
  await until(async () => {
    const socket = await stat(join(folder, 'run', 'control.sock')).catch(() => undefined)
    const postmaster = await stat(join(folder, 'postgres', 'postmaster.pid')).catch(() => undefined)
    return socket === undefined && postmaster === undefined
  })
}

async function dropDatabases(url: string, prefix: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    const named = 'select datname from pg_database where starts_with(datname, $1)'
    const { rows } = await client.query<{ datname: string }>(named, [prefix])
    for (const { datname } of rows) await client.query(`drop database ${datname} with (force)`)
  } finally {
    await client.end()
  }
}
