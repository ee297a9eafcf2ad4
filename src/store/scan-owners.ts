import type { Transaction } from './database.ts'

// A scan that an `ingest` opened belongs to its process for as long as that runs: a transaction of its own holds an advisory
// lock, which the server lets go of however the process dies. The first number is a namespace of Tocsin's.

/** Makes this transaction the owner of a scan, before there is one, until it ends. */
export async function ownScan(tx: Transaction, scanId: string): Promise<void> {
  await tx.query("select pg_advisory_xact_lock(hashtext('tocsin scan owner'), hashtext($1))", [
    scanId,
  ])
}

/** Whether nobody owns the scan any more; if so, nobody can until this transaction ends. */
export async function isScanAbandoned(tx: Transaction, scanId: string): Promise<boolean> {
  const { rows } = await tx.query<{ abandoned: boolean }>(
    "select pg_try_advisory_xact_lock(hashtext('tocsin scan owner'), hashtext($1)) as abandoned",
    [scanId],
  )
  return rows[0]?.abandoned === true
}
