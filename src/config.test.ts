import { describe, expect, it } from 'vitest'
import { loadConfig } from './config.ts'
import { AppError } from './errors.ts'

function problemsOf(env: Record<string, string>): readonly { at: string; message: string }[] {
  try {
    loadConfig(env)
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'invalid_config') return thrown.details
    throw thrown
  }
  return []
}

describe('loadConfig', () => {
  it('gives the documented defaults when nothing is set', () => {
    const config = loadConfig({})

    expect(config).toEqual({
      databaseUrl: undefined,
      dataDir: './tocsin-data',
      host: '127.0.0.1',
      port: 8080,
      logLevel: undefined,
      tenantId: 'id-default',
    })
  })

  it('takes an empty variable for one that is not set', () => {
    const config = loadConfig({ DATABASE_URL: '', TOCSIN_PORT: '' })

    expect(config).toEqual(loadConfig({}))
  })

  it('takes each variable at its word', () => {
    const config = loadConfig({
      DATABASE_URL: 'postgresql://tocsin:hunter2@db.example/tocsin?sslmode=require',
      TOCSIN_DATA_DIR: '/var/lib/tocsin',
      TOCSIN_HOST: '::1',
      TOCSIN_PORT: '0',
      TOCSIN_LOG_LEVEL: 'debug',
      TOCSIN_TENANT: 'id-acme',
    })

    expect(config.databaseUrl?.reveal()).toBe(
      'postgresql://tocsin:hunter2@db.example/tocsin?sslmode=require',
    )
    expect(config).toMatchObject({
      dataDir: '/var/lib/tocsin',
      host: '::1',
      port: 0,
      logLevel: 'debug',
      tenantId: 'id-acme',
    })
  })

  it.each([
    ['DATABASE_URL', 'db.example:5432', 'postgres://'],
    ['DATABASE_URL', 'mysql://db.example/tocsin', 'postgres://'],
    ['TOCSIN_DATA_DIR', 'a\0b', '/var/lib/tocsin'],
    ['TOCSIN_HOST', 'two words', '127.0.0.1'],
    ['TOCSIN_PORT', '65536', '8080'],
    ['TOCSIN_PORT', '-1', '8080'],
    ['TOCSIN_PORT', '80a', '8080'],
    ['TOCSIN_LOG_LEVEL', 'loud', 'info'],
    ['TOCSIN_TENANT', '../other', 'id-default'],
    ['TOCSIN_TENANT', `id${'a'.repeat(62)}`, 'id-default'],
  ])('refuses %s=%j, naming the variable and an example', (name, value, example) => {
    const problems = problemsOf({ [name]: value })

    expect(problems).toHaveLength(1)
    expect(problems[0]?.at).toBe(name)
    expect(problems[0]?.message).toContain(example)
  })

  it('says every problem at once, and in one line', () => {
    const env = { TOCSIN_PORT: 'x', TOCSIN_LOG_LEVEL: 'x', TOCSIN_TENANT: 'x' }

    expect(problemsOf(env).map((problem) => problem.at)).toEqual([
      'TOCSIN_PORT',
      'TOCSIN_LOG_LEVEL',
      'TOCSIN_TENANT',
    ])
    expect(() => loadConfig(env)).toThrow(/TOCSIN_PORT.*TOCSIN_LOG_LEVEL.*TOCSIN_TENANT/)
  })

  it('shows no value in a problem, which may be a password in the wrong place', () => {
    const env = { DATABASE_URL: 'hunter2', TOCSIN_HOST: 'hunter2 hunter2' }

    expect(JSON.stringify(problemsOf(env))).not.toContain('hunter2')
  })

  it('cannot be changed afterwards', () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true)
  })
})
