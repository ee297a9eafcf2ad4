import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { emptyTestDatabase, migrationsFolder } from '../../test/database.ts'
import { migrate, readMigrations, schemaState } from './migrate.ts'
import type { Migration } from './migrate.ts'

type EmptyDatabase = Awaited<ReturnType<typeof emptyTestDatabase>>

const opened: EmptyDatabase[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.drop()))
  await Promise.all(folders.splice(0).map((each) => rm(each, { recursive: true })))
})

async function emptyDatabase(): Promise<EmptyDatabase> {
  const made = await emptyTestDatabase()
  opened.push(made)
  return made
}

async function folderWith(names: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-migrations-'))
  folders.push(folder)
  await Promise.all(names.map((name) => writeFile(join(folder, name), `-- ${name}`)))
  return folder
}

/** A migration that leaves a row behind each time it runs. */
function countingMigration(version: number, sql = ''): Migration {
  return {
    version,
    name: `00000${version}-test.sql`,
    sql: `create table if not exists runs (version integer); insert into runs values (${version}); ${sql}`,
  }
}

describe('migrate', () => {
  it('brings an empty database to the newest schema, and changes nothing a second time', async () => {
    const { connection, owner } = await emptyDatabase()
    const migrations = await readMigrations(migrationsFolder)

    const first = await migrate(connection, migrations)
    const second = await migrate(connection, migrations)

    expect(first).toEqual(migrations)
    expect(second).toEqual([])
    expect(await owner('select version, name from schema_migrations order by version')).toEqual(
      migrations.map(({ version, name }) => ({ version, name })),
    )
  })

  it('applies each migration once when two programs start together', async () => {
    const { connection, owner } = await emptyDatabase()
    const slow = [countingMigration(1, 'select pg_sleep(0.2);'), countingMigration(2)]

    const applied = await Promise.all([migrate(connection, slow), migrate(connection, slow)])

    expect(applied.flat()).toEqual(slow)
    expect(await owner('select version from runs order by version')).toEqual([
      { version: 1 },
      { version: 2 },
    ])
  })

  it('migrates two databases of one server at the same time', async () => {
    const migrations = await readMigrations(migrationsFolder)
    const databases = await Promise.all([emptyDatabase(), emptyDatabase(), emptyDatabase()])

    const applied = await Promise.all(
      databases.map(({ connection }) => migrate(connection, migrations)),
    )

    expect(applied).toEqual([migrations, migrations, migrations])
  })

  it.each([
    { where: 'half-way', sql: 'select 1 / 0;', says: 'division by zero' },
    {
      where: 'after its last statement',
      sql: `insert into schema_migrations values (2, 'already there');`,
      says: 'duplicate key',
    },
  ])(
    'leaves nothing of a migration that fails $where, keeps the ones before it, and goes on from there',
    async ({ sql, says }) => {
      const { connection, owner } = await emptyDatabase()
      const failing = [countingMigration(1), countingMigration(2, sql)]

      const failed = migrate(connection, failing)
      await expect(failed).rejects.toThrow(`000002-test.sql: ${says}`)
      const afterFailure = await owner('select version from runs')
      const mended = await migrate(connection, [countingMigration(1), countingMigration(2)])

      expect(afterFailure).toEqual([{ version: 1 }])
      expect(mended.map(({ version }) => version)).toEqual([2])
    },
  )

  it('refuses a schema that is newer than the program, and leaves it as it is', async () => {
    const { connection, owner } = await emptyDatabase()
    await migrate(connection, [countingMigration(1), countingMigration(2)])

    const refused = migrate(connection, [countingMigration(1)])

    await expect(refused).rejects.toMatchObject({ code: 'schema_too_new' })
    expect(await owner('select version from runs order by version')).toHaveLength(2)
  })

  it('says that a database cannot be reached', async () => {
    const nowhere = 'postgresql://nobody:nothing@127.0.0.1:1/nowhere'

    const refused = migrate(nowhere, [])

    await expect(refused).rejects.toMatchObject({ code: 'database_unavailable' })
  })
})

describe('schemaState', () => {
  it.each([
    { applied: 0, known: 1, state: { kind: 'outdated', version: 0, wanted: 1 } },
    { applied: 1, known: 2, state: { kind: 'outdated', version: 1, wanted: 2 } },
    { applied: 2, known: 2, state: { kind: 'current', version: 2 } },
    { applied: 2, known: 1, state: { kind: 'too_new', version: 2, wanted: 1 } },
  ])(
    'is $state.kind with $applied migrations of the $known it knows',
    async ({ applied, known, state }) => {
      const { connection } = await emptyDatabase()
      const migrations = [countingMigration(1), countingMigration(2)]
      if (applied > 0) await migrate(connection, migrations.slice(0, applied))

      const found = await schemaState(connection, migrations.slice(0, known))

      expect(found).toEqual(state)
    },
  )
})

describe('readMigrations', () => {
  it('reads the files in order, and nothing but SQL', async () => {
    const folder = await folderWith(['000002-b.sql', '000001-a.sql', 'README.md'])

    const migrations = await readMigrations(folder)

    expect(migrations).toEqual([
      { version: 1, name: '000001-a.sql', sql: '-- 000001-a.sql' },
      { version: 2, name: '000002-b.sql', sql: '-- 000002-b.sql' },
    ])
  })

  it.each([
    ['a gap', ['000001-a.sql', '000003-c.sql']],
    ['one number twice', ['000001-a.sql', '000001-b.sql']],
  ])('refuses %s', async (_, names) => {
    const folder = await folderWith(names)

    const refused = readMigrations(folder)

    await expect(refused).rejects.toThrow(`${names[1]}: expected number 2`)
  })
})
