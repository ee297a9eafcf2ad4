import type { Transaction } from './database.ts'
import { only } from './only.ts'

/** What `doctor` asks the server of itself. */
export interface ServerFacts {
  readonly version: string
  /** The role that queries run as. */
  readonly role: string
  /** The server's clock: compared, never used. */
  readonly now: Date
}

export async function describeServer(tx: Transaction): Promise<ServerFacts> {
  const { rows } = await tx.query<ServerFacts>(
    "select current_setting('server_version') as version, current_user as role, clock_timestamp() as now",
  )
  return only(rows)
}
