import type { AppDeps } from '../app/deps.ts'
import type { DestinationAccess } from '../app/open-destination.ts'
import type { Config } from '../config.ts'
import type { PublishedSchemas } from '../formats/schemas.ts'
import type { Connection } from '../store/database.ts'
import type { Migration } from '../store/migrate.ts'
import type { Terminal } from './terminal.ts'

/** What commands are made of; main gives it. */
export interface Cli {
  /** Read from the environment when a command first asks: help and version do without. */
  readonly config: Config
  readonly terminal: Terminal
  /** Whose data the command works on: `--tenant`, else the configured one. */
  tenantId: string
  /** Whether errors come with their stack. */
  verbose: boolean
  /** Who runs it, for the audit log: the login name. */
  readonly user: string
  readonly version: string
  readonly schemas: PublishedSchemas
  readonly migrations: readonly Migration[]
  /** The folder of the bundled example reports. */
  readonly examplesDir: string
  /** Aborts when the program is asked to stop. */
  readonly stopping: AbortSignal
  /** Reads standard input. */
  readonly stdin: () => AsyncIterable<Uint8Array>
  /** Opens the database and what stands on it, for one command; `work` may use it until it ends. */
  withApp<T>(options: AppOptions, work: (app: App) => Promise<T>): Promise<T>
  /** Reaches the database without asking anything of its schema. */
  withConnection<T>(options: AppOptions, work: (connection: Connection) => Promise<T>): Promise<T>
  /** Removes a data directory with its embedded database; false while somebody uses it. */
  deleteData(dataDir: string): Promise<boolean>
  /** Serves health and delivers what is due, until the program is asked to stop. */
  serve(app: App, onListening: (url: string) => void): Promise<void>
  /** Set by a command that did its work in part, or not. */
  exitCode: number
}

export interface AppOptions {
  /** Instead of the configured one: the demo has a folder of its own. */
  readonly dataDir?: string
}

/** The use cases' needs, and what the commands list. */
export interface App extends AppDeps, DestinationAccess {
  readonly connection: Connection
  /** From 0 up to, but not including, 1. */
  readonly random: () => number
  /** A name for this process in leases. */
  readonly worker: string
}
