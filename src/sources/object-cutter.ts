import { RecordUnderWay } from './record-under-way.ts'
import type { JsonEntry } from './record-under-way.ts'
import { UnreadableReport } from './source.ts'
import { NEWLINE, afterBlank, afterSpace } from './white-space.ts'

const BRACE = '{'.charCodeAt(0)
const NOTHING = Buffer.alloc(0)

/**
 * Cuts out objects that follow one another: lines (NDJSON), also several in a line, or objects that are spread over
 * lines. They are spread if the first line is nothing but a brace, as every pretty-printer writes it; else a newline ends
 * a record in whatever state, so that a broken line spoils none but itself.
 */
export class ObjectCutter {
  readonly #record = new RecordUnderWay()
  /** `opening`: behind the first brace, where it shows whether objects are spread. `behind`: the record is closed. */
  #place: 'between' | 'opening' | 'inside' | 'behind' | 'skipping' = 'between'
  #isSpread: boolean | undefined;

  /** @param base The offset of the chunk's first byte in the report. */
  *push(chunk: Buffer, from: number, base: number): Generator<JsonEntry> {
    let start = from
    let at = from
    /** Where the line ends; looked for once a line, as a line may hold many objects. */
    let end = -1
    for (;;) {
      if (end < at) end = lineEnd(chunk, at)
      switch (this.#place) {
        case 'between':
          at = afterSpace(chunk, at)
          if (at === chunk.length) return
          start = at
          at = this.#begin(chunk, at, base)
          break
        case 'opening':
          at = afterBlank(chunk, at)
          if (at === chunk.length) return this.#record.keep(chunk.subarray(start))
          this.#isSpread = chunk[at] === NEWLINE
          this.#place = 'inside'
          break
        case 'inside': {
          const to = this.#isSpread === true ? chunk.length : end
          at = this.#record.nesting.advance(chunk, at, to)
          if (this.#record.nesting.depth === 0) this.#place = 'behind'
          else if (at === chunk.length) return this.#record.keep(chunk.subarray(start))
          else yield this.#endBroken('its line ends before it does')
          break
        }
        case 'behind':
          at = afterBlank(chunk, at)
          if (at === chunk.length) return this.#record.keep(chunk.subarray(start))
          if (chunk[at] === NEWLINE || chunk[at] === BRACE) {
            this.#place = 'between'
            yield this.#record.end(chunk.subarray(start, at))
          } else this.#place = 'skipping'
          break
        case 'skipping':
          at = end
          if (at === chunk.length) return
          yield this.#endBroken(NO_OBJECT)
      }
    }
  }

  /** What is left when the report is over: a last line without its newline. */
  end(length: number): readonly JsonEntry[] {
    switch (this.#place) {
      case 'between':
        return []
      case 'behind':
        return [this.#record.end(NOTHING)]
      case 'skipping':
        return [this.#record.broken(NO_OBJECT)]
      case 'opening':
      case 'inside':
        throw new UnreadableReport(
          'truncated',
          `the report ends at byte ${length}, inside the record that begins at byte ${this.#record.offset}`,
          { offset: length },
        )
    }
  }

  #begin(chunk: Buffer, at: number, base: number): number {
    this.#record.begin(base + at)
    if (chunk[at] !== BRACE) {
      this.#place = 'skipping'
      return at
    }
    this.#place = this.#isSpread === undefined ? 'opening' : 'inside'
    return this.#record.nesting.advance(chunk, at, at + 1)
  }

  #endBroken(reason: string): JsonEntry {
    this.#place = 'between'
    return this.#record.broken(reason)
  }
}

const NO_OBJECT = 'its line is not a JSON object'

function lineEnd(chunk: Buffer, from: number): number {
  const newline = chunk.indexOf(NEWLINE, from)
  return newline === -1 ? chunk.length : newline
}
