/** How much goes into one part at most. */
export interface PartLimits {
  readonly maxBytes: number
  readonly maxRecords: number
}

/** Whole records of one part. The bytes are the cutter's own, and it writes over them at its next cut. */
export interface PartContent {
  readonly bytes: Uint8Array
  readonly records: number
}

const LINE_FEED = 0x0a

/** Collects NDJSON and cuts it into parts of whole records. Copies a byte once or twice, and makes nothing per record. */
export class RecordCutter {
  readonly #limits: PartLimits
  #filling: Buffer
  #spare: Buffer
  /** Bytes taken, bytes searched for line feeds, bytes that are whole records; and how many records those are. */
  #taken = 0
  #searched = 0
  #whole = 0
  #records = 0

  constructor(limits: PartLimits) {
    this.#limits = limits
    this.#filling = Buffer.allocUnsafeSlow(limits.maxBytes)
    this.#spare = Buffer.allocUnsafeSlow(limits.maxBytes)
  }

  /** Whether a part must be cut before more is taken. */
  get isFull(): boolean {
    return this.#records >= this.#limits.maxRecords || this.#taken >= this.#limits.maxBytes
  }

  /** Takes as much of the chunk as goes into the present part, and answers the rest. */
  take(chunk: Uint8Array): Uint8Array {
    const room = this.#limits.maxBytes - this.#taken
    this.#filling.set(chunk.subarray(0, room), this.#taken)
    this.#taken += Math.min(chunk.length, room)
    this.#findRecords()
    return chunk.subarray(room)
  }

  /** The whole records of the present part; what has begun after them goes on in the next. */
  cut(): PartContent {
    if (this.#records === 0) throw new Error(`a record of more than ${this.#limits.maxBytes} bytes`)
    const content = { bytes: this.#filling.subarray(0, this.#whole), records: this.#records }
    this.#filling.copy(this.#spare, 0, this.#whole, this.#taken)
    ;[this.#filling, this.#spare] = [this.#spare, this.#filling]
    this.#taken -= this.#whole
    this.#searched = 0
    this.#whole = 0
    this.#records = 0
    this.#findRecords()
    return content
  }

  /** Whether there is a last part to cut, now that no more comes. */
  hasLast(): boolean {
    if (this.#whole < this.#taken) throw new Error('the last record has no line feed')
    return this.#records > 0
  }

  #findRecords(): void {
    const taken = this.#filling.subarray(0, this.#taken)
    while (this.#records < this.#limits.maxRecords) {
      const at = taken.indexOf(LINE_FEED, this.#searched)
      if (at === -1) {
        this.#searched = this.#taken
        return
      }
      if (at === this.#whole) throw new Error('a blank line where a record should be')
      this.#searched = at + 1
      this.#whole = at + 1
      this.#records += 1
    }
  }
}
