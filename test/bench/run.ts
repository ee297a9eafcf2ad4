import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { acquireEmbeddedServer } from '../../src/store/embedded/acquire-embedded-server.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { copyThroughGzip, copyRawRows } from './limits.ts'
import { measureCommand } from './measure-command.ts'
import { writeBenchReport } from './write-bench-report.ts'

const USAGE = `usage: npm run bench -- [ingest] [export] [--findings N]
Prints each figure as a ratio against its limit in the same run.
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const at = args.indexOf('--findings')
  const findings = at === -1 ? 100_000 : Number(args[at + 1])
  const parts = args.filter((arg, index) => !arg.startsWith('--') && index !== at + 1)
  if (!Number.isInteger(findings) || parts.some((part) => part !== 'ingest' && part !== 'export')) {
    process.stderr.write(USAGE)
    return 2
  }
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-bench-'))
  // Where this runs as root, PostgreSQL runs as another user and must pass.
  await chmod(folder, 0o755)
  const dataDir = join(folder, 'data')
  await mkdir(dataDir)
  const server = await acquireEmbeddedServer({ dataDir })
  try {
    await migrate(server.connection, await readMigrations('migrations'))
    const owner = new pg.Client(server.connection)
    await owner.connect()
    await bench({ folder, dataDir, owner, findings })
    await owner.end()
    return 0
  } finally {
    await server.release()
    await rm(folder, { recursive: true, force: true })
  }
}

interface World {
  readonly folder: string
  readonly dataDir: string
  readonly owner: pg.Client
  readonly findings: number
}

async function bench({ folder, dataDir, owner, findings }: World): Promise<void> {
  const say = (text: string): boolean => process.stdout.write(`${text}\n`)
  say(
    `${findings} findings, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`,
  )
  const first = join(folder, 'first.jsonl')
  const second = join(folder, 'second.jsonl')
  await writeBenchReport(first, { findings, seed: 1, scan: 1 })
  await writeBenchReport(second, { findings, seed: 1, scan: 2 })
  const run = (args: readonly string[]) => measureCommand(dataDir, args)

  const ingest = await run(['ingest', first])
  const raw = await copyRawRows(owner)
  say(
    `ingest and complete      ${rate(findings, ingest.ms)}  ratio to raw COPY of the same rows (${rate(raw.rows, raw.ms)}): ${ratio(raw.ms, ingest.ms)}`,
  )
  const again = await run(['ingest', second])
  say(
    `second scan, 90 % same   ${rate(findings, again.ms)}  ratio to the first scan: ${ratio(ingest.ms, again.ms)}`,
  )

  await run(['destinations', 'add', 'file', 'siem', '--path', join(folder, 'out')])
  await run(['alert-rules', 'add', 'To the SIEM', '--event-type', 'siem', '--destination', 'siem'])
  const exporting = await run(['ingest', second, '--again'])
  const renderMs = Math.max(1, exporting.ms - again.ms)
  const limit = await copyThroughGzip(owner, join(folder, 'limit.gz'))
  say(
    `export and deliver       ${rate(limit.rows, renderMs)}  ratio to COPY TO STDOUT | gzip -1 (${rate(limit.rows, limit.ms)}): ${ratio(limit.ms, renderMs)}`,
  )
  say(`  whole scan with export ${rate(findings, exporting.ms)}`)
  for (const [name, { nodeMiB, backendMiB }] of [
    ['first scan', ingest],
    ['second scan', again],
    ['scan with export', exporting],
  ] as const) {
    say(
      `peak memory, ${name}: Node ${nodeMiB} MiB, a process of PostgreSQL ${backendMiB} MiB of its own`,
    )
  }
}

function rate(rows: number, ms: number): string {
  return `${Math.round(rows / (ms / 1000)).toLocaleString('en')} rows/s`.padStart(16)
}

/** How much of the limit's speed it reaches. */
function ratio(limitMs: number, ms: number): string {
  return (limitMs / ms).toFixed(2)
}
