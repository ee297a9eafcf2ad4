import { describe, expect, it } from 'vitest'
import { scannedAt } from './scanned-at.ts'

describe('scannedAt', () => {
  it.each([
    ['seconds', { time: 1772442000 }, '2026-03-02T09:00:00.000Z'],
    ['milliseconds', { time: 1772442000250 }, '2026-03-02T09:00:00.250Z'],
    [
      'the fraction of the same second',
      { time: 1772442000, time_dt: '2026-03-02T09:00:00.123456' },
      '2026-03-02T09:00:00.123Z',
    ],
    [
      'the count, not the local time of another zone',
      { time: 1772442000, time_dt: '2026-03-02T10:00:00.123456' },
      '2026-03-02T09:00:00.000Z',
    ],
    [
      'a text without a zone as UTC',
      { time_dt: '2026-03-02T09:00:00' },
      '2026-03-02T09:00:00.000Z',
    ],
    ['a text with a zone', { time_dt: '2026-03-02T10:00:00+01:00' }, '2026-03-02T09:00:00.000Z'],
    ['the count beside nonsense', { time: 0, time_dt: 'soon' }, '1970-01-01T00:00:00.000Z'],
  ])('reads %s', (_, record, expected) => {
    expect(scannedAt(record)).toEqual(new Date(expected))
  })

  it.each([{}, { time_dt: null }, { time_dt: 'soon' }])('knows nothing from %j', (record) => {
    expect(scannedAt(record)).toBeUndefined()
  })
})
