import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { collect, inChunks } from '../../test/fakes/report-stream.ts'
import { decodeText } from './decode-text.ts'

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf])

async function decode(report: Uint8Array, chunkBytes = 1000): Promise<Buffer> {
  return Buffer.concat(await collect(decodeText(inChunks(report, chunkBytes))))
}

function utf16(text: string, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.from(`\ufeff${text}`, 'utf16le')
  return order === 'big' ? bytes.swap16() : bytes
}

const encodings: readonly (readonly [string, (text: string) => Buffer])[] = [
  ['UTF-8', (text) => Buffer.from(text)],
  ['UTF-8 with a byte-order mark', (text) => Buffer.concat([UTF8_MARK, Buffer.from(text)])],
  ['UTF-16 LE', (text) => utf16(text, 'little')],
  ['UTF-16 BE', (text) => utf16(text, 'big')],
]

describe('decodeText', () => {
  it.each(encodings)(
    'gives any text in %s as UTF-8, in whatever chunks it comes',
    async (_, encode) => {
      const text = fc.string({ unit: 'binary', minLength: 1 }).map((each) => `{${each}}`)
      await fc.assert(
        fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (each, size) => {
          expect((await decode(encode(each), size)).toString('utf8')).toBe(each)
        }),
      )
    },
  )

  it.each([
    ['a byte that begins no character', [0x61, 0x62, 0xff, 0x63], 2],
    ['a byte that only continues one', [0x61, 0x80], 1],
    ['a character that breaks off', [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0x61], 3],
    ['half a surrogate pair', [0x61, 0xed, 0xa0, 0x80, 0x61], 1],
    ['a character written too long', [0xc0, 0xaf], 0],
    ['Latin-1 behind a byte-order mark', [...UTF8_MARK, 0x61, 0xe9, 0x61], 4],
  ])('refuses %s, and says where it is', async (_, bytes, offset) => {
    for (const size of [1, 2, 3, 1000]) {
      await expect(decode(Buffer.from(bytes), size)).rejects.toMatchObject({
        name: 'UnreadableReport',
        reason: 'encoding',
        offset,
      })
    }
  })

  it('says where the first bad byte is in a long report', async () => {
    const before = 'aß€🔑'.repeat(20_000)
    const report = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(before)])

    await expect(decode(report, 65_536)).rejects.toMatchObject({
      reason: 'encoding',
      offset: Buffer.byteLength(before),
    })
  })

  it.each([
    ['UTF-8', Buffer.from('{"a":"ß').subarray(0, -1), 6],
    ['UTF-16', utf16('{"a', 'little').subarray(0, -1), 6],
  ])('refuses %s that is cut inside a character', async (_, report, offset) => {
    for (const size of [1, 1000]) {
      await expect(decode(report, size)).rejects.toMatchObject({ reason: 'truncated', offset })
    }
  })

  it('makes half a surrogate pair in UTF-16 U+FFFD', async () => {
    expect((await decode(utf16('a\ud83db', 'big'), 1)).toString()).toBe('a\ufffdb')
  })

  it('refuses an empty report', async () => {
    await expect(decode(Buffer.alloc(0))).rejects.toMatchObject({
      reason: 'malformed',
      message: 'the report is empty: see whether its scanner ran to its end',
    })
  })
})
