import { describe, expect, it } from 'vitest'
import type { LogLevel } from './config.ts'
import { createLog } from './log.ts'
import type { Log } from './log.ts'
import { Secret } from './secret.ts'

function aLog(level: LogLevel = 'debug'): { log: Log; lines: string[] } {
  const lines: string[] = []
  const log = createLog({
    level,
    write: (line) => lines.push(line),
    now: () => new Date('2025-03-01T10:00:00.123Z'),
  })
  return { log, lines }
}

function onlyLine(lines: readonly string[]): Record<string, unknown> {
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>
}

describe('createLog', () => {
  it('writes one JSON object a line, with a level by name and an instant in UTC', () => {
    const { log, lines } = aLog()

    log.info({ scan_id: 'scn_1', records: 3 }, 'scan completed')

    expect(lines[0]).toMatch(/^\{.*\}\n$/)
    expect(onlyLine(lines)).toMatchObject({
      level: 'info',
      time: '2025-03-01T10:00:00.123Z',
      scan_id: 'scn_1',
      records: 3,
      msg: 'scan completed',
    })
  })

  it.each([
    ['debug', ['debug', 'info', 'warn', 'error']],
    ['info', ['info', 'warn', 'error']],
    ['warn', ['warn', 'error']],
    ['error', ['error']],
  ] as const)('at level %s writes %j', (level, written) => {
    const { log, lines } = aLog(level)

    log.debug({}, 'debug')
    log.info({}, 'info')
    log.warn({}, 'warn')
    log.error({}, 'error')

    expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(written)
  })

  it('carries the fields of a child on its every line', () => {
    const { log, lines } = aLog()

    log
      .child({ delivery_id: 'dlv_1' })
      .child({ attempt: 2 })
      .warn({ status: 503 }, 'attempt failed')

    expect(onlyLine(lines)).toMatchObject({ delivery_id: 'dlv_1', attempt: 2, status: 503 })
  })

  it('keeps a line a line, whatever the facts hold', () => {
    const { log, lines } = aLog()

    log.info({ title: 'a\nb\u2028c\u001b[31m' }, 'odd text')

    expect(lines[0]?.indexOf('\n')).toBe((lines[0]?.length ?? 0) - 1)
    expect(lines[0]).not.toContain('\u001b')
  })

  it('shows an error with its code, its stack and its cause', () => {
    const { log, lines } = aLog()
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })

    log.error({ err: new TypeError('no answer', { cause }) }, 'attempt failed')

    expect(onlyLine(lines)).toMatchObject({
      err: {
        type: 'TypeError',
        message: 'no answer',
        stack: expect.stringContaining('log.test.ts') as unknown,
        cause: { message: 'connection refused', code: 'ECONNREFUSED' },
      },
    })
  })

  it.each([
    ['a password', { password: 'hunter2' }],
    ['a name in camel case', { accessKeyId: 'hunter2' }],
    ['a header, deep down', { request: { headers: [{ Authorization: 'Bearer hunter2' }] } }],
    ['a whole object under a secret name', { credentials: { user: 'a', key: 'hunter2' } }],
    ['a Secret under any name', { database: new Secret('hunter2') }],
    ['a URL in a text', { reason: 'cannot reach postgres://tocsin:hunter2@db.example/tocsin' }],
    ['a URL with an @ in its password', { at: 'https://u:hunter2@x@h.example/p' }],
    ['an error with a URL', { err: new Error('https://u:hunter2@h.example: 401') }],
    [
      'what hangs on an error',
      { err: Object.assign(new Error('no'), { input: 'pg://u:hunter2@h' }) },
    ],
    ['the cause of an error', { err: new Error('no', { cause: new Error('a://u:hunter2@h') }) }],
  ])('does not show %s', (_what, fields) => {
    const { log, lines } = aLog()

    log.warn(fields, 'as a field')
    log.child(fields).warn({}, 'from a child')

    expect(lines).toHaveLength(2)
    expect(lines.join('')).not.toContain('hunter2')
    expect(lines.join('')).toContain('[secret]')
  })

  it('leaves an address without credentials as it is', () => {
    const { log, lines } = aLog()

    log.info({ url: 'https://h.example:8080/a@b', ids: ['fnd_1'], none: null }, 'plain')

    expect(onlyLine(lines)).toMatchObject({
      url: 'https://h.example:8080/a@b',
      ids: ['fnd_1'],
      none: null,
    })
  })

  it('ends a circle', () => {
    const { log, lines } = aLog()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle

    log.info({ circle }, 'round')

    expect(lines.join('')).toContain('[deep]')
  })
})
