import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  isRunning,
  processesEnd,
  processesOf,
  queryOnce,
  serverEnds,
  testServers,
} from '../../../test/embedded-server.ts'
import { textWith } from '../../../test/matchers.ts'
import { until } from '../../../test/until.ts'
import { toError } from '../../errors.ts'
import { connectionConfig } from '../database.ts'
import type { EmbeddedServer } from './acquire-embedded-server.ts'

const servers = testServers()

/** With a cluster from the first test on; those that need an empty one make it. */
let dataDir: string

beforeAll(async () => {
  dataDir = await servers.makeDataDir()
})

describe('the first command', () => {
  it('makes the cluster and gets a database of its own', async () => {
    const { connection } = await servers.acquire(dataDir)

    const [facts] = await queryOnce(
      connection,
      `select current_database() as database, current_user as user, datcollate as collate,
         pg_encoding_to_char(encoding) as encoding, pg_get_userbyid(datdba) as owner,
         current_setting('data_checksums') as checksums, current_setting('fsync') as fsync,
         current_setting('listen_addresses') as listens, current_setting('server_version_num')::int / 10000 as major
       from pg_database where datname = current_database()`,
    )

    expect(facts).toEqual({
      database: 'tocsin',
      user: 'tocsin',
      collate: 'C',
      encoding: 'UTF8',
      owner: 'tocsin',
      checksums: 'on',
      fsync: 'on',
      listens: '',
      major: 18,
    })
  })

  it('lets in nobody without the password, and nobody else to the files', async () => {
    const { connection } = await servers.acquire(dataDir)

    const refused = queryOnce({ ...connection, password: 'guessed' }, 'select 1')

    // 28P01 is invalid_password.
    await expect(refused).rejects.toMatchObject({ code: '28P01' })
    expect(await modesOf('postgres', 'run', 'postgres/tocsin-password', 'postgres.log')).toEqual([
      '700',
      '700',
      '600',
      '600',
    ])
  })
})

async function modesOf(...names: string[]): Promise<string[]> {
  const found = await Promise.all(names.map((name) => stat(join(dataDir, name))))
  return found.map(({ mode }) => (mode & 0o777).toString(8))
}

describe('commands at the same time', () => {
  it('share one server, which stands until the last has let go', async () => {
    const first = await servers.acquire(dataDir)
    const second = await servers.acquire(dataDir)
    const processes = await processesOf(dataDir)

    await first.release()
    const answer = await queryOnce(second.connection, 'select 1 as one')
    await second.release()
    await processesEnd(processes)

    expect(second.connection).toEqual(first.connection)
    expect(answer).toEqual([{ one: 1 }])
    expect(await readdir(join(dataDir, 'run'))).toEqual([])
  })

  it('start one server in a fresh folder, from two processes and this one', async () => {
    const folder = await servers.makeDataDir()

    const [first, second] = await Promise.all([
      servers.hold(folder).held,
      servers.hold(folder).held,
      servers.acquire(folder),
    ])

    expect(first).toEqual(second)
    expect(await readdir(folder)).toEqual(['postgres', 'postgres.log', 'run'])
  })

  it('find the server still up when they follow one another', async () => {
    const first = await servers.acquire(dataDir)
    const before = await processesOf(dataDir)
    await first.release()

    await servers.acquire(dataDir)

    expect(await processesOf(dataDir)).toEqual(before)
  })
})

describe('a killed process', () => {
  it('counts no longer when it was a command: the server stops by itself', async () => {
    const holder = servers.hold(dataDir)
    const processes = await holder.held

    await holder.kill()
    await processesEnd(processes)

    expect(await isRunning(processes.postmaster)).toBe(false)
  })

  it('leaves no statement running when it was a command', async () => {
    const { connection } = await servers.acquire(dataDir)
    const client = new pg.Client(connectionConfig(connection))
    const broken = new Promise((resolve) => client.on('error', resolve))
    await client.connect()
    const failure = client.query('select pg_sleep(600)').catch(toError)
    const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep'`
    await until(async () => (await queryOnce(connection, sleeping)).length === 1)

    client.connection.stream.destroy() // as the kernel does it
    await until(async () => (await queryOnce(connection, sleeping)).length === 0)

    expect(await failure).toBeInstanceOf(Error)
    await broken
  })

  it('is replaced when it was the supervisor, by the next command', async () => {
    const holder = servers.hold(dataDir)
    const before = await holder.held
    const connection = await kept('supervisor')

    holder.process.kill('SIGSTOP') // it would be the next command itself
    process.kill(before.supervisor, 'SIGKILL')
    await until(async () => !(await isRunning(before.supervisor)))
    await servers.acquire(dataDir)

    expect(await processesOf(dataDir)).not.toEqual(before)
    expect(await isRunning(before.postmaster)).toBe(false)
    expect(await queryOnce(connection, 'select text from kept_supervisor')).toEqual([
      { text: 'kept' },
    ])
  })

  it('is replaced when it was the supervisor, by the commands that use it', async () => {
    const server = await servers.acquire(dataDir)
    const before = await processesOf(dataDir)

    process.kill(before.supervisor, 'SIGKILL')
    await until(async () => (await processesOf(dataDir)).supervisor !== before.supervisor)
    await until(() => answers(server))
    const passing = await servers.acquire(dataDir)
    await passing.release()

    // Longer than the grace after the last user: this command is still counted.
    await sleep(1500)
    expect(await answers(server)).toBe(true)
  })

  it('is replaced when it was the postmaster, and what was committed is there', async () => {
    const connection = await kept('postmaster')
    const before = await processesOf(dataDir)

    process.kill(before.postmaster, 'SIGKILL')
    await until(() => answers({ connection }))

    const after = await processesOf(dataDir)
    expect(after.supervisor).toBe(before.supervisor)
    expect(after.postmaster).not.toBe(before.postmaster)
    expect(await queryOnce(connection, 'select text from kept_postmaster')).toEqual([
      { text: 'kept' },
    ])
  })

  it('ends the server when it was the postmaster again and again, and the commands are told', async () => {
    await serverEnds(dataDir) // and its count of crashes
    const notices: string[] = []
    const server = await servers.acquire(dataDir, { onNotice: (line) => notices.push(line) })
    const { supervisor } = await processesOf(dataDir)

    for (let killed = 1; killed <= 5; killed++) {
      await until(() => answers(server))
      process.kill((await processesOf(dataDir)).postmaster, 'SIGKILL')
      await until(async () => !(await answers(server)))
    }
    await until(async () => !(await isRunning(supervisor)))

    expect(await answers(server)).toBe(false)
    expect(notices).toEqual([textWith('5 times in a row')])
  })

  it('leaves nothing half-made when it was the supervisor during initdb', async () => {
    const folder = await servers.makeDataDir()
    const holder = servers.hold(folder)
    holder.held.catch(() => {})
    let supervisor = 0
    await until(async () => {
      // postgres.<process id of the supervisor>.new
      const workshop = (await readdir(folder)).find((name) => name.endsWith('.new'))
      supervisor = Number(workshop?.split('.')[1])
      return workshop !== undefined
    })

    await holder.kill()
    process.kill(supervisor, 'SIGKILL')
    const { connection } = await servers.acquire(folder)

    expect(await queryOnce(connection, 'select 1 as one')).toEqual([{ one: 1 }])
    expect(await readdir(folder)).toEqual(['postgres', 'postgres.log', 'run'])
  })
})

/** A committed row, and how to reach it. */
async function kept(name: string): Promise<EmbeddedServer['connection']> {
  const { connection } = await servers.acquire(dataDir)
  await queryOnce(connection, `create table kept_${name} as select 'kept' as text`)
  return connection
}

async function answers({ connection }: Pick<EmbeddedServer, 'connection'>): Promise<boolean> {
  return queryOnce(connection, 'select 1').then(
    () => true,
    () => false,
  )
}
