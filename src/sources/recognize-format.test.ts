import { describe, expect, it } from 'vitest'
import { recognizeFormat } from './recognize-format.ts'
import type { Source } from './source.ts'

function aSource(id: string, word: string): Source {
  return {
    id,
    title: id,
    stability: 'stable',
    recognizes: (head) => Buffer.from(head).includes(word),
    async *read() {},
  }
}

const trees = aSource('trees', 'oak')
const birds = aSource('birds', 'owl')

describe('recognizeFormat', () => {
  it.each([
    ['an oak', { kind: 'recognized', source: trees }],
    ['an owl', { kind: 'recognized', source: birds }],
    ['an owl in an oak', { kind: 'ambiguous', candidates: [trees, birds] }],
    ['{"a":"stone"}', { kind: 'unknown', content: { kind: 'other' } }],
    ['[{"a":"stone"}]', { kind: 'unknown', content: { kind: 'other' } }],
    ['[ \n', { kind: 'unknown', content: { kind: 'other' } }],
    ['', { kind: 'unknown', content: { kind: 'other' } }],
    [' \n', { kind: 'unknown', content: { kind: 'other' } }],
    ['a stone', { kind: 'unknown', content: { kind: 'not_json', offset: 0 } }],
    [' \n<stone/>', { kind: 'unknown', content: { kind: 'not_json', offset: 2 } }],
    ['[]', { kind: 'unknown', content: { kind: 'empty_list' } }],
    ['\n[ \n]\n', { kind: 'unknown', content: { kind: 'empty_list' } }],
  ])('answers for %j with who claims it', (head, expected) => {
    expect(recognizeFormat(Buffer.from(head), [trees, birds])).toEqual(expected)
  })
})
