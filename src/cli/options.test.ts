import { InvalidArgumentError } from 'commander'
import { describe, expect, it } from 'vitest'
import { parseInstant, parseUntil } from './options.ts'

describe('parseInstant', () => {
  it.each([
    ['2026-03-02', '2026-03-02T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-03-02T09:15:00Z', '2026-03-02T09:15:00.000Z'],
    ['2026-03-02t09:15:00.25z', '2026-03-02T09:15:00.250Z'],
    ['2026-03-02 09:15+02:00', '2026-03-02T07:15:00.000Z'],
  ])('takes %s for %s', (text, instant) => {
    expect(parseInstant(text).toISOString()).toBe(instant)
  })

  it.each([
    '2026-02-30',
    '2026-02-29T09:15:00Z',
    '2026-13-01',
    '2026-3-2',
    '2026-03-02T09:15:00',
    '2026-03-02T24:00:00Z',
    '2026-03-02T09:60:00Z',
    '2026-03-02T09:15:00+25:00',
    '0000-01-01',
    '9999-12-31T23:59:59-01:00',
    'Mar 2 2026 z',
    '1z',
    'in 5 days, Zurich',
    '',
  ])('refuses %j', (text) => {
    expect(() => parseInstant(text)).toThrow(InvalidArgumentError)
  })
})

describe('parseUntil', () => {
  it.each([
    ['30d', '2026-04-01T00:00:00.000Z'],
    ['12h', '2026-03-02T12:00:00.000Z'],
    ['90m', '2026-03-02T01:30:00.000Z'],
    ['2026-05-01', '2026-05-01T00:00:00.000Z'],
  ])('takes %s for %s', (text, instant) => {
    expect(parseUntil(text)(new Date('2026-03-02T00:00:00Z')).toISOString()).toBe(instant)
  })
})
