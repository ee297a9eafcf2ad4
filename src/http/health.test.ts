import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { AppError } from '../errors.ts'
import { createLog } from '../log.ts'
import { createHealthServer } from './health.ts'

let server: Server | undefined

afterEach(() => {
  server?.close()
  server?.closeAllConnections()
})

/** A server whose clock and database the test moves; `lines` is what it logs. */
async function serving(ready: () => Promise<string>) {
  const lines: string[] = []
  let now = Date.UTC(2026, 2, 2)
  server = createHealthServer({
    ready,
    now: () => new Date(now),
    log: createLog({
      level: 'error',
      write: (line) => void lines.push(line),
      now: () => new Date(now),
    }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    lines,
    pass: (ms: number): void => void (now += ms),
    ask: (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method }),
  }
}

describe('health', () => {
  it.each([
    ['GET', '/healthz', 200, 'alive'],
    ['GET', '/readyz?verbose', 200, 'ready'],
    ['GET', '/', 404, 'not found'],
    ['POST', '/healthz', 405, 'method not allowed'],
  ])('answers %s %s with %i, as JSON that nobody keeps', async (method, path, status, word) => {
    const { ask } = await serving(() => Promise.resolve('all well'))

    const response = await ask(path, method)

    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ status: word })
  })

  it('answers HEAD without a body', async () => {
    const { ask } = await serving(() => Promise.resolve('all well'))

    const response = await ask('/readyz', 'HEAD')

    expect({ status: response.status, body: await response.text() }).toEqual({
      status: 200,
      body: '',
    })
  })

  it('says that it is not ready, and the log alone says why', async () => {
    const { ask, lines } = await serving(() =>
      Promise.reject(new AppError('database_unavailable', 'db.internal refused')),
    )

    const response = await ask('/readyz')

    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('db.internal')
    expect(JSON.parse(lines.join(''))).toMatchObject({
      kind: 'database_unavailable',
      level: 'error',
    })
  })

  it('makes one check for all who ask at once', async () => {
    let checks = 0
    const database = Promise.withResolvers<string>()
    const { ask } = await serving(() => {
      checks += 1
      return database.promise
    })

    const asked = Array.from({ length: 20 }, () => ask('/readyz'))
    await ask('/healthz')
    database.resolve('all well')
    const statuses = (await Promise.all(asked)).map(({ status }) => status)

    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(checks).toBe(1)
  })

  it('lets an answer stand for a second, then looks again', async () => {
    let checks = 0
    const { ask, pass } = await serving(() => Promise.resolve(`check ${(checks += 1)}`))
    const detail = async (): Promise<unknown> =>
      ((await (await ask('/readyz')).json()) as { detail: string }).detail

    const first = await detail()
    pass(999)
    const second = await detail()
    pass(1)
    const third = await detail()

    expect([first, second, third]).toEqual(['check 1', 'check 1', 'check 2'])
  })
})
