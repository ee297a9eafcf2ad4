import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { labelLimits, labelsProblem, scannerLabels } from './siem-labels.ts'

describe('scannerLabels', () => {
  it('keeps each label once, in the order of the scanner, without empty ones', () => {
    expect(scannerLabels(['b', '', 'a', 'b'])).toEqual({ labels: ['b', 'a'], cut: false })
  })

  it('cuts a long label between code points', () => {
    const label = '\u{1f600}'.repeat(129)

    const { labels, cut } = scannerLabels([label])

    expect(labels).toEqual(['\u{1f600}'.repeat(128)])
    expect(cut).toBe(true)
  })

  it('keeps the first 50', () => {
    const many = Array.from({ length: 51 }, (_, number) => `label-${number}`)

    expect(scannerLabels(many)).toEqual({ labels: many.slice(0, 50), cut: true })
  })

  it('keeps as many as fit into the bytes of a list', () => {
    const wide = Array.from({ length: 50 }, (_, number) => `${number}`.padEnd(128, '\u4e00'))

    const { labels, cut } = scannerLabels(wide)

    expect(
      Buffer.byteLength(labels.map((label) => JSON.stringify(label)).join(',')),
    ).toBeLessThanOrEqual(labelLimits.jsonBytes)
    expect(labels).toEqual(wide.slice(0, labels.length))
    expect(cut).toBe(true)
  })

  it('answers only labels that a person could set', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 80 }),
        (given) => {
          expect(labelsProblem(scannerLabels(given).labels)).toBeUndefined()
        },
      ),
    )
  })
})

describe('labelsProblem', () => {
  it.each([
    ['an empty label', [''], 'a label is empty'],
    ['too many', Array.from({ length: 51 }, (_, number) => `${number}`), '51 labels'],
    ['one too long', ['x'.repeat(129)], 'more than 128 characters'],
    [
      'too many bytes',
      Array.from({ length: 50 }, (_, n) => `${n}`.padEnd(128, '\u4e00')),
      '8192 bytes',
    ],
  ])('refuses %s', (_name, labels, problem) => {
    expect(labelsProblem(labels)).toContain(problem)
  })

  it('has nothing against 50 labels of 128 plain characters', () => {
    const labels = Array.from({ length: 50 }, (_, number) => `${number}`.padEnd(128, 'x'))

    expect(labelsProblem(labels)).toBeUndefined()
  })
})
