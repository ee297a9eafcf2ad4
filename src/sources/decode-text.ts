import { isUtf8 } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import { peek } from './peek.ts'
import { UnreadableReport } from './source.ts'

const UTF8_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const UTF16_LE_MARK = Buffer.from([0xff, 0xfe])
const UTF16_BE_MARK = Buffer.from([0xfe, 0xff])

/**
 * A report's text as UTF-8 without a byte-order mark. Read are UTF-8, with a mark or not, and UTF-16 with its mark; half
 * a surrogate pair in UTF-16 becomes U+FFFD.
 *
 * @param report The unpacked bytes, in chunks of any size.
 * @throws UnreadableReport `encoding` at the first byte that is not UTF-8, `truncated` when the report ends inside a
 *   character, `malformed` when it is empty.
 */
export async function* decodeText(report: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(report, UTF8_MARK.length)
  if (head.length === 0)
    throw new UnreadableReport(
      'malformed',
      'the report is empty: see whether its scanner ran to its end',
    )

  if (startsWith(head, UTF16_LE_MARK)) yield* fromUtf16(without(2, whole), 'little')
  else if (startsWith(head, UTF16_BE_MARK)) yield* fromUtf16(without(2, whole), 'big')
  else if (startsWith(head, UTF8_MARK)) yield* checkedUtf8(without(3, whole), 3)
  else yield* checkedUtf8(whole, 0)
}

/** @param from The offset of the first byte in the report. */
async function* checkedUtf8(
  text: AsyncIterable<Uint8Array>,
  from: number,
): AsyncGenerator<Uint8Array> {
  let offset = from
  /** The beginning of a character whose end is in the next chunk. */
  let begun = Buffer.alloc(0)
  for await (const chunk of text) {
    const bytes = begun.length === 0 ? asBuffer(chunk) : Buffer.concat([begun, chunk])
    const whole = bytes.length - unfinishedBytes(bytes)
    const characters = bytes.subarray(0, whole)
    if (!isUtf8(characters)) throw notUtf8(offset + firstBadByte(characters))
    begun = bytes.subarray(whole)
    offset += whole
    if (whole > 0) yield characters
  }
  if (begun.length > 0) throw endsInCharacter(offset)
}

/** How many bytes at the end begin a character that goes on behind them. */
function unfinishedBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const length = characterLength(bytes[bytes.length - back] ?? 0)
    if (length > 0) return length > back ? back : 0
  }
  return 0
}

/** In valid UTF-8 up to this byte; only for bytes that are known to hold a bad one. */
function firstBadByte(bytes: Buffer): number {
  let at = 0
  for (;;) {
    const length = characterLength(bytes[at] ?? 0)
    if (length === 0 || !isUtf8(bytes.subarray(at, at + length))) return at
    at += length
  }
}

/** By its first byte, how long a character is (RFC 3629, section 4); 0 for a byte that begins none. */
function characterLength(first: number): number {
  if (first < 0x80) return 1
  if (first < 0xc2) return 0
  if (first < 0xe0) return 2
  if (first < 0xf0) return 3
  return first < 0xf5 ? 4 : 0
}

async function* fromUtf16(
  text: AsyncIterable<Uint8Array>,
  order: 'little' | 'big',
): AsyncGenerator<Uint8Array> {
  const decoder = new StringDecoder('utf16le')
  let offset = 2
  /** The first byte of a pair whose second is in the next chunk. */
  let begun = Buffer.alloc(0)
  for await (const chunk of text) {
    const bytes = Buffer.concat([begun, chunk])
    const pairs = bytes.subarray(0, bytes.length - (bytes.length % 2))
    begun = bytes.subarray(pairs.length)
    offset += pairs.length
    const decoded = decoder.write(order === 'big' ? pairs.swap16() : pairs)
    if (decoded !== '') yield Buffer.from(decoded, 'utf8')
  }
  if (begun.length > 0) throw endsInCharacter(offset)
  const rest = decoder.end()
  if (rest !== '') yield Buffer.from(rest, 'utf8')
}

async function* without(
  count: number,
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of stream) {
    if (left < chunk.length) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

function startsWith(bytes: Uint8Array, mark: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, mark.length), mark) === 0
}

function asBuffer(bytes: Uint8Array): Buffer<ArrayBuffer> {
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength)
}

function notUtf8(offset: number): UnreadableReport {
  return new UnreadableReport(
    'encoding',
    `byte ${offset} of the report is not UTF-8; write it as UTF-8, or as UTF-16 with a byte-order mark`,
    { offset },
  )
}

function endsInCharacter(offset: number): UnreadableReport {
  const message = `the report ends inside the character at byte ${offset}`
  return new UnreadableReport('truncated', message, { offset })
}
