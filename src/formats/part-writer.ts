import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Stream } from '../domain/export-part.ts'
import { AppError, toError } from '../errors.ts'
import { RecordCutter } from './record-cutter.ts'
import type { PartContent, PartLimits } from './record-cutter.ts'

/** When a part is closed, whichever comes first (delivery.md F.2): what one reader's function can take in one go. */
export const partLimits: PartLimits = { maxBytes: 8_000_000, maxRecords: 10_000 }

/** One part of an export on disk, as it will be sent. Its key needs the number of parts, so the caller makes it. */
export interface SpooledPart {
  readonly stream: Stream
  /** From 0. */
  readonly number: number
  /** Where its gzip bytes are, until the export's spool is closed. */
  readonly path: string
  readonly size: number
  readonly contentBytes: number
  /** Hex, of the content before compression. */
  readonly contentSha256: string
  readonly records: number
}

export interface SpooledParts {
  /** None when there is no record. */
  readonly parts: readonly SpooledPart[]
  /** Removes the parts from disk. Safe to call twice. */
  close(): Promise<void>
}

export interface PartWriterOptions {
  /** An existing folder; each export has one of its own in it. */
  readonly spoolDir: string
  readonly stream: Stream
  readonly limits?: PartLimits
}

/** Level 1: the next ones cost a quarter of the rate and more for a few percent. Large chunks: fewer trips to the thread pool. */
const gzipOptions = { level: constants.Z_BEST_SPEED, chunkSize: 256 * 1024 }

/**
 * Cuts NDJSON into parts, never inside a record, and writes each, compressed, to disk. Memory stays at two parts: one that
 * is filled while the other is compressed. The same content gives the same bytes, as the gzip header holds no time.
 *
 * @param lines Whole lines in chunks of any size. A blank one, one without its line feed or one over the limit of a part
 * is a mistake of ours and throws.
 * @throws AppError `disk_unavailable` when the spool cannot be written. After any error nothing is left on disk.
 */
export async function writeParts(
  lines: AsyncIterable<Uint8Array>,
  options: PartWriterOptions,
): Promise<SpooledParts> {
  const folder = await onDisk(options.spoolDir, () => mkdtemp(join(options.spoolDir, 'export-')))
  const close = () => rm(folder, { recursive: true, force: true })
  try {
    return { parts: await spoolAll(lines, folder, options), close }
  } catch (thrown) {
    await close()
    throw thrown
  }
}

async function spoolAll(
  lines: AsyncIterable<Uint8Array>,
  folder: string,
  { stream, limits = partLimits }: PartWriterOptions,
): Promise<readonly SpooledPart[]> {
  const parts: SpooledPart[] = []
  const cutter = new RecordCutter(limits)
  let writing: Promise<SpooledPart> | undefined
  let started = 0

  const settle = async () => {
    if (writing !== undefined) parts.push(await writing)
    writing = undefined
  }
  const writePart = async () => {
    await settle() // the next cut writes over what it was reading
    writing = spool(cutter.cut(), join(folder, `${started}.jsonl.gz`), { stream, number: started })
    writing.catch(() => {}) // settle hears of it, but perhaps only after more lines
    started += 1
  }

  try {
    for await (const chunk of lines) {
      let rest = chunk
      while (rest.length > 0) {
        rest = cutter.take(rest)
        while (cutter.isFull) await writePart()
      }
    }
    if (cutter.hasLast()) await writePart()
    await settle()
  } finally {
    await writing?.catch(() => {}) // so that it writes nothing after the folder is gone
  }
  return parts
}

const compress = promisify(gzip)

async function spool(
  { bytes, records }: PartContent,
  path: string,
  of: { readonly stream: Stream; readonly number: number },
): Promise<SpooledPart> {
  const compressing = compress(bytes, gzipOptions)
  const contentSha256 = createHash('sha256').update(bytes).digest('hex') // meanwhile
  const compressed = await compressing
  await onDisk(path, () => writeFile(path, compressed, { flag: 'wx', mode: 0o600 }))
  return {
    ...of,
    path,
    size: compressed.length,
    contentBytes: bytes.length,
    contentSha256,
    records,
  }
}

async function onDisk<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (thrown) {
    throw new AppError(
      'disk_unavailable',
      `The spool cannot be written: ${toError(thrown).message} (${path}). Free some space, or set TOCSIN_DATA_DIR to another disk.`,
      { cause: thrown },
    )
  }
}
