import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partLimits, writeParts } from './part-writer.ts'
import type { SpooledParts } from './part-writer.ts'
import type { PartLimits } from './record-cutter.ts'

let spoolDir: string

beforeEach(async () => {
  spoolDir = await mkdtemp(join(tmpdir(), 'tocsin-parts-'))
})

afterEach(() => rm(spoolDir, { recursive: true }))

describe('writeParts', () => {
  it('writes parts that unpack to exactly the lines, with what they hold', async () => {
    const lines = ['{"a":1}\n', '{"b":"\u00e9"}\n', '{"c":3}\n']

    const spooled = await write(lines, { maxBytes: 100, maxRecords: 2 })

    expect(await contents(spooled)).toEqual(['{"a":1}\n{"b":"\u00e9"}\n', '{"c":3}\n'])
    expect(spooled.parts).toMatchObject([
      { stream: 'security_findings', number: 0, records: 2, contentBytes: 19 },
      { stream: 'security_findings', number: 1, records: 1, contentBytes: 8 },
    ])
    for (const part of spooled.parts) {
      const bytes = await readFile(part.path)
      expect(part.size).toBe(bytes.length)
      expect(part.contentSha256).toBe(createHash('sha256').update(gunzipSync(bytes)).digest('hex'))
    }
    await spooled.close()
  })

  it('writes no part where there is no record', async () => {
    const spooled = await write([])

    expect(spooled.parts).toEqual([])
    await spooled.close()
  })

  it.each([
    [9_999, [9_999]],
    [10_000, [10_000]],
    [10_001, [10_000, 1]],
    [20_000, [10_000, 10_000]],
  ])('cuts %i short records into parts of %j', async (count, records) => {
    const spooled = await write([`{"n":1}\n`.repeat(count)])

    expect(spooled.parts.map((part) => part.records)).toEqual(records)
    await spooled.close()
  })

  it('cuts long records at 8,000,000 bytes', async () => {
    const line = `"${'x'.repeat(9_997)}"\n` // 10,000 bytes: 800 are just one part

    const exact = await write([line.repeat(800)])
    const more = await write([line.repeat(801)])

    expect(partLimits).toEqual({ maxBytes: 8_000_000, maxRecords: 10_000 })
    expect(exact.parts.map((part) => part.contentBytes)).toEqual([8_000_000])
    expect(more.parts.map((part) => part.contentBytes)).toEqual([8_000_000, 10_000])
    await exact.close()
    await more.close()
  })

  it('gives every line back once and in order, wherever chunks and parts end', async () => {
    const line = fc
      .string({ unit: 'binary', maxLength: 30 })
      .map((text) => `${JSON.stringify(text)}\n`)
    const limits = fc.record({
      maxBytes: fc.integer({ min: 200, max: 400 }),
      maxRecords: fc.integer({ min: 1, max: 5 }),
    })

    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 10 }),
        limits,
        async (lines, sizes, limit) => {
          const spooled = await write(inChunks(lines.join(''), sizes), limit)

          const parts = await contents(spooled)
          expect(parts.join('')).toBe(lines.join(''))
          for (const [number, part] of spooled.parts.entries()) {
            expect(part.number).toBe(number)
            expect(part.contentBytes).toBeLessThanOrEqual(limit.maxBytes)
            expect(part.records).toBe((parts[number] ?? '').split('\n').length - 1)
            expect(part.records).toBeLessThanOrEqual(limit.maxRecords)
          }
          await spooled.close()
        },
      ),
      { numRuns: 50 },
    )
  })

  it('stays under 25 MB for content that does not compress', async () => {
    const line = `"${Buffer.from(noise(45_000)).toString('base64')}"\n`

    const spooled = await write(Array.from({ length: 140 }, () => line))

    expect(spooled.parts.length).toBe(2)
    for (const part of spooled.parts) expect(part.size).toBeLessThan(25_000_000)
    await spooled.close()
  })

  it('gives the same bytes for the same content, with no time in them', async () => {
    const one = await write(['{"a":1}\n'])
    const other = await write(['{"a"', ':1}\n'])

    const bytes = await readFile(one.parts[0]?.path ?? '')
    expect(await readFile(other.parts[0]?.path ?? '')).toEqual(bytes)
    expect(bytes.subarray(4, 8)).toEqual(Buffer.alloc(4)) // MTIME of RFC 1952
    await one.close()
    await other.close()
  })

  it.each([
    ['a last record without its line feed', ['{"a":1}\n', '{"b"'], 'no line feed'],
    ['a blank line', ['{"a":1}\n\n{"b":2}\n'], 'blank line'],
    [
      'a record over the limit of a part',
      ['{"a":1}\n', `"${'x'.repeat(200)}"\n`],
      'more than 100 bytes',
    ],
  ])('refuses %s, and leaves nothing behind', async (_name, lines, message) => {
    await expect(write(lines, { maxBytes: 100, maxRecords: 1 })).rejects.toThrow(message)

    expect(await readdir(spoolDir)).toEqual([])
  })

  it('leaves nothing behind when the lines break off', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"a":1}\n{"b":2}\n')
      await Promise.resolve()
      throw new Error('connection lost')
    }

    const written = writeParts(broken(), {
      spoolDir,
      stream: 'attack_paths',
      limits: { maxBytes: 100, maxRecords: 1 },
    })

    await expect(written).rejects.toThrow('connection lost')
    expect(await readdir(spoolDir)).toEqual([])
  })

  it('says what to do when the disk refuses, and stops reading', async () => {
    let stopped = false
    async function* lines(): AsyncGenerator<Buffer> {
      try {
        for (;;) {
          const [folder] = await readdir(spoolDir)
          // A folder where the first part wants to be: root may write anywhere, but not over that.
          await mkdir(join(spoolDir, folder ?? '', '0.jsonl.gz'), { recursive: true })
          yield Buffer.from('{"a":1}\n')
        }
      } finally {
        stopped = true
      }
    }

    const written = writeParts(lines(), {
      spoolDir,
      stream: 'security_findings',
      limits: { maxBytes: 100, maxRecords: 1 },
    })

    await expect(written).rejects.toMatchObject({ code: 'disk_unavailable' })
    await expect(written).rejects.toThrow('TOCSIN_DATA_DIR')
    expect(stopped).toBe(true)
    expect(await readdir(spoolDir)).toEqual([])
  })

  it('says so when there is no spool folder', async () => {
    const written = writeParts(chunks([]), {
      spoolDir: join(spoolDir, 'missing'),
      stream: 'security_findings',
    })

    await expect(written).rejects.toMatchObject({ code: 'disk_unavailable' })
  })

  it('leaves nothing behind once closed, and may be closed twice', async () => {
    const spooled = await write(['{"a":1}\n'])

    await spooled.close()
    await spooled.close()

    expect(await readdir(spoolDir)).toEqual([])
  })
})

function write(
  lines: readonly (string | Buffer)[],
  limits: PartLimits = partLimits,
): Promise<SpooledParts> {
  return writeParts(chunks(lines), { spoolDir, stream: 'security_findings', limits })
}

async function* chunks(texts: readonly (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts)
    yield await Promise.resolve(typeof text === 'string' ? Buffer.from(text) : text)
}

async function contents(spooled: SpooledParts): Promise<string[]> {
  return Promise.all(
    spooled.parts.map(async (part) => gunzipSync(await readFile(part.path)).toString()),
  )
}

/** The text in pieces of these sizes in bytes, over and over. */
function inChunks(text: string, sizes: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text)
  const pieces: Buffer[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** Bytes in which gzip finds nothing, the same in each run. */
function noise(length: number): Uint8Array {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, number) =>
    createHash('sha256').update(`noise ${number}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, length)
}
