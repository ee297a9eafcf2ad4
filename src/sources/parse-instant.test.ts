import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseInstant } from './parse-instant.ts'

describe('parseInstant', () => {
  it.each([
    ['2025-03-01T10:00:00Z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01t10:00:00z', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01 10:00:00+00:00', '2025-03-01T10:00:00.000Z'],
    ['2025-03-01T12:30:00+02:00', '2025-03-01T10:30:00.000Z'],
    ['2025-03-01T00:15:00+05:45', '2025-02-28T18:30:00.000Z'],
    ['2025-03-01T10:00:00.1Z', '2025-03-01T10:00:00.100Z'],
    ['2025-03-01T10:00:00.123456789Z', '2025-03-01T10:00:00.123Z'],
    ['2024-02-29T23:59:59Z', '2024-02-29T23:59:59.000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('takes %s for %s', (text, expected) => {
    expect(parseInstant(text)?.toISOString()).toBe(expected)
  })

  it.each([
    '',
    '2025-03-01',
    '2025-03-01T10:00:00',
    '2025-03-01T10:00Z',
    '2025-02-29T10:00:00Z',
    '2025-04-31T10:00:00Z',
    '2025-13-01T10:00:00Z',
    '2025-00-01T10:00:00Z',
    '2025-03-00T10:00:00Z',
    '2025-03-01T24:00:00Z',
    '2025-03-01T10:60:00Z',
    '2025-03-01T10:00:61Z',
    '2025-03-01T10:00:00+24:00',
    '2025-03-01T10:00:00.Z',
    ' 2025-03-01T10:00:00Z',
    '2025-03-01T10:00:00Z\n',
    '0000-12-31T00:00:00Z',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:00:00-02:00',
    '+12025-03-01T10:00:00Z',
    '1740823200',
  ])('takes %j for no instant', (text) => {
    expect(parseInstant(text)).toBeUndefined()
  })

  it('gives back every instant that it is given', () => {
    const min = new Date('0001-01-01T00:00:00Z')
    const max = new Date('9999-12-31T23:59:59.999Z')
    fc.assert(
      fc.property(fc.date({ min, max, noInvalidDate: true }), (instant) => {
        expect(parseInstant(instant.toISOString())).toEqual(instant)
      }),
    )
  })
})
