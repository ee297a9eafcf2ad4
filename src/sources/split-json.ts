import { ArrayCutter } from './array-cutter.ts'
import { ObjectCutter } from './object-cutter.ts'
import type { JsonEntry } from './record-under-way.ts'
import { UnreadableReport } from './source.ts'
import { afterSpace } from './white-space.ts'

const BRACKET = '['.charCodeAt(0)
const BRACE = '{'.charCodeAt(0)

/**
 * Cuts a JSON report into its records: the elements of one array, or objects that follow one another, each in its line
 * (NDJSON) or not. Holds the unfinished record only. One that is too large or too deep comes out as `broken`, and so
 * does a line that is no record; reading goes on behind it. Whether a record is valid JSON is not looked at.
 *
 * @param report UTF-8 without a byte-order mark, in chunks of any size.
 * @throws UnreadableReport `truncated` when the report ends inside a record or before its array does, `malformed` when
 *   it is empty, begins as no JSON does, or goes on behind its array.
 */
export async function* splitJson(report: AsyncIterable<Uint8Array>): AsyncGenerator<JsonEntry> {
  const splitter = new JsonSplitter()
  for await (const chunk of report) yield* splitter.push(chunk)
  yield* splitter.end()
}

/** The records that stand whole in the first bytes of a report. */
export function* splitJsonHead(head: Uint8Array): Generator<JsonEntry> {
  const splitter = new JsonSplitter()
  try {
    yield* splitter.push(head)
    yield* splitter.end()
  } catch (error) {
    if (!(error instanceof UnreadableReport)) throw error
  }
}

class JsonSplitter {
  #cutter: ArrayCutter | ObjectCutter | undefined
  /** Bytes of the chunks so far. */
  #length = 0;

  *push(bytes: Uint8Array): Generator<JsonEntry> {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const base = this.#length
    this.#length += chunk.length

    if (this.#cutter !== undefined) {
      yield* this.#cutter.push(chunk, 0, base)
      return
    }
    const at = afterSpace(chunk, 0)
    if (at === chunk.length) return
    this.#cutter = cutterFor(chunk[at], base + at)
    yield* this.#cutter.push(chunk, chunk[at] === BRACKET ? at + 1 : at, base)
  }

  *end(): Generator<JsonEntry> {
    if (this.#cutter === undefined) throw new UnreadableReport('malformed', 'the report is empty')
    yield* this.#cutter.end(this.#length)
  }
}

function cutterFor(first: number | undefined, offset: number): ArrayCutter | ObjectCutter {
  if (first === BRACKET) return new ArrayCutter()
  if (first === BRACE) return new ObjectCutter()
  throw new UnreadableReport(
    'malformed',
    `the report is not JSON: at byte ${offset} it begins neither an array nor an object; let the scanner write JSON`,
    { offset },
  )
}
