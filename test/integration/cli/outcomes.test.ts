import { once } from 'node:events'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aBucketRecord, aBucketReport, aNativeFinding, lines, nativeScan } from './reports.ts'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

let tocsin: Tocsin

beforeEach(async () => {
  tocsin = await openTocsin()
  await tocsin.exportToFolder()
})

afterEach(() => tocsin.close())

/** A report of which each second record is refused. */
function halfBad(count: number): string {
  return JSON.stringify(
    Array.from({ length: count }, (_, number) =>
      number % 2 === 0 ? aBucketRecord(number) : { class_uid: 2004 },
    ),
  )
}

describe('a reader of standard output that goes away', () => {
  it('stops neither the work nor changes how the command ends', async () => {
    await tocsin.write('report.json', halfBad(8))

    const child = tocsin.start(['ingest', 'report.json', '--quiet', '--json'])
    child.stdout.destroy()
    const [code] = (await once(child, 'exit')) as [number]

    expect(code).toBe(3)
    expect(await tocsin.traces()).toMatchObject({ scans: 1, findings: 4, export_runs: 1 })
    expect(await tocsin.exportedLines()).toHaveLength(4)
  })
})

describe('ingest --wait', () => {
  it('fails in one line, though quiet, where a destination is paused', async () => {
    await tocsin.must('destinations', 'pause', 'siem', '--reason', 'upgrade')
    await tocsin.write('report.json', aBucketReport(1))

    const waited = await tocsin.run(['ingest', 'report.json', '--wait', '--quiet'])

    expect(waited).toMatchObject({ code: 1, stdout: '' })
    expect(waited.stderr).toMatch(
      /^tocsin: not everything is delivered\. siem: 2 objects wait, as it is paused: upgrade\. .+\n$/,
    )
  })

  it('ends with 0 and says nothing more where all is delivered', async () => {
    await tocsin.write('report.json', aBucketReport(1))

    const waited = await tocsin.run(['ingest', 'report.json', '--wait', '--quiet'])

    expect(waited).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('left out, a paused destination is said and is no failure', async () => {
    await tocsin.must('destinations', 'pause', 'siem', '--reason', 'upgrade')
    await tocsin.write('report.json', aBucketReport(1))

    const { code, stderr } = await tocsin.run(['ingest', 'report.json'])

    expect(code).toBe(0)
    expect(stderr).toMatch(/^siem: 0 objects delivered; paused: upgrade\. .+resume siem\n$/)
  })
})

describe('a destination that cannot be written', () => {
  it('is said by a command in words alone, without a line of the log', async () => {
    await tocsin.write('report.json', aBucketReport(1))
    await rm(join(tocsin.folder, 'out'), { recursive: true })
    await writeFile(join(tocsin.folder, 'out'), 'in the way')

    const { stderr } = await tocsin.run(['ingest', 'report.json'])

    expect(stderr).toMatch(/^siem: 0 objects delivered; .+\n$/)
    expect(stderr).not.toContain('{')
  })
})

describe('rejections', () => {
  it('are seen whole, with how many there were', async () => {
    await tocsin.write('report.json', halfBad(60))

    const taken = await tocsin.run(['ingest', 'report.json'])
    const [scanId = ''] = /scn_[a-z2-7]+/.exec(taken.stdout) ?? []
    const shown = await tocsin.must('scans', 'show', scanId)
    const all = await tocsin.must('scans', 'show', scanId, '--rejections')
    const json = JSON.parse(await tocsin.must('scans', 'show', scanId, '--json')) as {
      rejections: object[]
    }

    expect(taken.code).toBe(3)
    expect(taken.stdout).toContain(`and 25 more: tocsin scans show ${scanId}`)
    expect(shown).toContain('and 10 more: ')
    expect(all.match(/^ {2}rejected /gm)).toHaveLength(30)
    expect(all).not.toContain(' more')
    expect(json).toMatchObject({ rejected: 30 })
    expect(json.rejections).toHaveLength(30)
  })
})

describe('a finding of which no record can be made', () => {
  it('ends the command with 3, is named with its reason, and can be listed', async () => {
    const scan = { ...nativeScan, account_id: '1'.repeat(60) }
    await tocsin.write('report.jsonl', lines([scan, aNativeFinding(1)]))

    const taken = await tocsin.run(['ingest', 'report.jsonl'])
    const listed = await tocsin.must('findings', 'list', '--quarantined', '--json')

    const { alert_id: alertId } = JSON.parse(listed) as { alert_id: string }
    expect(taken.code).toBe(3)
    expect(taken.stdout).toMatch(new RegExp(`quarantined +${alertId}: .*account_id`))
    await tocsin.write('fine.jsonl', lines([nativeScan, aNativeFinding(2)]))
    await tocsin.run(['ingest', 'fine.jsonl'])
    expect(await tocsin.must('findings', 'list', '--quarantined', '--json')).toBe(listed)
  })
})

describe('a decision by filter', () => {
  it('only counts, until --yes says that it is meant', async () => {
    await tocsin.write('report.json', aBucketReport(2))
    await tocsin.must('ingest', 'report.json')
    const dismiss = ['findings', 'dismiss', '--provider', 'AWS', '--reason', 'accepted_risk']
    const open = () => tocsin.must('findings', 'list', '--status', 'open', '--json')

    const counted = await tocsin.must(...dismiss)
    const dry = await tocsin.must(...dismiss, '--yes', '--dry-run')
    const before = await open()
    const done = await tocsin.must(...dismiss, '--yes')

    expect(counted).toBe('Would change 2 findings. Add --yes to do it.\n')
    expect(dry).toMatch(/^Would change 2 findings\./)
    expect(before.trimEnd().split('\n')).toHaveLength(2)
    expect(done).toBe('2 findings changed.\n')
    expect(await open()).toBe('')
  })
})

describe('--quiet', () => {
  it('silences remarks', async () => {
    await tocsin.write('report.json', aBucketReport(2))
    await tocsin.must('ingest', 'report.json')
    const lists = ['findings list --limit 1', 'attack-paths list', 'deliveries list --export none']

    for (const list of lists) {
      const { stderr: said } = await tocsin.run(list.split(' '))
      const { stderr: quiet } = await tocsin.run([...list.split(' '), '--quiet'])

      expect(said).not.toBe('')
      expect(quiet).toBe('')
    }
  })
})

describe('an alert rule without a destination', () => {
  it('says how to give it one', async () => {
    const added = await tocsin.must('alert-rules', 'add', 'My rule', '--event-type', 'siem')

    expect(added).toContain("tocsin alert-rules edit 'My rule' --destination siem")
  })
})

describe('serve', () => {
  it('answers for its health until it is stopped, then ends with 0', async () => {
    const child = tocsin.start(['serve'], { env: { TOCSIN_PORT: '0' } })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const [url = ''] = /http:\/\/[\d.:]+/.exec(line.toString()) ?? []

    const alive = await fetch(`${url}/healthz`)
    const ready = await fetch(`${url}/readyz`)
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number]

    expect(alive.status).toBe(200)
    expect(await ready.json()).toMatchObject({ status: 'ready' })
    expect(code).toBe(0)
  })
})
