import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, inChunks } from '../../test/fakes/report-stream.ts'
import { MAX_RECORD_BYTES, MAX_RECORD_DEPTH } from './record-under-way.ts'
import { splitJson } from './split-json.ts'

interface Cut {
  readonly offset: number
  readonly text?: string
  readonly reason?: string
}

/** What comes out, in the order and with the numbers that it must have. */
async function split(report: string | Uint8Array, chunkBytes = 65_536): Promise<Cut[]> {
  const entries = await collect(splitJson(inChunks(report, chunkBytes)))
  expect(entries.map(({ number }) => number)).toEqual(entries.map((_, place) => place))
  return entries.map((entry) =>
    entry.kind === 'record'
      ? { offset: entry.offset, text: entry.bytes.toString('utf8').trim() }
      : { offset: entry.offset, reason: entry.reason },
  )
}

const TOO_LARGE = `is larger than ${MAX_RECORD_BYTES} bytes`
const TOO_DEEP = `is nested more than ${MAX_RECORD_DEPTH} levels deep`
const NO_OBJECT = 'its line is not a JSON object'

const shapes = [
  'array',
  'indented array',
  'lines',
  'lines without the last newline',
  'indented',
  'in one line',
] as const

/** The records in a shape, and where each begins. */
function written(shape: (typeof shapes)[number], records: readonly unknown[]) {
  const texts = records.map((each) =>
    shape.startsWith('indented') ? JSON.stringify(each, null, 2) : JSON.stringify(each),
  )
  const [before, between, behind] = {
    array: ['[', ',', ']'],
    'indented array': [' [\n  ', ' ,\n  ', '\n]\n\n'],
    lines: ['', '\r\n', '\n'],
    'lines without the last newline': ['', '\n', ''],
    indented: ['\n', '\n', '\n'],
    'in one line': ['', '', ''],
  }[shape] as [string, string, string]
  const offsets = texts.map((_, number) =>
    Buffer.byteLength(
      before +
        texts
          .slice(0, number)
          .map((text) => text + between)
          .join(''),
    ),
  )
  return { report: before + texts.join(between) + behind, texts, offsets }
}

describe('splitJson', () => {
  it.each(shapes)('gives back any records, written as %s, cut into any chunks', async (shape) => {
    // A pretty-printer writes an empty object as `{}`, which is a line of its own.
    const record = fc.dictionary(
      fc.string({ unit: 'binary' }),
      fc.jsonValue({ stringUnit: 'binary' }),
      { minKeys: 1 },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        async (records, size) => {
          const { report, texts, offsets } = written(shape, records)

          const cuts = await split(report, size)

          expect(cuts).toEqual(texts.map((text, number) => ({ offset: offsets[number], text })))
        },
      ),
      { numRuns: 150 },
    )
  })

  it.each([
    ['back-slashes before a quote', '{"a":"\\\\"}', '{"a":"\\\\\\"}"}'],
    ['brackets in a string', '{"a":"]}{[,"}', '{"a":"}"}'],
    ['a line separator (U+2028) in a string', '{"a":"\u2028{"}', '{"a":"\u2029"}'],
    ['an empty key and an empty object', '{"":{}}', '{}'],
  ])('is not misled by %s', async (_, ...texts) => {
    for (const size of [1, 2, 3, 1000]) {
      expect((await split(`[${texts.join(',')}]`, size)).map(({ text }) => text)).toEqual(texts)
      expect((await split(texts.join('\n'), size)).map(({ text }) => text)).toEqual(texts)
    }
  })

  it('takes no longer for a long line of objects than for as many lines', async () => {
    const line = '{"n":1}'.repeat(500_000)

    expect(await split(line, line.length)).toHaveLength(500_000)
  })

  it('takes an array without elements for a report without records', async () => {
    expect(await split(' [ \n ] ')).toEqual([])
  })

  describe('goes on behind what it cannot take', () => {
    it.each([
      [
        'a line that ends too early',
        '{"a":1}\n{"b":\n{"c":3}\n',
        8,
        'its line ends before it does',
      ],
      [
        'a line that ends within a string',
        '{"a":1}\n{"b":"\n{"c":3}\n',
        8,
        'its line ends before it does',
      ],
      ['a line that is no JSON', '{"a":1}\n<html> { " \n{"c":3}\n', 8, NO_OBJECT],
      ['a line that is no object', '{"a":1}\n[{"b":2}]\n{"c":3}\n', 8, NO_OBJECT],
      ['a line with something behind its object', '{"a":1}\n{"b":2},\n{"c":3}\n', 8, NO_OBJECT],
    ])('%s', async (_, report, offset, reason) => {
      for (const size of [1, 5, 1000]) {
        expect(await split(report, size)).toEqual([
          { offset: 0, text: '{"a":1}' },
          { offset, reason },
          { offset: report.indexOf('{"c"'), text: '{"c":3}' },
        ])
      }
    })

    it('a last line that is no object and has no newline', async () => {
      expect(await split('{"a":1}\nend', 4)).toEqual([
        { offset: 0, text: '{"a":1}' },
        { offset: 8, reason: NO_OBJECT },
      ])
    })

    it('a first line that is broken', async () => {
      expect(await split('{"a":\n{"b":2}\n', 4)).toEqual([
        { offset: 0, reason: 'its line ends before it does' },
        { offset: 6, text: '{"b":2}' },
      ])
    })

    it('one bad line among 10,000', async () => {
      const lines = Array.from({ length: 10_000 }, (_, number) =>
        number === 7000 ? '{"n": oops' : `{"n":${number}}`,
      )

      const cuts = await split(`${lines.join('\n')}\n`)

      expect(cuts).toHaveLength(10_000)
      expect(cuts.filter(({ reason }) => reason !== undefined)).toHaveLength(1)
      expect(cuts[7000]).toMatchObject({ reason: 'its line ends before it does' })
    })

    it.each(['[@,{"c":3}]', '@\n{"c":3}\n'])('a record of 2 MB in %s', async (frame) => {
      const large = JSON.stringify({ text: 'x'.repeat(2_000_000) })
      const report = `${frame.startsWith('[') ? '' : '{"a":1}\n'}${frame.replace('@', large)}`

      for (const size of [1000, 65_536, 10_000_000]) {
        expect((await split(report, size)).slice(-2)).toMatchObject([
          { reason: TOO_LARGE },
          { offset: report.indexOf('{"c"'), text: '{"c":3}' },
        ])
      }
    })

    it.each(['[@,{"c":3}]', '@\n{"c":3}\n'])('a record 10,000 levels deep in %s', async (frame) => {
      const deep = `{"a":${'['.repeat(9_999)}${']'.repeat(9_999)}}`
      const report = frame.replace('@', deep)

      for (const size of [100, 65_536]) {
        expect(await split(report, size)).toMatchObject([
          { reason: TOO_DEEP },
          { offset: report.indexOf('{"c"'), text: '{"c":3}' },
        ])
      }
    })
  })

  it('takes a record of just the limit, and none beyond it', async () => {
    const just = JSON.stringify({ text: 'x'.repeat(MAX_RECORD_BYTES - '{"text":""}'.length) })
    const beyond = just.replace('x', 'xx')

    expect(await split(`[${just},${beyond}]`)).toMatchObject([
      { text: just },
      { reason: TOO_LARGE },
    ])
  })

  it('takes a record just so many levels deep, and none beyond it', async () => {
    const just = `{"a":${'['.repeat(MAX_RECORD_DEPTH - 1)}${']'.repeat(MAX_RECORD_DEPTH - 1)}}`
    const beyond = just.replace('[', '[[').replace(']', ']]')

    expect(await split(`[${just},${beyond}]`)).toMatchObject([{ text: just }, { reason: TOO_DEEP }])
  })

  it.each([
    ['nothing', '', 'malformed', 0],
    ['white space', ' \n\t', 'malformed', 0],
    ['text', 'check,status\n', 'malformed', 0],
    ['a string', '\n"text"', 'malformed', 1],
    ['an array and more', '[{"a":1}] {"b":2}', 'malformed', 10],
    ['an array with a brace too many', '[{"a":1}}, {"b":2}]', 'malformed', 8],
    ['an array that has no end', '[{"a":1},{"b":2}', 'truncated', 16],
    ['an array cut between records', '[{"a":1},', 'truncated', 9],
    ['an array cut at once', '[', 'truncated', 1],
    ['a line cut within a string', '{"a":1}\n{"b":"x', 'truncated', 15],
    ['an object spread over lines and cut', '{\n "a": 1,\n', 'truncated', 11],
    ['a cut record that is too large', `{"a":"${'x'.repeat(2_000_000)}`, 'truncated', 2_000_006],
  ])('refuses %s', async (_, report, reason, offset) => {
    for (const size of [1, 65_536].filter((each) => each > 1 || report.length < 1000)) {
      await expect(split(report, size)).rejects.toMatchObject({
        name: 'UnreadableReport',
        reason,
        offset,
      })
    }
  })
})
