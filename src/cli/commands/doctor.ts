import { statfs } from 'node:fs/promises'
import type { Command } from 'commander'
import { checkDestination } from '../../app/check-destination.ts'
import { toError } from '../../errors.ts'
import { summarizeDeliveries } from '../../store/deliveries.ts'
import { listDestinations } from '../../store/destinations.ts'
import { schemaState } from '../../store/migrate.ts'
import { listScans } from '../../store/scans.ts'
import { describeServer } from '../../store/server-facts.ts'
import type { App, Cli } from '../cli.ts'
import { example, printDocument } from '../output.ts'
import { bytes, counted, instant, printable } from '../terminal.ts'

interface Check {
  readonly name: string
  readonly ok: boolean
  /** What was seen; when not ok, also what to do. */
  readonly detail: string
}

/** Below this a scan of a million findings may not fit: its rows, its export and the log of the database. */
const LOW_DISK_BYTES = 5_000_000_000
/** A clock that is off by more makes signatures of S3 fail and keys lie about their time. */
const CLOCK_SKEW_MS = 5_000

export function addDoctorCommand(program: Command, cli: Cli): void {
  const doctor = program
    .command('doctor')
    .description(
      'checks database, clock, disk, destinations and versions; says what is wrong and what to do',
    )
  example(doctor, 'doctor')
  doctor.action(async () => {
    const checks = await examine(cli)
    if (checks.some(({ ok }) => !ok)) cli.exitCode = 1
    printDocument(cli.terminal, doctor, { ok: checks.every(({ ok }) => ok), checks }, () =>
      checks
        .map(
          ({ name, ok, detail }) =>
            `${ok ? 'ok    ' : 'wrong '} ${name.padEnd(14)} ${printable(detail)}\n`,
        )
        .join(''),
    )
  })
}

async function examine(cli: Cli): Promise<readonly Check[]> {
  const runtime = {
    name: 'program',
    ok: true,
    detail: `Tocsin ${cli.version} on Node ${process.versions.node}`,
  }
  const disk = await examineDisk(cli)
  try {
    return await cli.withConnection({}, async (connection) => {
      const state = await schemaState(connection, cli.migrations)
      // The embedded database is migrated by whatever command opens it.
      const embedded = typeof connection !== 'string'
      const schema = {
        name: 'schema',
        ok: state.kind === 'current' || (embedded && state.kind === 'outdated'),
        detail:
          state.kind === 'current'
            ? `version ${state.version}`
            : state.kind === 'outdated'
              ? embedded
                ? `version ${state.version}: the next command brings it to ${state.wanted}`
                : `version ${state.version}, ${state.wanted} is wanted. Run: tocsin migrate`
              : `version ${state.version} is newer than this program, which knows ${state.wanted}. Install a newer Tocsin`,
      }
      if (state.kind !== 'current') return [runtime, disk, schema]
      return cli.withApp({}, async (app) => [
        runtime,
        disk,
        schema,
        ...(await examineApp(cli, app)),
      ])
    })
  } catch (thrown) {
    return [runtime, disk, { name: 'database', ok: false, detail: toError(thrown).message }]
  }
}

async function examineDisk(cli: Cli): Promise<Check> {
  const folder = cli.config.dataDir
  try {
    const { bavail, bsize } = await statfs(folder)
    const free = bavail * bsize
    return {
      name: 'disk',
      ok: free >= LOW_DISK_BYTES,
      detail: `${bytes(free)} free at ${folder}${free < LOW_DISK_BYTES ? '. Free some, or set TOCSIN_DATA_DIR to another disk' : ''}`,
    }
  } catch {
    return {
      name: 'disk',
      ok: true,
      detail: `${folder} is not there yet; the first command makes it`,
    }
  }
}

async function examineApp(cli: Cli, app: App): Promise<readonly Check[]> {
  const { tenantId } = cli
  const { facts, destinations, held, waiting } = await app.db.transaction(tenantId, async (tx) => ({
    facts: await describeServer(tx),
    destinations: await listDestinations(tx),
    held: await listScans(tx, { status: 'held', limit: 10 }),
    waiting: await summarizeDeliveries(tx),
  }))
  const skew = Math.abs(facts.now.getTime() - app.clock.now().getTime())
  return [
    { name: 'database', ok: true, detail: `PostgreSQL ${facts.version}` },
    {
      name: 'role',
      ok: facts.role === 'tocsin_app',
      detail:
        facts.role === 'tocsin_app'
          ? 'row-level security holds'
          : `works as ${facts.role}, not as tocsin_app: tenants are not kept apart. Please report this`,
    },
    {
      name: 'clock',
      ok: skew <= CLOCK_SKEW_MS,
      detail:
        skew <= CLOCK_SKEW_MS
          ? 'agrees with the database'
          : `differs from the database's by ${Math.round(skew / 1000)} s. Set both by NTP`,
    },
    ...(await Promise.all(
      destinations.map(async (destination): Promise<Check> => {
        const name = `destination ${destination.name}`
        const waits = waiting.get(destination.destinationNo)
        const queue =
          waits === undefined
            ? ''
            : `; ${counted(waits.count, 'object waits', 'objects wait')} since ${instant(waits.since)}`
        if (destination.pause !== undefined) {
          return {
            name,
            ok: false,
            detail: `paused: ${destination.pause.reason}${queue}. Resume: tocsin destinations resume ${destination.name}`,
          }
        }
        const check = await checkDestination(app, {
          tenantId,
          destination: destination.destinationId,
          signal: cli.stopping,
        })
        const failed = check.steps.find((step) => !step.ok)
        return {
          name,
          ok: check.ok,
          detail:
            failed === undefined ? `ready${queue}` : `${failed.name}: ${failed.detail}${queue}`,
        }
      }),
    )),
    ...held.map((scan) => ({
      name: 'scan',
      ok: false,
      detail: `${scan.scanId} is held by the drop guard. tocsin scans confirm ${scan.scanId}, or discard it`,
    })),
  ]
}
