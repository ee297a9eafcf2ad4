import { RecordUnderWay } from './record-under-way.ts'
import type { JsonEntry } from './record-under-way.ts'
import { UnreadableReport } from './source.ts'
import { afterSpace } from './white-space.ts'

const COMMA = ','.charCodeAt(0)
const END = ']'.charCodeAt(0)
const CLOSING_BRACE = '}'.charCodeAt(0)

/** Cuts the elements out of a JSON array: from the byte behind its opening bracket on. */
export class ArrayCutter {
  readonly #record = new RecordUnderWay()
  #isInside = false
  #hasEnded = false;

  /** @param base The offset of the chunk's first byte in the report. */
  *push(chunk: Buffer, from: number, base: number): Generator<JsonEntry> {
    let at = from
    for (;;) {
      if (!this.#isInside) {
        at = afterSpace(chunk, at)
        if (at === chunk.length) return
        this.#isInside = this.#begin(chunk, at, base)
      }
      const start = at
      at = this.#isInside ? this.#border(chunk, at, base) : at
      if (at === chunk.length) return this.#record.keep(chunk.subarray(start))

      if (this.#isInside) yield this.#record.end(chunk.subarray(start, at))
      this.#isInside = false
      this.#hasEnded = chunk[at] === END
      at += 1
    }
  }

  /** What is left when the report is over, which is nothing. */
  end(length: number): readonly JsonEntry[] {
    if (this.#hasEnded) return []
    throw new UnreadableReport('truncated', `the report ends before its array does, at byte ${length}`, {
      offset: length,
    })
  }

  /** Whether an element begins here: any byte begins one, but the end of an array that has none. */
  #begin(chunk: Buffer, at: number, base: number): boolean {
    if (this.#hasEnded) {
      throw new UnreadableReport('malformed', `something follows the end of the array, at byte ${base + at}`, {
        offset: base + at,
      })
    }
    if (chunk[at] === END && this.#record.count === 0) return false
    this.#record.begin(base + at)
    return true
  }

  /** The comma or bracket behind the element, or the chunk's length when the element goes on. */
  #border(chunk: Buffer, from: number, base: number): number {
    let at = from
    do {
      at = this.#record.nesting.advance(chunk, at, chunk.length)
      if (chunk[at] === CLOSING_BRACE) {
        throw new UnreadableReport('malformed', `a brace closes what none has opened, at byte ${base + at}`, {
          offset: base + at,
        })
      }
    } while (at < chunk.length && chunk[at] !== COMMA && chunk[at] !== END)
    return at
  }
}
