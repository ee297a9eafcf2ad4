import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { testDatabase } from '../../test/database.ts'
import type { TestDatabase } from '../../test/database.ts'
import { listTenantTables } from '../../test/fill-tables.ts'
import type { TenantTable } from '../../test/fill-tables.ts'
import { until } from '../../test/until.ts'
import { errorCodeOf } from '../errors.ts'
import { openDatabase } from './database.ts'
import type { Connection, Database, Transaction } from './database.ts'

const OURS = 'id-ours'
const THEIRS = 'id-theirs'

/** insufficient_privilege, of a missing grant as of a policy (errcodes.txt of PostgreSQL). */
const REFUSED = '42501'

let db: TestDatabase

beforeAll(async () => {
  db = await testDatabase()
})

afterAll(() => db.drop())

describe('row-level security', () => {
  let tables: readonly TenantTable[]

  beforeAll(async () => {
    tables = await listTenantTables(db)
    for (const { name, insert } of tables) {
      await db.owner(`delete from ${name}`)
      await db.owner(insert, [OURS])
      await db.owner(insert, [THEIRS])
    }
  })

  /** What a statement does as the application in a tenant, by table: rows, or the code it is refused with. */
  async function tryEach(
    tenantId: string,
    statementOf: (table: TenantTable) => readonly [text: string, ...values: string[]],
  ): Promise<Record<string, number | string | undefined>> {
    const outcomes: Record<string, number | string | undefined> = {}
    for (const table of tables) {
      const [text, ...values] = statementOf(table)
      outcomes[table.name] = await db.database
        .transaction(tenantId, async (tx) => (await tx.query(text, values)).rowCount)
        .catch(errorCodeOf)
    }
    return outcomes
  }

  /** One outcome for all tables, but for some. */
  function allTables<T>(outcome: T, besides: Record<string, T> = {}): Record<string, T> {
    return { ...Object.fromEntries(tables.map(({ name }) => [name, outcome])), ...besides }
  }

  it('is on for every table but the two that hold nothing by tenant', async () => {
    const rows = await db.owner<{ name: string }>(
      `select relname as name from pg_class
       where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relrowsecurity order by 1`,
    )

    expect(rows.map(({ name }) => name)).toEqual(['schema_migrations', 'staged_records'])
    expect(tables.length).toBeGreaterThan(10)
  })

  it('shows a tenant its own rows and no other', async () => {
    const all = await tryEach(OURS, ({ name }) => [`select from ${name}`])
    const theirs = await tryEach(OURS, ({ name }) => [
      `select from ${name} where tenant_id = $1`,
      THEIRS,
    ])

    expect(all).toEqual(allTables(1))
    expect(theirs).toEqual(allTables(0))
  })

  it('shows nothing to a transaction without a tenant', async () => {
    const all = await tryEach('', ({ name }) => [`select from ${name}`])

    expect(all).toEqual(allTables(0))
  })

  it.each([
    { who: 'a tenant', tenantId: OURS },
    { who: 'a transaction without a tenant', tenantId: '' },
  ])("lets $who change nothing of another's", async ({ tenantId }) => {
    const before = await db.owner('select * from findings order by tenant_id')

    const inserted = await tryEach(tenantId, ({ insert }) => [insert, THEIRS])
    const updated = await tryEach(tenantId, ({ name }) => [
      `update ${name} set tenant_id = tenant_id where tenant_id = $1`,
      THEIRS,
    ])
    const deleted = await tryEach(tenantId, ({ name }) => [
      `delete from ${name} where tenant_id = $1`,
      THEIRS,
    ])

    expect(inserted).toEqual(allTables(REFUSED))
    expect(updated).toEqual(allTables<number | string>(0, { audit_log: REFUSED }))
    expect(deleted).toEqual(allTables<number | string>(0, { audit_log: REFUSED, tenants: REFUSED }))
    expect(await db.owner('select * from findings order by tenant_id')).toEqual(before)
  })

  it('does not let a tenant give its rows to another', async () => {
    const given = await tryEach(OURS, ({ name }) => [`update ${name} set tenant_id = $1`, THEIRS])

    expect(given).toEqual(allTables(REFUSED))
  })

  it('lets a tenant change its own rows, but not the audit log', async () => {
    const updated = await tryEach(OURS, ({ name }) => [`update ${name} set tenant_id = tenant_id`])

    expect(updated).toEqual(allTables<number | string>(1, { audit_log: REFUSED }))
  })

  it('lists all tenants to whoever works for them all', async () => {
    const tenantIds = await db.database.listTenantIds()

    expect(tenantIds).toEqual([OURS, THEIRS])
  })

  it('holds however DATABASE_URL sets the role', async () => {
    const url = urlOf(db.connection)
    url.searchParams.set('options', '-c role=none')
    const database = openOne(url.href)

    const role = await database.transaction(OURS, (tx) => tx.query('select current_user as role'))

    expect(role.rows).toEqual([{ role: 'tocsin_app' }])
  })
})

describe('transaction', () => {
  beforeEach(async () => {
    await db.owner('drop table if exists notes')
    await db.owner('create table notes (note text unique)')
    await db.owner('grant select, insert on notes to tocsin_app')
  })

  const write = (tx: Transaction, text: string) =>
    tx.query('insert into notes (note) values ($1)', [text])
  const notes = async () =>
    (await db.owner<{ note: string }>('select note from notes')).map(({ note }) => note)

  it('commits what the work did, and answers what it returned', async () => {
    const answer = await db.database.transaction(OURS, async (tx) => {
      await write(tx, 'kept')
      return tx.tenantId
    })

    expect(answer).toBe(OURS)
    expect(await notes()).toEqual(['kept'])
  })

  it('rolls back and passes the error on when the work throws', async () => {
    const failed = db.database.transaction(OURS, async (tx) => {
      await write(tx, 'lost')
      throw new RangeError('of the work')
    })

    await expect(failed).rejects.toThrow(new RangeError('of the work'))
    expect(await notes()).toEqual([])
  })

  it('does not pass for committed when the work swallowed the error of a statement', async () => {
    const failed = db.database.transaction(OURS, async (tx) => {
      await write(tx, 'twice')
      await write(tx, 'twice').catch(() => {})
    })

    await expect(failed).rejects.toThrow('nothing is committed')
    expect(await notes()).toEqual([])
  })

  it('reads counts as numbers and instants as dates', async () => {
    const { rows } = await db.database.transaction(OURS, (tx) =>
      tx.query(`select 9007199254740991::bigint as id, 1.5::numeric as share, '{1,2}'::bigint[] as units,
        '{}'::bigint[] as none, '2025-03-01T10:00:00.123Z'::timestamptz(3) as at`),
    )

    expect(rows).toEqual([
      {
        id: Number.MAX_SAFE_INTEGER,
        share: 1.5,
        units: [1, 2],
        none: [],
        at: new Date('2025-03-01T10:00:00.123Z'),
      },
    ])
  })
})

describe('a connection that breaks', () => {
  const pidOf = async (tx: Transaction) =>
    (await tx.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid

  it('is told and replaced when it is idle, and does not end the process', async () => {
    const heard: Error[] = []
    const onError = (error: Error) => void heard.push(error)
    const database = openOne(db.connection, onError)
    const before = await database.transaction(OURS, pidOf)

    await db.owner('select pg_terminate_backend($1)', [before])
    await until(() => heard.length > 0)
    const after = await database.transaction(OURS, pidOf)

    expect(heard).toHaveLength(1)
    expect(after).not.toBe(before)
  })

  it('fails the transaction that it carries, and none after it', async () => {
    const database = openOne(db.connection)

    const failed = database.transaction(OURS, async (tx) => {
      await db.owner('select pg_terminate_backend($1)', [await pidOf(tx)])
      await tx.query('select 1')
    })
    await expect(failed).rejects.toThrow(Error)
    const after = await database.transaction(OURS, pidOf)

    expect(after).toBeTypeOf('number')
  })

  it('says what to do when there is no server', async () => {
    const url = 'postgresql://nobody:nothing@127.0.0.1:1/nowhere'
    const database = openOne(url)

    const failed = database.transaction(OURS, pidOf)

    await expect(failed).rejects.toMatchObject({ code: 'database_unavailable' })
  })
})

/** A pool of one connection, closed at the end of the test. */
function openOne(connection: Connection, onError: (error: Error) => void = () => {}): Database {
  const database = openDatabase(connection, { maxConnections: 1, onError })
  onTestFinished(() => database.close())
  return database
}

function urlOf(connection: Connection): URL {
  if (typeof connection === 'string') return new URL(connection)
  const { host, user, password, database } = connection
  return new URL(`postgresql://${user}:${password}@${encodeURIComponent(host)}/${database}`)
}
