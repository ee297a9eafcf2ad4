import { randomBytes, randomInt } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { App, AppOptions, Cli } from './cli/cli.ts'
import { runCommandLine } from './cli/program.ts'
import { systemClock } from './clock.ts'
import { DEFAULT_TENANT_ID, loadConfig } from './config.ts'
import type { Config } from './config.ts'
import { destinationTypes } from './destinations/index.ts'
import { AppError, errorCodeOf, errorCodes, toError } from './errors.ts'
import { loadSchemas } from './formats/schemas.ts'
import type { PublishedSchemas } from './formats/schemas.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { serve } from './serve.ts'
import { openSpool } from './spool.ts'
import { stageInThread } from './stage-in-thread.ts'
import { openDatabase } from './store/database.ts'
import type { Connection } from './store/database.ts'
import { acquireEmbeddedServer } from './store/embedded/acquire-embedded-server.ts'
import { deleteEmbeddedServer } from './store/embedded/delete-embedded-server.ts'
import { migrate, readMigrations, refuseNewerSchema, schemaState } from './store/migrate.ts'
import type { Migration } from './store/migrate.ts'

/** The transaction that takes a report, four drains with one each, and some air. */
const MAX_CONNECTIONS = 10

const packageDir = fileURLToPath(new URL('..', import.meta.url))

/** Builds everything, runs the command line, answers the exit code. */
async function main(): Promise<number> {
  const stopping = new AbortController()
  let serving = false
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      stopping.abort()
      // Nothing is half done at any moment, so a command that does not serve need not be waited for.
      if (!serving) process.exit(code)
    })
  }
  let stdin: NodeJS.ReadStream | undefined
  const out = writerTo(process.stdout)
  const err = writerTo(process.stderr)
  const args = process.argv.slice(2)
  const schemas = await loadSchemas(join(packageDir, 'docs/formats'))
  const migrations = await readMigrations(join(packageDir, 'migrations'))
  const { version } = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as {
    version: string
  }
  // Not before a command runs: a variable that makes no sense should not keep anybody from the help.
  const world = once((): World => {
    const config = loadConfig(process.env)
    const level = config.logLevel ?? (args.includes('serve') ? 'info' : 'error')
    const log = createLog({ level, write: err, now: systemClock.now })
    return { config, log, schemas, migrations }
  })
  const cli: Cli = {
    get config() {
      return world().config
    },
    version,
    schemas,
    migrations,
    user: loginName(),
    examplesDir: join(packageDir, 'examples'),
    terminal: {
      out,
      err,
      // A dumb terminal cannot take a line away again.
      interactive: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    },
    stopping: stopping.signal,
    stdin() {
      stdin = process.stdin
      return stdin as AsyncIterable<Uint8Array>
    },
    withConnection: (options, work) => withConnection(world(), options, work),
    withApp: (options, work) =>
      withConnection(world(), options, (connection) =>
        withApp(world(), options, connection, async (app) => {
          await refuseUnknownTenant(app, cli.tenantId)
          return work(app)
        }),
      ),
    deleteData: deleteEmbeddedServer,
    serve(app, onListening) {
      serving = true
      const { host, port } = world().config
      return serve(app, {
        host,
        port,
        schemaVersion: migrations.length,
        stopping: stopping.signal,
        onListening,
      })
    },
    tenantId: DEFAULT_TENANT_ID,
    verbose: false,
    exitCode: 0,
  }
  const exitCode = await runCommandLine(cli, args)
  // Whoever still holds the other end of the pipe should not keep a command that is done.
  stdin?.destroy()
  return exitCode
}

/** Writes until the reader goes away (| head); then drops what comes, so that the work is done all the same. */
function writerTo(stream: NodeJS.WriteStream): (text: string) => void {
  let isRead = true
  stream.on('error', (error) => {
    if (errorCodeOf(error) !== 'EPIPE') throw error
    isRead = false
  })
  return (text) => {
    if (isRead) stream.write(text)
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

interface World {
  readonly config: Config
  readonly log: Log
  readonly schemas: PublishedSchemas
  readonly migrations: readonly Migration[]
}

/** The user's own server where DATABASE_URL names one, else the embedded one, for as long as `work` runs. */
async function withConnection<T>(
  world: World,
  options: AppOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const url = options.dataDir === undefined ? world.config.databaseUrl?.reveal() : undefined
  if (url !== undefined) return work(url)
  const server = await acquireEmbeddedServer({
    dataDir: dataDirOf(world, options),
    onNotice: (line) => world.log.info({ data_dir: dataDirOf(world, options) }, line),
  })
  try {
    return await work(server.connection)
  } finally {
    await server.release()
  }
}

async function withApp<T>(
  world: World,
  options: AppOptions,
  connection: Connection,
  work: (app: App) => Promise<T>,
): Promise<T> {
  await bringUpToDate(world, connection)
  const spoolDir = await openSpool(join(dataDirOf(world, options), 'spool'), {
    hostname: hostname(),
    pid: process.pid,
  })
  const db = openDatabase(connection, {
    maxConnections: MAX_CONNECTIONS,
    onError: (error) => world.log.warn({ err: error }, 'an idle connection to the database broke'),
  })
  try {
    return await work({
      db,
      connection,
      clock: systemClock,
      log: world.log,
      spoolDir,
      randomId: (prefix) => `${prefix}_${randomText()}`,
      random: () => randomInt(2 ** 32) / 2 ** 32,
      stageReport: stageInThread(world.schemas),
      destinationTypes,
      destinationDeps: {
        now: systemClock.now,
        randomHex: (bytes) => randomBytes(bytes).toString('hex'),
      },
      worker: `${hostname()}:${process.pid}`,
    })
  } finally {
    await db.close()
    await rm(spoolDir, { recursive: true, force: true })
  }
}

/** The embedded database is ours to migrate; a server of the user's is migrated when they say so. */
async function bringUpToDate(world: World, connection: Connection): Promise<void> {
  if (typeof connection !== 'string') {
    await migrate(connection, world.migrations)
    return
  }
  const state = await schemaState(connection, world.migrations)
  refuseNewerSchema(state.version, world.migrations.length)
  if (state.kind === 'outdated') {
    throw new AppError(
      'schema_outdated',
      `The database has schema ${state.version}, this program needs ${state.wanted}. Run: tocsin migrate`,
    )
  }
}

async function refuseUnknownTenant(app: App, tenantId: string): Promise<void> {
  if ((await app.db.listTenantIds()).includes(tenantId)) return
  throw new AppError(
    'not_found',
    `There is no tenant ${tenantId}. The first one is ${DEFAULT_TENANT_ID}`,
  )
}

/** Who runs this: by name, or by number in a container that knows no names. */
function loginName(): string {
  try {
    return userInfo().username
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}

function dataDirOf(world: World, options: AppOptions): string {
  return resolve(options.dataDir ?? world.config.dataDir)
}

/** 26 characters of 32 letters and digits: 130 random bits. */
function randomText(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  return Array.from(randomBytes(26), (byte) => alphabet[byte % alphabet.length]).join('')
}

try {
  process.exitCode = await main()
} catch (thrown) {
  const error = toError(thrown)
  process.stderr.write(`tocsin: ${error.message}\n`)
  process.exitCode = error instanceof AppError ? errorCodes[error.code] : 1
}
