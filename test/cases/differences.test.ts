import { describe, expect, it } from 'vitest'
import { differences } from './differences.ts'

describe('the comparison of an answer', () => {
  it.each([
    ['equal answers', { a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 }, []],
    ['another value', { a: { b: 1 } }, { a: { b: 2 } }, ['a.b: expected 1, got 2']],
    ['a key too few', { a: 1, of: 's1' }, { a: 1 }, ['of: expected "s1", got nothing']],
    ['a key too many', { a: 1 }, { a: 1, of: 's1' }, ['of: expected nothing, got "s1"']],
    ['null where something is due', { a: {} }, { a: null }, ['a: expected {}, got null']],
  ])('tells of %s', (_what, expected, got, lines) => {
    expect(differences(expected, got)).toEqual(lines)
  })

  it('names the one record that is missing, by its finding', () => {
    const records = [{ finding: 'x' }, { finding: 'y' }]

    expect(differences(records, records.slice(1), 'records')).toEqual([
      'records.x: expected {"finding":"x"}, got nothing',
    ])
  })

  it('tells of a record that comes twice', () => {
    const [once, twice] = [[{ finding: 'x' }], [{ finding: 'x' }, { finding: 'x' }]]

    expect(differences(once, twice, 'records')).toHaveLength(1)
  })
})
