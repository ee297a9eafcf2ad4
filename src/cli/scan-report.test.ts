import { describe, expect, it } from 'vitest'
import type { ScanOutcome } from '../app/complete-scan.ts'
import type { Scan } from '../store/scans.ts'
import { scanReportText } from './scan-report.ts'
import type { ScanReport } from './scan-report.ts'

const outcome: ScanOutcome = {
  counts: {
    created: 1,
    updated: 0,
    unchanged: 0,
    resolved: 0,
    reopened: 0,
    collisions: 1,
    rejected: 0,
  },
  uncovered: { count: 1, examples: ['fnd_aaaaaaaaaaaaaaaaaaaaaaaaaa'] },
  superseded: [],
  exports: [],
}

const scan: Scan = {
  scanNo: 1,
  scanId: 'scn_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  scanner: 'larkspur',
  status: 'completed',
  openedBy: 'ingest',
  again: false,
  labels: [],
  openedAt: new Date('2026-03-02T09:00:00Z'),
  endedAt: new Date('2026-03-02T09:01:00Z'),
  scanAt: new Date('2026-03-02T09:00:00Z'),
  partial: false,
  partialReasons: [],
  late: false,
  duplicateOf: null,
  owedReports: [],
  outcome,
  losses: null,
}

function textOf(facts: Partial<Scan>, report: Partial<ScanReport> = {}): string {
  const whole = { reports: [], rejected: 0, rejections: [], quarantined: [], ...report }
  return scanReportText({ scan: { ...scan, ...facts }, ...whole }, { rejections: 5 })
}

describe('a scan report', () => {
  it('says how a full scan settles what it did not see', () => {
    expect(textOf({})).toContain('--snapshot full --again')
  })

  it.each<[string, Partial<Scan>]>([
    ['late', { late: true }],
    ['partial', { partial: true, partialReasons: ['it was cut'] }],
  ])('does not say it of one that is %s, whose absence settles nothing', (_, facts) => {
    expect(textOf(facts)).toContain('1 open finding of these accounts')
    expect(textOf(facts)).not.toContain('--snapshot full')
  })

  it('counts one thing in the singular', () => {
    expect(textOf({})).toContain('; 1 record joined others')
  })

  it('says of rejections beyond those kept that they are only counted', () => {
    const rejection = { report: 'a.json', pointer: '/0', byteOffset: 1, reason: 'is missing' }

    const text = textOf({}, { rejected: 3, rejections: [rejection] })

    expect(text).toContain('a.json at /0 (byte 1): is missing')
    expect(text).toContain('and 2 more, of which no more than their number is kept')
  })

  it('shortens what a report says, and keeps ids whole', () => {
    const text = textOf({ scanner: 'x'.repeat(500) })

    expect(text).toContain(`${'x'.repeat(99)}…`)
    expect(text).not.toContain('x'.repeat(100))
    expect(text).toContain(scan.scanId)
  })
})
