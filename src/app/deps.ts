import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { Database } from '../store/database.ts'
import type { StagedReport, StageRequest } from './stage-report.ts'

/** What use cases need of the world. Each takes the part it uses. */
export interface AppDeps {
  readonly db: Database
  readonly clock: Clock
  readonly log: Log
  /** A public id that meets no other: the prefix, an underscore and 26 random characters. */
  readonly randomId: (prefix: 'scn' | 'exp' | 'dst' | 'rul' | 'dlv') => string
  /** Runs stageReport where it does not hold up the rest: in a thread. */
  readonly stageReport: (
    report: AsyncIterable<Uint8Array>,
    request: StageRequest,
  ) => AsyncGenerator<Uint8Array, StagedReport>
  /** A folder for parts on their way into the database. */
  readonly spoolDir: string
}

/** Who does it, in which tenant. */
export interface Actor {
  readonly tenantId: string
  readonly by: string
}
