import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { AppError, errorCodeOf } from './errors.ts'
import { createHealthServer } from './http/health.ts'
import { schemaState } from './store/migrate.ts'
import { deliverDue } from './worker/deliver-due.ts'
import type { App } from './cli/cli.ts'
import type { Config } from './config.ts'
import type { Migration } from './store/migrate.ts'

export interface ServeOptions {
  readonly config: Config
  readonly migrations: readonly Migration[]
  readonly stopping: AbortSignal
  /** Hears where it is served. */
  readonly onListening: (url: string) => void
}

/** Serves health and delivers what is due until the program is asked to stop. */
export async function serve(app: App, options: ServeOptions): Promise<void> {
  const { host, port } = options.config
  const server = createHealthServer({
    async ready() {
      const state = await schemaState(app.connection, options.migrations)
      return {
        ok: state.kind === 'current',
        detail: `schema ${state.version} is ${state.kind.replaceAll('_', ' ')}`,
      }
    },
  })
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (thrown) {
    const code = errorCodeOf(thrown)
    if (code === undefined) throw thrown
    throw new AppError(
      'invalid_config',
      `Nothing can be served at ${host}:${port} (${code}). Set TOCSIN_PORT to a free port`,
      { cause: thrown },
    )
  }
  const address = server.address() as AddressInfo
  options.onListening(
    `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
  )
  await deliverDue(app, app.worker, options.stopping)
  server.close()
  server.closeAllConnections()
}
