import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { AppError, errorCodeOf, toError } from '../errors.ts'
import type { Log } from '../log.ts'

/** For how long an answer of /readyz stands, so that no number of probes weighs on the database. */
const ANSWER_STANDS_MS = 1_000

export interface HealthChecks {
  /** Answers what was seen when the program can work; rejects when it cannot. */
  readonly ready: () => Promise<string>
  readonly now: () => Date
  readonly log: Log
}

interface Readiness {
  readonly ok: boolean
  readonly detail: string
}

/**
 * Answers /healthz (the process is alive) and /readyz (it can work), as JSON, and nothing else. Probes that come at once
 * share one check. A client that never ends its request is cut off by Node's own limits.
 */
export function createHealthServer(checks: HealthChecks): Server {
  const readiness = shared(() => examine(checks), checks.now)
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
      void readiness().then(({ ok, detail }) =>
        answer(ok ? 200 : 503, { status: ok ? 'ready' : 'not ready', detail }),
      )
    } else {
      answer(404, { status: 'not found' })
    }
  })
}

async function examine({ ready, log }: HealthChecks): Promise<Readiness> {
  try {
    return { ok: true, detail: await ready() }
  } catch (thrown) {
    // The log alone says what it was: whoever may probe need not know where the database is.
    log.error({ err: toError(thrown), kind: kindOf(thrown) }, 'not ready')
    return { ok: false, detail: 'the database cannot be used; the log says why' }
  }
}

function kindOf(thrown: unknown): string {
  return thrown instanceof AppError ? thrown.code : (errorCodeOf(thrown) ?? toError(thrown).name)
}

/** One check under way at a time, whose answer stands for a while after it came. */
function shared(check: () => Promise<Readiness>, now: () => Date): () => Promise<Readiness> {
  let answer: Promise<Readiness> | undefined
  let until = Infinity
  return () => {
    if (answer === undefined || now().getTime() >= until) {
      until = Infinity
      answer = check().finally(() => {
        until = now().getTime() + ANSWER_STANDS_MS
      })
    }
    return answer
  }
}
