import { JsonNesting } from './json-nesting.ts'

/** A record of a JSON report as it was cut out, or why there is none that could be read. */
export type JsonEntry = {
  /** Its place in the report, from 0; broken ones count too. */
  readonly number: number
  /** Of its first byte in the report. */
  readonly offset: number
} & (
  | {
      readonly kind: 'record'
      /** From its first byte to where the next may begin, so with white space behind it. Shares the report's memory. */
      readonly bytes: Buffer
    }
  | { readonly kind: 'broken'; readonly reason: string }
)

/** interfaces.md, Limits: far above the records of any scanner, so that no record can fill the memory. */
export const MAX_RECORD_BYTES = 1024 * 1024
/** Brackets within one another; the record's own is the first. */
export const MAX_RECORD_DEPTH = 128

const NOTHING = Buffer.alloc(0)
const FIRST_CAPACITY = 4096

/** The one record that is being cut out: its place, its nesting, and what the chunks before this one held of it. */
export class RecordUnderWay {
  readonly nesting = new JsonNesting()
  offset = 0
  /** Records begun so far. */
  count = 0
  #held = NOTHING
  #heldBytes = 0
  #tooLarge = false

  begin(offset: number): void {
    this.offset = offset
    this.count += 1
    this.nesting.reset()
    this.#drop()
    this.#tooLarge = false
  }

  /** Holds what the chunk has of the record, but for one that is over a limit already. */
  keep(piece: Buffer): void {
    this.#tooLarge ||= this.#heldBytes + piece.length > MAX_RECORD_BYTES
    if (this.#tooLarge || this.#isTooDeep()) this.#drop()
    else this.#append(piece)
  }

  /** The record, whose last piece this is. */
  end(piece: Buffer): JsonEntry {
    if (this.#isTooDeep()) return this.broken(`is nested more than ${MAX_RECORD_DEPTH} levels deep`)
    if (this.#tooLarge || this.#heldBytes + piece.length > MAX_RECORD_BYTES) {
      return this.broken(`is larger than ${MAX_RECORD_BYTES} bytes`)
    }
    if (this.#heldBytes > 0) this.#append(piece)
    const bytes = this.#heldBytes > 0 ? this.#held.subarray(0, this.#heldBytes) : piece
    return { kind: 'record', number: this.count - 1, offset: this.offset, bytes }
  }

  broken(reason: string): JsonEntry {
    return { kind: 'broken', number: this.count - 1, offset: this.offset, reason }
  }

  #isTooDeep(): boolean {
    return this.nesting.deepest > MAX_RECORD_DEPTH
  }

  #drop(): void {
    this.#held = NOTHING
    this.#heldBytes = 0
  }

  /** Doubles the room, so that a record in many small chunks is copied a few times only. */
  #append(piece: Buffer): void {
    const bytes = this.#heldBytes + piece.length
    if (bytes > this.#held.length) {
      const wider = Buffer.allocUnsafe(Math.max(bytes, this.#held.length * 2, FIRST_CAPACITY))
      this.#held.copy(wider, 0, 0, this.#heldBytes)
      this.#held = wider
    }
    piece.copy(this.#held, this.#heldBytes)
    this.#heldBytes = bytes
  }
}
