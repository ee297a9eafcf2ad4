import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { QueryResultRow } from 'pg'
import { afterAll, afterEach } from 'vitest'
import { connectionConfig } from '../src/store/database.ts'
import type { Connection } from '../src/store/database.ts'
import { acquireEmbeddedServer } from '../src/store/embedded/acquire-embedded-server.ts'
import type {
  AcquireOptions,
  EmbeddedServer,
} from '../src/store/embedded/acquire-embedded-server.ts'
import { describeProcess } from '../src/store/embedded/describe-process.ts'
import { until } from './until.ts'

/** Servers of one test file: let go of after each test, ended and removed after the last. */
export interface TestServers {
  /** A data directory that PostgreSQL's user reaches when the tests run as root. */
  makeDataDir(): Promise<string>
  acquire(dataDir: string, options?: Omit<AcquireOptions, 'dataDir'>): Promise<EmbeddedServer>
  /** A command of a process of its own that holds the server until it is killed. */
  hold(dataDir: string): Holder
}

/** To be called once, at the top of a test file. */
export function testServers(): TestServers {
  const folders: string[] = []
  const servers: EmbeddedServer[] = []
  const holders: Holder[] = []

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.release()))
    await Promise.all(holders.splice(0).map((holder) => holder.kill()))
  })
  afterAll(async () => {
    await Promise.all(folders.map(serverEnds))
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  return {
    async makeDataDir() {
      const folder = await mkdtemp(join(tmpdir(), 'tocsin-embedded-'))
      folders.push(folder)
      await chmod(folder, 0o755)
      return folder
    },
    async acquire(dataDir, options) {
      const server = await acquireEmbeddedServer({ dataDir, ...options })
      servers.push(server)
      return server
    },
    hold(dataDir) {
      const holder = startHolder(dataDir)
      holders.push(holder)
      return holder
    },
  }
}

export async function queryOnce<Row extends QueryResultRow>(
  connection: Connection,
  text: string,
): Promise<Row[]> {
  const client = new pg.Client(connectionConfig(connection))
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(text)).rows
  } finally {
    await client.end()
  }
}

/** Process ids of a running server. */
export interface ServerProcesses {
  readonly postmaster: number
  readonly supervisor: number
}

export async function processesOf(dataDir: string): Promise<ServerProcesses> {
  const text = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')
  const postmaster = Number(text.split('\n')[0])
  const supervisor = (await describeProcess(postmaster))?.parent
  if (supervisor === undefined) throw new Error(`No postmaster ${postmaster}`)
  return { postmaster, supervisor }
}

/** Resolves when no server runs in a data directory, which nobody uses any more. */
export async function serverEnds(dataDir: string): Promise<void> {
  const processes = await processesOf(dataDir).catch(() => undefined)
  if (processes !== undefined) await processesEnd(processes)
}

/** Resolves when neither process runs any more. */
export async function processesEnd(processes: ServerProcesses): Promise<void> {
  await until(
    async () =>
      !(await isRunning(processes.postmaster)) && !(await isRunning(processes.supervisor)),
  )
}

export async function isRunning(pid: number): Promise<boolean> {
  return ((await describeProcess(pid))?.command ?? '') !== ''
}

export interface Holder {
  readonly process: ChildProcess
  /** Resolves with its process ids once it has the server. */
  readonly held: Promise<ServerProcesses>
  kill(): Promise<void>
}

function startHolder(dataDir: string): Holder {
  const acquire = new URL('../src/store/embedded/acquire-embedded-server.ts', import.meta.url)
  const script = `
    import { acquireEmbeddedServer } from ${JSON.stringify(acquire.href)}
    await acquireEmbeddedServer({ dataDir: ${JSON.stringify(dataDir)} })
    process.stdout.write('held')
    process.stdin.resume()`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const failed = exited.then(() => Promise.reject(new Error('It ended without the server')))
  const held = Promise.race([once(child.stdout, 'data'), failed]).then(() => processesOf(dataDir))
  return {
    process: child,
    held,
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
