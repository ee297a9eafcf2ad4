import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { acquireEmbeddedServer } from '../../src/store/embedded/acquire-embedded-server.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { seededRandom } from '../random.ts'
import { findViolations } from './find-violations.ts'
import { runCommand, runUntilKilled, stages } from './tocsin-process.ts'
import type { Stage } from './tocsin-process.ts'
import { writeReport } from './write-report.ts'

const USAGE = `usage: npm run test:kill -- [--runs N] [--seed N]
Kills tocsin at a random moment of ingest, complete and drain, runs the same command again, and looks whether all is there once.
`

/** How many findings the report of a run holds: enough that each stage lasts some hundred milliseconds, and for two parts. */
const FINDINGS = 12_000

process.exitCode = await main()

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { runs: { type: 'string', default: '50' }, seed: { type: 'string', default: '1' } },
  })
  const runs = Number(values.runs)
  const seed = Number(values.seed)
  if (!Number.isInteger(runs) || runs < 1 || !Number.isInteger(seed)) {
    process.stderr.write(USAGE)
    return 2
  }
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-kill-'))
  // Where this runs as root, PostgreSQL runs as another user and must pass.
  await chmod(folder, 0o755)
  const dataDir = join(folder, 'data')
  await mkdir(dataDir, { recursive: true })
  const server = await acquireEmbeddedServer({ dataDir })
  await migrate(server.connection, await readMigrations('migrations'))
  const owner = new pg.Client(server.connection)
  await owner.connect()
  try {
    return await killAll({ folder, dataDir, owner, runs, random: seededRandom(seed) })
  } finally {
    await owner.end()
    await server.release()
    await rm(folder, { recursive: true, force: true })
  }
}

interface World {
  readonly folder: string
  readonly dataDir: string
  readonly owner: pg.Client
  readonly runs: number
  readonly random: () => number
}

async function killAll(world: World): Promise<number> {
  const report = join(world.folder, 'report.jsonl')
  await writeReport(report, FINDINGS)
  const durations = await measureStages(world, report)
  process.stdout.write(
    `stages last ${stages.map((stage) => `${stage} ${Math.round(durations[stage])} ms`).join(', ')} without a kill\n`,
  )

  const kills: Record<Stage | 'none', number> = { ingest: 0, complete: 0, drain: 0, none: 0 }
  let violations = 0
  for (let run = 0; run < world.runs; run += 1) {
    const place = await preparePlace(world, `kill-${run}`)
    const aim = stages[run % stages.length] ?? 'ingest'
    // Beyond the usual end too, so that the very last moments of a stage are hit.
    const delayMs = world.random() * durations[aim] * 1.1
    const killedIn = await runUntilKilled({ ...place, report }, aim, delayMs)
    kills[killedIn ?? 'none'] += 1
    const again = await runCommand({ ...place, report })
    const found = [
      ...(again.code === 0
        ? []
        : [`the command run again ended with ${again.code}: ${again.stderr.slice(-500)}`]),
      ...(await findViolations(world.owner, place, FINDINGS)),
    ]
    violations += found.length
    for (const violation of found)
      process.stdout.write(
        `run ${run}, killed in ${killedIn ?? 'nothing'} after ${Math.round(delayMs)} ms: ${violation}\n`,
      )
    await rm(place.out, { recursive: true, force: true })
  }
  process.stdout.write(
    `${world.runs} runs, kills: ${Object.entries(kills)
      .map(([stage, count]) => `${stage} ${count}`)
      .join(', ')}, violations: ${violations}\n`,
  )
  return violations === 0 ? 0 : 1
}

/** A tenant and a folder of their own, with a destination and a rule. */
async function preparePlace(
  world: World,
  name: string,
): Promise<{ tenantId: string; out: string; dataDir: string }> {
  const tenantId = `id-${name}`
  const out = join(world.folder, name)
  await world.owner.query('insert into tenants (tenant_id, name) values ($1, $1)', [tenantId])
  const place = { tenantId, out, dataDir: world.dataDir }
  for (const args of [
    ['destinations', 'add', 'file', 'siem', '--path', out],
    ['alert-rules', 'add', 'To the SIEM', '--event-type', 'siem', '--destination', 'siem'],
  ]) {
    const { code, stderr } = await runCommand(place, args)
    if (code !== 0 || !existsSync(out)) throw new Error(`${args.join(' ')}: ${stderr}`)
  }
  return place
}

async function measureStages(world: World, report: string): Promise<Record<Stage, number>> {
  const place = await preparePlace(world, 'calibration')
  const { code, stderr, durations } = await runCommand({ ...place, report })
  if (code !== 0) throw new Error(stderr)
  await rm(place.out, { recursive: true, force: true })
  return durations
}
