import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { App } from './cli/cli.ts'
import { AppError, errorCodeOf } from './errors.ts'
import { createHealthServer } from './http/health.ts'
import { deliverDue } from './worker/deliver-due.ts'

export interface ServeOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** Of the database that `app` stands on. */
  readonly schemaVersion: number
  readonly stopping: AbortSignal
  /** Hears where it is served. */
  readonly onListening: (url: string) => void
}

/** Serves health and delivers what is due until the program is asked to stop. */
export async function serve(app: App, options: ServeOptions): Promise<void> {
  const { host, port } = options
  const server = createHealthServer({
    // The schema was looked at before the app was opened, which stands on no other.
    async ready() {
      await app.db.listTenantIds()
      return `the database answers, with schema ${options.schemaVersion}`
    },
    now: app.clock.now,
    log: app.log,
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
  try {
    // Without a listener, a connection that cannot be accepted would end the process.
    server.on('error', (error) => app.log.error({ err: error }, 'serving health failed'))
    const address = server.address() as AddressInfo
    options.onListening(
      `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    )
    await deliverDue(app, app.worker, options.stopping)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
