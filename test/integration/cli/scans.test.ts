import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { aBucketRecord, aBucketReport, aNativeFinding, lines, nativeScan } from './reports.ts'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

let tocsin: Tocsin

beforeAll(async () => {
  tocsin = await openTocsin()
  await tocsin.exportToFolder()
})

afterAll(() => tocsin.close())

/** The first of the scan's words in what a command printed. */
function scanIdIn(text: string): string {
  const [scanId] = /scn_[a-z2-7]+/.exec(text) ?? []
  if (scanId === undefined) throw new Error(`no scan in: ${text}`)
  return scanId
}

function at(hour: number): { readonly time: number } {
  return { time: Date.UTC(2026, 2, 2, hour) / 1000 }
}

describe('a report that is given twice', () => {
  it('is not exported again, and the answer names the first scan', async () => {
    await tocsin.write('twice.json', aBucketReport(2))
    const first = await tocsin.must('ingest', 'twice.json')
    const before = await tocsin.traces()

    const second = await tocsin.run(['ingest', 'twice.json'])

    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).toContain(`taken before, as scan ${scanIdIn(first)} `)
    expect(second.stdout).toContain('nothing is exported again')
    expect(await tocsin.traces()).toEqual(before)
  })

  it('is a new scan when it is asked for', async () => {
    const before = await tocsin.traces()

    const { code, stdout } = await tocsin.run(['ingest', 'twice.json', '--again'])

    expect(code).toBe(0)
    expect(stdout).toContain('2 unchanged')
    expect(await tocsin.traces()).toMatchObject({
      scans: (before['scans'] ?? 0) + 1,
      export_runs: (before['export_runs'] ?? 0) + 1,
    })
  })
})

describe('a scan in several steps', () => {
  it('takes reports one by one, and is applied when it is completed', async () => {
    await tocsin.write('one.jsonl', lines([nativeScan, aNativeFinding(1)]))
    await tocsin.write('two.jsonl', lines([nativeScan, aNativeFinding(2)]))

    const opened = await tocsin.run(['ingest', 'one.jsonl', '--no-complete'])
    const scanId = opened.stdout.trim()
    const added = await tocsin.must(
      'ingest',
      'two.jsonl',
      '--scan',
      scanId,
      '--no-complete',
      '--json',
    )
    const between = await tocsin.must('scans', 'show', scanId, '--json')
    const completed = await tocsin.must('scans', 'complete', scanId)
    const again = await tocsin.must('scans', 'complete', scanId)

    expect(scanId).toMatch(/^scn_[a-z2-7]{26}$/)
    expect(opened.stderr).toContain(`tocsin scans complete ${scanId}`)
    expect(JSON.parse(added)).toEqual({ scan_id: scanId, status: 'receiving' })
    expect(JSON.parse(between)).toMatchObject({ status: 'receiving', outcome: null })
    expect(completed).toContain('2 created')
    expect(again).toContain('had ended before')
  })

  it('waits for a report that was cut, until it is given again', async () => {
    const whole = lines([{ ...nativeScan, scanner: 'cut' }, aNativeFinding(1)])
    await tocsin.write('cut.jsonl', whole.slice(0, -5))
    const scanId = (
      await tocsin.must('ingest', 'one.jsonl', '--scanner', 'cut', '--no-complete')
    ).trim()

    const cut = await tocsin.run(['ingest', 'cut.jsonl', '--scan', scanId])
    const early = await tocsin.run(['scans', 'complete', scanId])
    await tocsin.must('scans', 'fail', scanId)
    const failed = JSON.parse(await tocsin.must('scans', 'show', scanId, '--json')) as object

    expect(cut.code).toBe(1)
    expect(cut.stderr).toMatch(/^tocsin: cut\.jsonl: .*give it again when it is whole\n$/)
    expect(early.code).toBe(1)
    expect(early.stdout).toContain('cut.jsonl was cut off and must be given again')
    expect(failed).toMatchObject({ status: 'failed', partial: true, outcome: { exports: [] } })
  })

  it.each(['confirm', 'discard'])(
    'says which verb fits while it still takes reports, when asked to %s it',
    async (verb) => {
      const scanId = (await tocsin.must('ingest', 'one.jsonl', '--no-complete')).trim()

      const { code, stdout } = await tocsin.run(['scans', verb, scanId])
      await tocsin.must('scans', 'fail', scanId)

      expect(code).toBe(1)
      expect(stdout).toContain(`tocsin scans complete ${scanId}, or: tocsin scans fail ${scanId}`)
    },
  )

  it('takes nothing more once it has ended', async () => {
    const scanId = scanIdIn(await tocsin.must('scans', 'list', '--limit', '1'))

    const { code, stderr } = await tocsin.run(['ingest', 'one.jsonl', '--scan', scanId])

    expect(code).toBe(2)
    expect(stderr).toBe(`tocsin: Scan ${scanId} is failed: it takes no more reports\n`)
  })
})

describe('a scan that lacks most of what is open', () => {
  const many = JSON.stringify(
    Array.from({ length: 60 }, (_, number) => aBucketRecord(1000 + number, at(10))),
  )
  const few = (hour: number): string => JSON.stringify([aBucketRecord(1000, at(hour))])

  it('is held, and nothing of it counts until somebody says so', async () => {
    await tocsin.write('many.json', many)
    await tocsin.write('few.json', few(11))
    await tocsin.must('ingest', 'many.json')
    const before = await tocsin.traces()

    const held = await tocsin.run(['ingest', 'few.json'])
    const scanId = scanIdIn(held.stdout)
    const doctor = await tocsin.run(['doctor'])
    const whileHeld = await tocsin.traces()
    const listed = await tocsin.must('scans', 'list', '--status', 'held', '--json')
    const repeated = await tocsin.run(['scans', 'complete', scanId])
    const discarded = await tocsin.must('scans', 'discard', scanId)
    const confirmed = await tocsin.run(['scans', 'confirm', scanId])

    expect(held).toMatchObject({ code: 3, stderr: '' })
    expect(held.stdout).toContain(`tocsin scans confirm ${scanId}`)
    expect(held.stdout).toContain(`tocsin scans discard ${scanId}`)
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain(`wrong  scan           ${scanId} is held`)
    expect(whileHeld).toMatchObject({ export_runs: before['export_runs'] })
    expect(whileHeld['staged_records']).toBeGreaterThan(0)
    expect(JSON.parse(listed)).toMatchObject({ scan_id: scanId })
    expect(repeated).toMatchObject({ code: 3, stdout: held.stdout })
    expect(discarded).toContain('nothing of it was applied')
    expect(confirmed).toMatchObject({ code: 1 })
    expect(confirmed.stdout).toContain('is failed: nothing of it was applied. It has ended')
    expect(await tocsin.traces()).toMatchObject({
      export_runs: before['export_runs'],
      staged_records: 0,
    })
  })

  it('resolves what is gone once it is confirmed', async () => {
    await tocsin.write('fewer.json', few(12))
    const held = await tocsin.run(['ingest', 'fewer.json', '--json'])
    const { scan_id: scanId, losses } = JSON.parse(held.stdout) as {
      scan_id: string
      losses: object
    }

    const confirmed = await tocsin.run(['scans', 'confirm', scanId])

    expect(held.code).toBe(3)
    expect(losses).toEqual([{ detection_type: 'security_finding', absent: 59, open: 60 }])
    expect(confirmed.code).toBe(0)
    expect(confirmed.stdout).toContain('59 resolved')
    expect(confirmed.stderr).toMatch(/^siem: \d objects? delivered\n$/)
  })
})

describe('a scan that saw something new where it covers nothing', () => {
  it('does not say that it did not see it', async () => {
    const muted = aBucketRecord(2000, {
      ...at(10),
      metadata: { event_code: 'muted_check', product: { name: 'Prowler', version: '5.46.0' } },
      status: 'Suppressed',
    })
    await tocsin.write('muted.json', JSON.stringify([muted]))

    const taken = JSON.parse(await tocsin.must('ingest', 'muted.json', '--json')) as object

    expect(taken).toMatchObject({ outcome: { counts: { created: 1 } } })
    const { alert_id: alertId } = JSON.parse(
      await tocsin.must('findings', 'list', '--rule', 'muted_check', '--json'),
    ) as { alert_id: string }
    expect(JSON.stringify(taken)).not.toContain(alertId)
  })
})
