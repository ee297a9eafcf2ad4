import type { TestDatabase } from './database.ts'

/** A table that holds rows of tenants, and the statement that puts one of the tenant `$1` into it. */
export interface TenantTable {
  readonly name: string
  readonly insert: string
}

/** What a column is filled with, by the type that the catalog names. Arrays are empty. */
const FILLERS: Readonly<Record<string, string>> = {
  bigint: '1',
  boolean: 'false',
  bytea: `'\\x01'`,
  integer: '1',
  json: `'{}'`,
  jsonb: `'{}'`,
  smallint: '1',
  text: `'x'`,
  'timestamp(3) with time zone': `'2025-03-01T10:00:00Z'`,
}

/**
 * Every table of the catalog that has a `tenant_id`, so that a new one is never forgotten. Their check and foreign key
 * constraints are dropped, for any row to do: for a test whose subject is not what rows say.
 */
export async function listTenantTables(database: TestDatabase): Promise<readonly TenantTable[]> {
  await dropConstraints(database)
  const columns = await database.owner<{ table: string; column: string; type: string }>(
    `select relname as table, attname as column, format_type(atttypid, atttypmod) as type
     from pg_attribute join pg_class on pg_class.oid = attrelid
     where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and attnum > 0 and not attisdropped and attnotnull and not atthasdef and attidentity = ''
     order by relname, attnum`,
  )
  const byTable = Map.groupBy(columns, ({ table }) => table)
  return [...byTable]
    .filter(([, own]) => own.some(({ column }) => column === 'tenant_id'))
    .map(([name, own]) => ({
      name,
      insert: `insert into ${name} (${own.map(({ column }) => column).join(', ')})
               values (${own.map(({ column, type }) => fillerOf(column, type)).join(', ')})`,
    }))
}

function fillerOf(column: string, type: string): string {
  if (column === 'tenant_id') return '$1'
  const filler = type.endsWith('[]') ? `'{}'` : FILLERS[type]
  if (filler === undefined) throw new Error(`${column}: nothing to fill a ${type} with`)
  return filler
}

async function dropConstraints(database: TestDatabase): Promise<void> {
  const statements = await database.owner<{ drop: string }>(
    `select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop
     from pg_constraint where connamespace = 'public'::regnamespace and contype in ('c', 'f')`,
  )
  for (const { drop } of statements) await database.owner(drop)
}
