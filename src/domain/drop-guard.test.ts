import { expect, it } from 'vitest'
import { guardHolds } from './drop-guard.ts'

it.each([
  [false, 'fifty of sixty', { absent: 50, open: 60 }, { findings: 50, percent: 50 }],
  [true, 'fifty-one of sixty', { absent: 51, open: 60 }, { findings: 50, percent: 50 }],
  [false, 'exactly half', { absent: 51, open: 102 }, { findings: 50, percent: 50 }],
  [true, 'one more than half', { absent: 51, open: 101 }, { findings: 50, percent: 50 }],
  [false, 'no findings to look at', { absent: 51, open: 51 }, { findings: 0, percent: 50 }],
  [false, 'no share to look at', { absent: 51, open: 51 }, { findings: 50, percent: 0 }],
])('answers %j for %s', (holds, _what, drop, settings) => {
  expect(guardHolds(drop, settings)).toBe(holds)
})
