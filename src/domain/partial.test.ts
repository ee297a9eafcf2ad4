import { expect, it } from 'vitest'
import { isPartial } from './partial.ts'

const whole = { entries: 10, rejected: 0, unreadable: 0, declaredPartial: false }

it.each([
  [false, whole],
  [false, { ...whole, rejected: 2 }],
  [true, { ...whole, rejected: 3 }],
  [true, { ...whole, rejected: 1, unreadable: 1 }],
  [true, { ...whole, declaredPartial: true }],
  [false, { ...whole, entries: 0 }],
])('answers %j for %j', (partial, report) => {
  expect(isPartial(report)).toBe(partial)
})
