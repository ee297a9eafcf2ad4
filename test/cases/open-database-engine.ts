import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { stageReport } from '../../src/app/stage-report.ts'
import { createRecordValidator, quarantineReason } from '../../src/formats/record-validator.ts'
import { loadSchemas } from '../../src/formats/schemas.ts'
import { native } from '../../src/sources/native/index.ts'
import type { Connection } from '../../src/store/database.ts'
import { openDatabase } from '../../src/store/database.ts'
import { acquireEmbeddedServer } from '../../src/store/embedded/acquire-embedded-server.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { databaseEngine } from './database-engine.ts'
import type { Engine } from './engine.ts'

/** The engine on a server of its own, or in a database of its own on the server that TOCSIN_TEST_DATABASE_URL names. */
export async function openDatabaseEngine(): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-cases-'))
  // Where this runs as root, PostgreSQL runs as another user and must pass.
  await chmod(folder, 0o755)
  const place = await openPlace(folder)
  const migrations = await readMigrations('migrations')
  await migrate(place.connection, migrations)
  const database = openDatabase(place.connection, { maxConnections: 4, onError: () => {} })
  const owner = new pg.Pool({
    ...(typeof place.connection === 'string'
      ? { connectionString: place.connection }
      : place.connection),
    max: 1,
  })
  const spoolDir = join(folder, 'spool')
  await mkdir(spoolDir)
  const validate = createRecordValidator(await loadSchemas('docs/formats'))
  return databaseEngine({
    app: {
      db: database,
      log: silentLog,
      spoolDir,
      randomId: (prefix) => `${prefix}_${randomBytes(13).toString('hex')}`,
      stageReport: (report, request) =>
        stageReport(report, request, {
          sources: [native],
          quarantineReason: (body, detectionType) =>
            quarantineReason(body, detectionType, validate),
        }),
    },
    sql: (text, values) => owner.query(text, [...values]),
    async close() {
      await Promise.all([database.close(), owner.end()])
      await place.close()
      await rm(folder, { recursive: true, force: true })
    },
  })
}

const silentLog = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

async function openPlace(
  folder: string,
): Promise<{ readonly connection: Connection; close(): Promise<void> }> {
  const url = process.env['TOCSIN_TEST_DATABASE_URL']
  if (url === undefined) {
    const dataDir = join(folder, 'data')
    await mkdir(dataDir)
    const server = await acquireEmbeddedServer({ dataDir })
    return { connection: server.connection, close: () => server.release() }
  }
  const name = `tocsin_cases_${randomBytes(4).toString('hex')}`
  const onServer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(statement)
    await client.end()
  }
  await onServer(`create database ${name}`)
  const connection = new URL(url)
  connection.pathname = `/${name}`
  return {
    connection: connection.href,
    close: () => onServer(`drop database ${name} with (force)`),
  }
}
