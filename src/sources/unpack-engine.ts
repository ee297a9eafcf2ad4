import type { Transform } from 'node:stream'

/** A stream of node:zlib. */
export type ZlibStream = Transform & { readonly bytesWritten: number }

/** A zlib stream that is asked and answers, so that no byte is taken from a report before somebody wants the output. */
export class UnpackEngine {
  readonly #stream: ZlibStream
  #failure: Error | undefined
  #wake: () => void = () => {}

  constructor(stream: ZlibStream) {
    this.#stream = stream
    stream.on('readable', () => this.#wake())
    stream.on('error', (error) => {
      this.#failure = error
      this.#wake()
    })
  }

  /** Yields what the bytes unpack to; returns how many of them were taken: fewer than all when the packed data end in them. */
  async *write(bytes: Uint8Array): AsyncGenerator<Uint8Array, number> {
    const before = this.#stream.bytesWritten
    yield* this.#output((done) => this.#stream.write(bytes, done))
    return this.#stream.bytesWritten - before
  }

  /** Yields what is left; throws what zlib throws when the packed data are not whole. */
  async *end(): AsyncGenerator<Uint8Array> {
    yield* this.#output((done) => this.#stream.once('end', done).end())
  }

  /** Frees the engine's memory, whatever it was doing. */
  close(): void {
    this.#stream.destroy()
  }

  async *#output(begin: (done: () => void) => void): AsyncGenerator<Uint8Array> {
    let isDone = false
    begin(() => {
      isDone = true
      this.#wake()
    })
    for (;;) {
      for (let chunk = this.#read(); chunk !== null; chunk = this.#read()) yield chunk
      if (this.#failure !== undefined) throw this.#failure
      if (isDone) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  #read(): Uint8Array | null {
    return this.#stream.read() as Uint8Array | null
  }
}
