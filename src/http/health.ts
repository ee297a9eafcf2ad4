import { createServer } from 'node:http'
import type { Server } from 'node:http'

export interface HealthChecks {
  /** Whether the database answers with the schema that this program knows; says what is wrong. */
  readonly ready: () => Promise<{ readonly ok: boolean; readonly detail: string }>
}

/**
 * Answers /healthz (the process is alive) and /readyz (it can work), as JSON, and nothing else. A client that never ends its
 * request is cut off by Node's own limits.
 */
export function createHealthServer(checks: HealthChecks): Server {
  return createServer((request, response) => {
    const path = request.url?.split('?', 1)[0]
    const answer = (status: number, body: object): void => {
      response.writeHead(status, {
        'content-type': 'application/json',
        'cache-control': 'no-store',
      })
      response.end(request.method === 'HEAD' ? undefined : `${JSON.stringify(body)}\n`)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      answer(405, { status: 'method not allowed' })
    } else if (path === '/healthz') {
      answer(200, { status: 'alive' })
    } else if (path === '/readyz') {
      checks.ready().then(
        ({ ok, detail }) => answer(ok ? 200 : 503, { status: ok ? 'ready' : 'not ready', detail }),
        () => answer(503, { status: 'not ready', detail: 'the database cannot be reached' }),
      )
    } else {
      answer(404, { status: 'not found' })
    }
  })
}
