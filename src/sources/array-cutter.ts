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
        if (this.#hasEnded) throw malformed('something follows the end of the array', base + at)
        if (chunk[at] === END && this.#record.count === 0) {
          this.#hasEnded = true
          at += 1
          continue
        }
        this.#record.begin(base + at)
        this.#isInside = true
      }
      const start = at
      at = this.#border(chunk, at, base)
      if (at === chunk.length) return this.#record.keep(chunk.subarray(start))
      this.#isInside = false
      this.#hasEnded = chunk[at] === END
      yield this.#record.end(chunk.subarray(start, at))
      at += 1
    }
  }

  /** What is left when the report is over, which is nothing. */
  end(length: number): readonly JsonEntry[] {
    if (this.#hasEnded) return []
    const message = `the report ends at byte ${length}, before its array does`
    throw new UnreadableReport('truncated', message, { offset: length })
  }

  /** The comma or bracket behind the element, or the chunk's length when the element goes on. */
  #border(chunk: Buffer, from: number, base: number): number {
    let at = from
    do {
      at = this.#record.nesting.advance(chunk, at, chunk.length)
      if (chunk[at] === CLOSING_BRACE) {
        throw malformed('a brace closes what none has opened', base + at)
      }
    } while (at < chunk.length && chunk[at] !== COMMA && chunk[at] !== END)
    return at
  }
}

function malformed(what: string, offset: number): UnreadableReport {
  return new UnreadableReport('malformed', `${what}, at byte ${offset}`, { offset })
}
