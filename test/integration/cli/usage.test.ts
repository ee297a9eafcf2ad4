import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBucketReport, aNativeFinding, lines, nativeScan } from './reports.ts'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

let tocsin: Tocsin

beforeAll(async () => {
  tocsin = await openTocsin()
  await tocsin.exportToFolder()
  await tocsin.write('report.json', aBucketReport(2))
  await tocsin.must('ingest', 'report.json')
})

afterAll(() => tocsin.close())

const unknown = { id: 'fnd_aaaaaaaaaaaaaaaaaaaaaaaaaa', scan: 'scn_aaaaaaaaaaaa' }

describe('wrong usage ends with 2 and one line that says what to do', () => {
  it.each([
    ['a snooze that is too long', ['snooze', '--until', '366d'], /at most 365 days ahead/],
    ['a snooze into the past', ['snooze', '--until', '2020-01-01'], /must lie ahead/],
    [
      'a reason that there is not',
      ['dismiss', '--reason', 'bored'],
      /must be one of accepted_risk/,
    ],
  ])('%s', async (_, decision, problem) => {
    const { code, stdout, stderr } = await tocsin.run(['findings', ...decision, unknown.id])

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^tocsin: .+\n$/)
    expect(stderr).toMatch(problem)
  })

  it.each([
    ['a severity for a SIEM', ['siem', '--minimal-severity', 'High'], /event type siem/],
    ['an event type that there is not', ['mail'], /must be siem/],
  ])('%s', async (_, options, problem) => {
    const add = ['alert-rules', 'add', 'Another', '--event-type', ...options]

    const { code, stdout, stderr } = await tocsin.run(add)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^tocsin: .+\n$/)
    expect(stderr).toMatch(problem)
  })

  it.each([
    ['findings', 'show', unknown.id],
    ['attack-paths', 'dismiss', unknown.id, '--reason', 'accepted_risk'],
    ['scans', 'complete', unknown.scan],
    ['ingest', 'report.json', '--scan', unknown.scan],
    ['exports', 'replay', 'exp_aaaaaaaaaaaa'],
    ['deliveries', 'retry', 'dlv_aaaaaaaaaaaa'],
    ['destinations', 'pause', 'nowhere'],
    ['alert-rules', 'remove', 'nothing'],
    ['assets', 'show', 'arn:aws:s3:::nowhere'],
  ])('something unknown: %s %s %s', async (...args) => {
    const { code, stdout, stderr } = await tocsin.run(args)

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^tocsin: There is no .+\n$/)
  })

  it('a variable that makes no sense', async () => {
    const { code, stdout, stderr } = await tocsin.run(['scans', 'list'], {
      env: { TOCSIN_PORT: 'eighty' },
    })

    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^tocsin: Wrong configuration\. TOCSIN_PORT: expected a port.+\n$/)
  })
})

describe('a database', () => {
  it('that does not answer ends a command with 1', async () => {
    const { code, stderr } = await tocsin.run(['scans', 'list'], {
      env: { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/nothing' },
    })

    expect(code).toBe(1)
    expect(stderr).toMatch(/^tocsin: The database cannot be reached: .+ tocsin doctor\n$/)
  })

  it('of a newer program is left alone by all that an older one does', async () => {
    await tocsin.db.owner(
      `insert into schema_migrations (version, name) values (999, '999999-future')`,
    )
    try {
      const listed = await tocsin.run(['scans', 'list'])
      const migrated = await tocsin.run(['migrate'])
      const examined = await tocsin.run(['doctor'])

      for (const { code, stdout, stderr } of [listed, migrated]) {
        expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
        expect(stderr).toMatch(/^tocsin: The database has schema 999, .+ newer.+\n$/)
      }
      expect(examined.code).toBe(1)
      expect(examined.stdout).toMatch(/^wrong {2}schema .*999/m)
    } finally {
      await tocsin.db.owner('delete from schema_migrations where version = 999')
    }
  })
})

describe('--json', () => {
  it('prints each list as lines and each thing as one document, and nothing else', async () => {
    await tocsin.write('native.jsonl', lines([nativeScan, aNativeFinding(1)]))
    await tocsin.must('ingest', 'native.jsonl')
    const ids: Record<string, string> = {}

    for (const [noun, id] of [
      ['findings', 'alert_id'],
      ['scans', 'scan_id'],
      ['exports', 'export_id'],
      ['deliveries', 'delivery_id'],
      ['destinations', 'name'],
      ['assets', 'asset_id'],
    ] as const) {
      const listed = await tocsin.must(noun, 'list', '--json')
      const rows = listed
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
      ids[noun] = String((rows[0] as Record<string, unknown>)[id])
      const shown = JSON.parse(await tocsin.must('--json', noun, 'show', ids[noun])) as object

      expect(shown).toMatchObject({ [id]: ids[noun] })
    }
    expect(JSON.parse(await tocsin.must('alert-rules', 'list', '--json'))).toMatchObject({
      name: 'To the SIEM',
    })
    expect(await tocsin.must('attack-paths', 'list', '--json')).toBe('')
    expect(JSON.parse(await tocsin.must('doctor', '--json'))).toMatchObject({ ok: true })
    expect(JSON.parse(await tocsin.must('destinations', 'test', 'siem', '--json'))).toMatchObject({
      ok: true,
    })
  })
})

describe('labels', () => {
  it('are told from options by their sign, whatever letters they begin with', async () => {
    const asset = 'arn:aws:s3:::larkspur-0'
    await tocsin.must('assets', 'label', asset, '+VIP', '+hot', '+Ignore')

    const labelled = await tocsin.must(
      'assets',
      'label',
      asset,
      '-VIP',
      '-hot',
      '--account',
      '111111111111',
      '--json',
    )

    expect(JSON.parse(labelled)).toMatchObject({ labels: ['Ignore'], ignored: true })
  })
})
