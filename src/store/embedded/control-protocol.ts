import { createConnection } from 'node:net'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'

/** How a command reaches the server. */
export interface EmbeddedConnection {
  /** The folder of PostgreSQL's socket. */
  readonly host: string
  readonly user: string
  readonly password: string
  readonly database: string
}

/** What a supervisor says of itself, one JSON line each: its state to who connects, and each change after that. */
export type SupervisorState =
  /** Has not yet made sure that it is the only one. */
  | { readonly kind: 'candidate' }
  /** The only one; PostgreSQL is not up, or not up again. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly connection: EmbeddedConnection }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'stopped' }

export function toLine(state: SupervisorState): string {
  return `${JSON.stringify(state)}\n`
}

/**
 * Connects to a supervisor and listens to it: `onState` for each line, `onEnd` once, with the error of a connection
 * that did not come about or broke.
 */
export function listenTo(
  socketPath: string,
  listener: {
    readonly onState: (state: SupervisorState) => void
    readonly onEnd: (error: Error | undefined) => void
  },
): Socket {
  let broken: Error | undefined
  const socket = createConnection(socketPath)
  socket.on('error', (error) => {
    broken = error
  })
  socket.on('close', () => listener.onEnd(broken))
  const lines = createInterface({ input: socket })
  lines.on('error', () => {}) // the socket's, a second time
  lines.on('line', (line) => listener.onState(JSON.parse(line) as SupervisorState))
  return socket
}
