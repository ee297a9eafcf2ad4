import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { collect, inChunks } from '../../test/fakes/report-stream.ts'
import { textWith } from '../../test/matchers.ts'
import { unpack } from './unpack.ts'
import type { UnpackLimits } from './unpack.ts'

const text = Buffer.from(
  Array.from({ length: 1500 }, (_, number) => `{"n":${number * 7919}}\n`).join(''),
)
const gzip = gzipSync(text)
const zstd = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
const sizes = [1, 7, 65_536]

async function unpacked(report: Uint8Array, size: number, limits?: UnpackLimits): Promise<Buffer> {
  return Buffer.concat(await collect(unpack(inChunks(report, size), limits)))
}

describe('unpack', () => {
  it.each([
    ['plain bytes', text, 1],
    ['gzip', gzip, 1],
    ['zstd', zstd, 1],
    ['several gzip members', Buffer.concat([gzip, gzip, gzip]), 3],
    [
      'gzip members with zeros between and behind them',
      Buffer.concat([gzip, Buffer.alloc(300), gzip, Buffer.alloc(3)]),
      2,
    ],
    ['several zstd frames', Buffer.concat([zstd, zstdCompressSync(text), zstd]), 3],
  ])('reads all of %s, in whatever chunks it comes', async (_, report, times) => {
    const expected = Buffer.concat(Array.from({ length: times }, () => text))
    for (const size of sizes) expect((await unpacked(report, size)).equals(expected)).toBe(true)
  })

  it.each([0, 1, 3])('passes on a report of %i bytes as it is', async (length) => {
    const report = Buffer.from([0x1f, 0x7b, 0x7d]).subarray(0, length)

    expect(await unpacked(report, 1)).toEqual(report)
  })

  it.each([
    ['gzip', gzip.subarray(0, -1)],
    ['gzip after its magic', gzip.subarray(0, 2)],
    ['a second gzip member', Buffer.concat([gzip, gzip.subarray(0, 15)])],
    ['zstd', zstd.subarray(0, -1)],
    ['a second zstd frame', Buffer.concat([zstd, zstd.subarray(0, 15)])],
  ])('refuses %s that is cut as truncated', async (_, report) => {
    for (const size of sizes) {
      await expect(unpacked(report, size)).rejects.toMatchObject({
        name: 'UnreadableReport',
        reason: 'truncated',
      })
    }
  })

  it.each([
    ['gzip', broken(gzip)],
    ['zstd', broken(zstd)],
    ['gzip with something else behind it', Buffer.concat([gzip, Buffer.from('{"a":1}')])],
    ['zstd with something else behind it', Buffer.concat([zstd, Buffer.from('{"a":1}')])],
  ])('refuses broken %s as malformed', async (_, report) => {
    for (const size of sizes) {
      await expect(unpacked(report, size)).rejects.toMatchObject({ reason: 'malformed' })
    }
  })

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ])('refuses a bomb of %s soon after it is known for one', async (_, pack) => {
    const bomb = pack(Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(200 * 1024 ** 2)]))

    const error = await unpacked(bomb, 65_536).catch((thrown: unknown) => thrown)

    expect(error).toMatchObject({
      reason: 'expands',
      message: textWith('expands without end'),
    })
    expect((error as { offset: number }).offset).toBeLessThan(65 * 1024 ** 2)
  })

  it('lets a report expand as much as it likes at first', async () => {
    const dense = gzipSync(Buffer.alloc(60 * 1024 ** 2))

    expect((await unpacked(dense, 65_536)).length).toBe(60 * 1024 ** 2)
  })

  it.each([
    ['plain', text],
    ['packed', gzip],
  ])('refuses more bytes than the limit, %s', async (_, report) => {
    const limits = { maxBytes: text.length - 1, maxRatio: 500, freeBytes: 1024 }

    await expect(unpacked(report, 1000, limits)).rejects.toMatchObject({ reason: 'expands' })
    await expect(unpacked(report, 1000, { ...limits, maxBytes: text.length })).resolves.toEqual(
      text,
    )
  })

  it.each([
    ['plain', text],
    ['gzip', gzip],
    ['zstd', zstd],
  ])('closes the report when its reader leaves off: %s', async (_, report) => {
    const watched = new WatchedReport(report)
    for await (const chunk of unpack(watched.stream())) if (chunk.length > 0) break

    expect(watched.isClosed).toBe(true)
  })

  it('reads no further ahead than it is asked', async () => {
    const watched = new WatchedReport(gzipSync(Buffer.from(noise(2_000_000))))
    const reading = unpack(watched.stream())

    await reading.next()

    expect(watched.bytesTaken).toBeLessThan(20_000)
    await reading.return(undefined)
  })

  it.each([gzip, zstd])('passes on what the report itself throws', async (report) => {
    async function* failing() {
      yield report.subarray(0, 100)
      throw new Error('connection reset')
    }

    await expect(collect(unpack(failing()))).rejects.toThrow('connection reset')
  })
})

function broken(packed: Buffer): Buffer {
  const copy = Buffer.from(packed)
  for (let at = copy.length >> 1; at < (copy.length >> 1) + 16; at++) copy[at] = 0xff
  return copy
}

/** Text that hardly packs, the same every time. */
function noise(length: number): string {
  let state = 1
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647
    return String.fromCharCode(32 + (state % 90))
  }).join('')
}

class WatchedReport {
  bytesTaken = 0
  isClosed = false
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  async *stream(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of inChunks(this.#bytes, 1000)) {
        this.bytesTaken += chunk.length
        yield chunk
      }
    } finally {
      this.isClosed = true
    }
  }
}
