import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonString, jsonValue, utf8Length } from './json-text.ts'

describe('jsonString', () => {
  it.each([
    ['plain text', 'plain text', '"plain text"'],
    ['nothing', '', '""'],
    ['quotes and back-slashes', 'a "b" \\c', '"a \\"b\\" \\\\c"'],
    ['a line feed and a NUL', 'a\n\u0000', '"a\\n\\u0000"'],
    ['the line ends that JSON lets stand', '\u0085\u2028\u2029', '"\\u0085\\u2028\\u2029"'],
    ['a lone high surrogate', 'a\ud800b', '"a\ufffdb"'],
    ['a lone low surrogate', 'a\udc00', '"a\ufffd"'],
    ['a whole pair', 'a\u{1f600}', '"a\u{1f600}"'],
  ])('writes %s', (_name, text, json) => {
    expect(jsonString(text)).toBe(json)
  })

  it('gives back what it was given, but for lone surrogates', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(JSON.parse(jsonString(text))).toBe(text.toWellFormed())
      }),
    )
  })
})

describe('jsonValue', () => {
  it('leaves out what is null, undefined or no number', () => {
    const value = { a: null, b: [1, null, Number.NaN, 'x'], c: { d: Infinity, e: false } }

    const json = jsonValue({ ...value, ...({ f: undefined } as object) })

    expect(json).toBe('{"b":[1,"x"],"c":{"e":false}}')
  })

  it('escapes names and values alike', () => {
    expect(jsonValue({ 'a\u2028': ['b\u2028'] })).toBe('{"a\\u2028":["b\\u2028"]}')
  })
})

describe('utf8Length', () => {
  it('counts the bytes that UTF-8 takes', () => {
    const unit = fc.oneof(
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      fc.constantFrom('\ud800', '\udc00'),
    )

    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(utf8Length(text)).toBe(Buffer.byteLength(text))
      }),
    )
  })
})
