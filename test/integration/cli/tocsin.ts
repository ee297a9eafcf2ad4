import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { inject } from 'vitest'
import type { Connection } from '../../../src/store/database.ts'
import { testDatabase } from '../../database.ts'
import type { TestDatabase } from '../../database.ts'

/** What a user sees of one command. */
export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array
  /** Another user to run it as; for root alone. */
  readonly uid?: number
  readonly env?: Readonly<Record<string, string>>
}

/** The program as it is installed, in a folder and on a database of its own. */
export interface Tocsin {
  /** Its working directory. */
  readonly folder: string
  readonly db: TestDatabase
  run(args: readonly string[], options?: RunOptions): Promise<Run>
  /** Starts a command and leaves it running, with its streams to the test. */
  start(args: readonly string[], options?: RunOptions): ChildProcessWithoutNullStreams
  /** As `run`, for what only prepares a test; rejects unless it ends with 0. */
  must(...args: readonly string[]): Promise<string>
  /** Writes a file into the folder; answers its name. */
  write(name: string, content: string | Uint8Array): Promise<string>
  /** A destination and an alert rule, both with their usual names. */
  exportToFolder(): Promise<void>
  /** The lines of all objects that were delivered, in the order of their keys. */
  exportedLines(): Promise<readonly string[]>
  /** How many rows there are of what a scan leaves behind. */
  traces(): Promise<Readonly<Record<string, number>>>
  close(): Promise<void>
}

export const noTraces = { scans: 0, staged_records: 0, findings: 0, export_runs: 0 }

const program = fileURLToPath(new URL('../../../src/main.ts', import.meta.url))

/** For `beforeAll`, with `close` in `afterAll`. */
export async function openTocsin(): Promise<Tocsin> {
  const db = await testDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-cli-'))
  // A command may run as another user.
  await chmod(folder, 0o755)
  const out = join(folder, 'out')

  function start(
    args: readonly string[],
    options: RunOptions = {},
  ): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [program, ...args], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: urlOf(db.connection),
        TOCSIN_DATA_DIR: join(folder, 'data'),
        // Each start after the first takes half as long.
        NODE_COMPILE_CACHE: join(inject('testServer').folder, 'compile-cache'),
        ...options.env,
      },
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
    })
  }

  async function run(args: readonly string[], options: RunOptions = {}): Promise<Run> {
    const child = start(args, options)
    child.stdin.on('error', () => {}) // a command that does not read it may have ended
    child.stdin.end(options.stdin ?? '')
    const closed = once(child, 'close')
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [code] = (await closed) as [number | null]
    return { code, stdout, stderr }
  }

  async function must(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(args)
    if (code !== 0) throw new Error(`tocsin ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }

  return {
    folder,
    db,
    run,
    start,
    must,
    async write(name, content) {
      await writeFile(join(folder, name), content)
      return name
    },
    async exportToFolder() {
      await must('destinations', 'add', 'file', 'siem', '--path', out)
      await must(
        'alert-rules',
        'add',
        'To the SIEM',
        '--event-type',
        'siem',
        '--destination',
        'siem',
      )
    },
    async exportedLines() {
      const names = (await readdir(out, { recursive: true })).filter((name) => name.endsWith('.gz'))
      const objects = await Promise.all(names.toSorted().map((name) => readFile(join(out, name))))
      return objects.flatMap((bytes) => gunzipSync(bytes).toString().trimEnd().split('\n'))
    },
    async traces() {
      const [counts] = await db.owner<Record<string, number>>(
        `select ${Object.keys(noTraces)
          .map((table) => `(select count(*)::int from ${table}) as ${table}`)
          .join(', ')}`,
      )
      return counts ?? {}
    },
    async close() {
      await db.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function urlOf(connection: Connection): string {
  if (typeof connection === 'string') return connection
  const { host, user, password, database } = connection
  const url = new URL(`postgresql://${user}:${password}@localhost/${database}`)
  url.searchParams.set('host', host)
  return url.href
}
