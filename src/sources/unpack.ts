import { createGunzip, createZstdDecompress } from 'node:zlib'
import { peek } from './peek.ts'
import { UnreadableReport } from './source.ts'
import { UnpackEngine } from './unpack-engine.ts'
import type { ZlibStream } from './unpack-engine.ts'

export interface UnpackLimits {
  readonly maxBytes: number
  /** Unpacked bytes for one packed byte, looked at once `freeBytes` are out. */
  readonly maxRatio: number
  readonly freeBytes: number
}

/** interfaces.md, Limits. */
export const unpackLimits: UnpackLimits = {
  maxBytes: 64 * 1024 ** 3,
  maxRatio: 500,
  freeBytes: 64 * 1024 ** 2,
}

interface Packing {
  readonly name: string
  readonly magic: Uint8Array
  readonly create: () => ZlibStream
  /** gzip allows zeros behind a member, as tapes and some writers of blocks leave them. */
  readonly allowsPadding: boolean
}

const UNPACKED_CHUNK_BYTES = 64 * 1024
const packings: readonly Packing[] = [
  {
    name: 'gzip',
    magic: Uint8Array.of(0x1f, 0x8b),
    create: () => createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES }),
    allowsPadding: true,
  },
  {
    name: 'zstd',
    magic: Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd),
    create: () => createZstdDecompress({ chunkSize: UNPACKED_CHUNK_BYTES }),
    allowsPadding: false,
  },
]
const MAGIC_BYTES = 4

/**
 * The bytes of a report, unpacked when they begin as gzip or zstd do, else as they are. All members of a gzip file and all
 * frames of a zstd file are read. Memory does not grow with the report, and nothing is read ahead of who asks; leaving off
 * early closes the report.
 *
 * @throws UnreadableReport `truncated` when the packed data are cut, `malformed` when they are broken, `expands` when they
 *   grow beyond the limits.
 */
export async function* unpack(
  report: AsyncIterable<Uint8Array>,
  limits: UnpackLimits = unpackLimits,
): AsyncGenerator<Uint8Array> {
  const { head, whole } = await peek(report, MAGIC_BYTES)
  const packing = packings.find(({ magic }) => startsWith(head, magic))
  const taken = { bytes: 0 }
  const packed = counted(whole, taken)

  let unpackedBytes = 0
  for await (const chunk of packing === undefined ? packed : unpackedBy(packing, packed)) {
    unpackedBytes += chunk.length
    checkGrowth(unpackedBytes, taken.bytes, limits)
    yield chunk
  }
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  taken: { bytes: number },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    taken.bytes += chunk.length
    yield chunk
  }
}

function checkGrowth(unpackedBytes: number, packedBytes: number, limits: UnpackLimits): void {
  const isTooLarge = unpackedBytes > limits.maxBytes
  const isTooDense =
    unpackedBytes > limits.freeBytes && unpackedBytes > limits.maxRatio * packedBytes
  if (!isTooLarge && !isTooDense) return
  throw new UnreadableReport(
    'expands',
    `the report expands without end: ${packedBytes} packed bytes gave ${unpackedBytes}, and more follow`,
    { offset: unpackedBytes },
  )
}

async function* unpackedBy(
  packing: Packing,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0
  try {
    for await (const chunk of frames(packing, packed)) {
      unpackedBytes += chunk.length
      yield chunk
    }
  } catch (error) {
    throw asUnreadable(error, packing, unpackedBytes)
  }
}

/** Every frame has an engine of its own where it begins inside a chunk: zlib drops what stands behind a zstd frame there. */
async function* frames(
  packing: Packing,
  packed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let engine: UnpackEngine | undefined
  const begin = (bytes: Uint8Array): Uint8Array =>
    engine === undefined && packing.allowsPadding ? withoutPadding(bytes) : bytes
  try {
    for await (const chunk of packed) {
      for (let rest = begin(chunk); rest.length > 0; rest = begin(rest)) {
        engine ??= new UnpackEngine(packing.create())
        rest = rest.subarray(yield* engine.write(rest))
        if (rest.length > 0) {
          engine.close()
          engine = undefined
        }
      }
    }
    if (engine !== undefined) yield* engine.end()
  } finally {
    engine?.close()
  }
}

function withoutPadding(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first)
}

/** What zlib says as what it means for the report; what the report's own stream throws as it is. */
function asUnreadable(error: unknown, packing: Packing, offset: number): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') {
    return new UnreadableReport('truncated', `the ${packing.name} data end before they are whole`, {
      offset,
      cause: error,
    })
  }
  if (!/^(?:Z|ZSTD)_/.test(code)) return error
  return new UnreadableReport(
    'malformed',
    `the ${packing.name} data are broken (${code}): pack the report again`,
    {
      offset,
      cause: error,
    },
  )
}

function startsWith(bytes: Uint8Array, magic: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, magic.length), magic) === 0
}
