import { describe, expect, it } from 'vitest'
import { collect, inChunks } from '../../test/fakes/report-stream.ts'
import { firstJsonRecord, jsonRecords } from './json-records.ts'

async function recordsOf(report: string) {
  return collect(jsonRecords(inChunks(report, 16)))
}

async function valueOf(text: string) {
  const [record] = await recordsOf(`[${text}]`)
  return record?.kind === 'record' ? record.value : undefined
}

describe('jsonRecords', () => {
  it('says of every record what it holds and where it stands', async () => {
    expect(await recordsOf('{"a":1}\n{"b":[true,null]}\n')).toEqual([
      { kind: 'record', number: 0, pointer: '/0', offset: 0, value: { a: 1 } },
      { kind: 'record', number: 1, pointer: '/1', offset: 8, value: { b: [true, null] } },
    ])
  })

  it.each([
    ['NaN', '{"a":NaN}', 'is not valid JSON'],
    ['a trailing comma', '{"a":1,}', 'is not valid JSON'],
    ['single quotes', "{'a':1}", 'is not valid JSON'],
    ['brackets that do not match', '{"a":[1}]', 'is not valid JSON'],
    ['a raw newline in a string', '{"a":"x\ny"}', 'is not valid JSON'],
    ['a comment', '{"a":1} // one', 'is not valid JSON'],
    ['nothing at all', '', 'is not valid JSON'],
    ['a number', '17', 'is not a JSON object'],
    ['null', 'null', 'is not a JSON object'],
    ['an array', '[{"a":1}]', 'is not a JSON object'],
  ])('reports an element of an array with %s, and reads the next', async (_, text, reason) => {
    expect(await recordsOf(`[ {"a":0},${text}, {"b":2}]`)).toEqual([
      { kind: 'record', number: 0, pointer: '/0', offset: 2, value: { a: 0 } },
      { kind: 'broken', number: 1, pointer: '/1', offset: 10, reason },
      { kind: 'record', number: 2, pointer: '/2', offset: 12 + text.length, value: { b: 2 } },
    ])
  })

  it('passes on what could not be cut out', async () => {
    expect(await recordsOf('{"a":\n')).toEqual([
      {
        kind: 'broken',
        number: 0,
        pointer: '/0',
        offset: 0,
        reason: 'its line ends before it does',
      },
    ])
  })

  it.each([
    ['__proto__', '{"__proto__":{"polluted":1},"a":1}'],
    ['__proto__ in escapes', '{"\\u005f_proto__":{"polluted":1},"a":1}'],
    ['constructor', '{"constructor":{"prototype":{"polluted":1}},"a":1}'],
    ['prototype', '{"prototype":1,"a":1}'],
  ])('leaves out the key %s', async (_, text) => {
    expect(await valueOf(text)).toStrictEqual({ a: 1 })
    expect(await valueOf(`{"deep":[${text}]}`)).toStrictEqual({ deep: [{ a: 1 }] })
    expect({}).not.toHaveProperty('polluted')
  })

  it('keeps such words where they are no keys', async () => {
    expect(await valueOf('{"a":"__proto__","b":["constructor"]}')).toEqual({
      a: '__proto__',
      b: ['constructor'],
    })
  })

  it('makes half a surrogate pair U+FFFD, and leaves a whole one', async () => {
    expect(await valueOf('{"half \\ud83d":["\\udd11 x"],"whole":"\\ud83d\\udd11"}')).toEqual({
      'half \ufffd': ['\ufffd x'],
      whole: '🔑',
    })
  })

  it('keeps U+2028 and other text as it is', async () => {
    expect(await valueOf('{"a":"\u2028 ß 🔑"}')).toEqual({ a: '\u2028 ß 🔑' })
  })
})

describe('firstJsonRecord', () => {
  it.each([
    ['of an array that goes on', '[{"a":1},{"b":', { a: 1 }],
    ['behind a line that is broken', '{"a":\n{"b":2}\n{"c', { b: 2 }],
    ['that is all there is', '{"a":1}', { a: 1 }],
    ['of none that is whole', '[{"a":1', undefined],
    ['of no JSON', 'a,b\n', undefined],
    ['of nothing', '', undefined],
  ])('is that %s', (_, head, expected) => {
    expect(firstJsonRecord(Buffer.from(head))).toEqual(expected)
  })
})
