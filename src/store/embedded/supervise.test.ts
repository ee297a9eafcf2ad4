import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  isRunning,
  processesEnd,
  processesOf,
  queryOnce,
  serverEnds,
  testServers,
} from '../../../test/embedded-server.ts'
import { textLike } from '../../../test/matchers.ts'
import { until } from '../../../test/until.ts'
import { errorCodeOf } from '../../errors.ts'
import type { EmbeddedConnection } from './control-protocol.ts'

const servers = testServers()

let dataDir: string

beforeAll(async () => {
  dataDir = await servers.makeDataDir()
  const server = await servers.acquire(dataDir)
  await server.release()
})

describe('a supervisor', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops PostgreSQL on %s without waiting for those who use it, and tells them',
    async (signal) => {
      const notices: string[] = []
      const { connection } = await servers.acquire(dataDir, {
        onNotice: (line) => notices.push(line),
      })
      const processes = await processesOf(dataDir)
      const failure = queryOnce(connection, 'select pg_sleep(60)').catch(errorCodeOf)
      await until(async () => (await sleepers(connection)) === 1)

      process.kill(processes.supervisor, signal)
      await processesEnd(processes)

      // 57P01 is admin_shutdown.
      expect(await failure).toBe('57P01')
      expect(notices).toEqual(['The embedded PostgreSQL was stopped'])
    },
  )

  it('starts beside another program that has got the number of a dead postmaster', async () => {
    await crashServer()
    const bystander = await startBystander()
    await renumber(bystander)

    const { connection } = await servers.acquire(dataDir)

    expect(await queryOnce(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await isRunning(bystander)).toBe(true)
  })

  it('refuses a cluster of another major version, with the way out', async () => {
    await serverEnds(dataDir)
    const version = join(dataDir, 'postgres', 'PG_VERSION')
    const real = await readFile(version)
    onTestFinished(() => writeFile(version, real))
    await writeFile(version, '17\n')

    const refused = servers.acquire(dataDir)

    await expect(refused).rejects.toMatchObject({
      code: 'database_unavailable',
      message: textLike(
        /postgres is PostgreSQL 17's.*18.*TOCSIN_DATA_DIR.*PostgreSQL 17 of your own.*DATABASE_URL.*pg_dump/,
      ),
    })
  })

  it('says why PostgreSQL does not start, from its log', async () => {
    await serverEnds(dataDir)
    const settings = join(dataDir, 'postgres', 'postgresql.conf')
    const real = await readFile(settings)
    onTestFinished(() => writeFile(settings, real))
    await writeFile(settings, 'max_connections = many\n')

    const refused = servers.acquire(dataDir)

    await expect(refused).rejects.toMatchObject({
      code: 'database_unavailable',
      message: textLike(/does not start: .*FATAL.*More in .*postgres\.log/),
    })
  })

  it('leaves a postmaster alone whose own supervisor lives, even if nobody can reach that', async () => {
    const { connection } = await servers.acquire(dataDir)
    const before = await processesOf(dataDir)
    await rm(join(dataDir, 'run', 'control.sock'))

    const refused = servers.acquire(dataDir, { deadlineMs: 1500 })

    await expect(refused).rejects.toMatchObject({ code: 'database_unavailable' })
    expect(await processesOf(dataDir)).toEqual(before)
    expect(await queryOnce(connection, 'select 1 as one')).toEqual([{ one: 1 }])
  })
})

async function sleepers(connection: EmbeddedConnection): Promise<number> {
  const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep'`
  return (await queryOnce(connection, sleeping)).length
}

/** Kills a server with everything that belongs to it. */
async function crashServer(): Promise<void> {
  const holder = servers.hold(dataDir)
  const { supervisor, postmaster } = await holder.held
  await holder.kill()
  process.kill(supervisor, 'SIGKILL')
  process.kill(postmaster, 'SIGKILL')
  await processesEnd({ supervisor, postmaster })
}

/** Any program, of the user that PostgreSQL runs as. */
async function startBystander(): Promise<number> {
  const { uid, gid } = await stat(join(dataDir, 'postgres'))
  const bystander = spawn('/bin/sleep', ['600'], { uid, gid, cwd: '/' })
  onTestFinished(() => void bystander.kill())
  await once(bystander, 'spawn')
  return bystander.pid ?? 0
}

/** Makes the files of a dead postmaster name another process. */
async function renumber(pid: number): Promise<void> {
  for (const file of ['postgres/postmaster.pid', 'run/.s.PGSQL.5432.lock']) {
    const path = join(dataDir, file)
    const [, ...rest] = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, [pid, ...rest].join('\n'))
  }
}
