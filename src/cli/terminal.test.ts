import { describe, expect, it } from 'vitest'
import {
  brief,
  bytes,
  counted,
  instant,
  nativeTypeText,
  printable,
  printableJson,
  shellWord,
  shortened,
  table,
} from './terminal.ts'

describe('printable', () => {
  it.each([
    ['an escape sequence', '\u001B[2Jx', '\\u001b[2Jx'],
    ['its one-character form', '\u009B31m', '\\u009b31m'],
    ['a bell, a return and a delete', '\u0007\r\u007F', '\\u0007\\u000d\\u007f'],
    ['a line end, of each kind', 'a\nb\u0085c\u2028d\u2029', 'a\\u000ab\\u0085c\\u2028d\\u2029'],
    ['marks of direction', '\u202Efdp.exe\u2066\u200F', '\\u202efdp.exe\\u2066\\u200f'],
  ])('shows %s as escapes', (_, text, shown) => {
    expect(printable(text)).toBe(shown)
  })

  it('leaves text of any language alone', () => {
    const text = 'Überprüfung 検査 فحص 👩‍💻 <&"\\>'

    expect(printable(text)).toBe(text)
  })
})

describe('printableJson', () => {
  it('is safe for a terminal, in its own lines, and says the same', () => {
    const value = { '\u009Bname': 'a\nb\u2028c\u202E\u007F', list: ['\u001B', 'ü'] }

    const json = printableJson(JSON.stringify(value, undefined, 2))

    expect(json).toMatch(/^[\n -~ü]*$/)
    expect(json.split('\n')).toHaveLength(7)
    expect(JSON.parse(json)).toEqual(value)
  })
})

describe('table', () => {
  it('aligns its columns, whatever stands in the cells', () => {
    const text = table(
      ['ID', 'NAME', 'COUNT'],
      [
        ['a', 'x\ny', 1],
        ['bbb', null, 20],
      ],
    )

    expect(text).toBe(
      ['ID   NAME      COUNT', 'a    x\\u000ay  1', 'bbb            20', ''].join('\n'),
    )
  })
})

describe('what people read', () => {
  it.each([
    [999, '999 B'],
    [1_500, '1.5 kB'],
    [2_000_000, '2.0 MB'],
  ])('%i bytes are %s', (count, shown) => {
    expect(bytes(count)).toBe(shown)
  })

  it('an instant bears its zone, and none is empty', () => {
    expect(instant(new Date('2026-03-02T09:15:00.999Z'))).toBe('2026-03-02 09:15:00 UTC')
    expect(instant(null)).toBe('')
  })

  it.each([
    [0, '0 records'],
    [1, '1 record'],
    [2, '2 records'],
  ])('%i counts in words', (count, shown) => {
    expect(counted(count, 'record')).toBe(shown)
    expect(counted(count, 'delivery is', 'deliveries are')).toBe(
      `${count} ${count === 1 ? 'delivery is' : 'deliveries are'}`,
    )
  })

  it('a name out of a report is short and safe, and one that is missing is said to be', () => {
    expect(brief('x'.repeat(200))).toBe(`${'x'.repeat(99)}…`)
    expect(brief('\u001B[2J')).toBe('\\u001b[2J')
    expect(nativeTypeText('')).toBe('(no type given)')
    expect(nativeTypeText('AWS::S3::Bucket')).toBe('AWS::S3::Bucket')
  })

  it.each([
    ['tocsin-demo/data', 'tocsin-demo/data'],
    ['my demo/data', "'my demo/data'"],
    ["it's", String.raw`'it'\''s'`],
    ['$(rm)', "'$(rm)'"],
    ['', "''"],
  ])('a shell takes %j for one word', (text, word) => {
    expect(shellWord(text)).toBe(word)
  })

  it('a text is cut between characters, with a sign that it was', () => {
    expect(shortened('👩👩👩', 3)).toBe('👩👩👩')
    expect(shortened('👩👩👩👩', 3)).toBe('👩👩…')
  })
})
