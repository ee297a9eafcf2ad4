/** The first bytes of a stream, and the stream as if none had been taken. */
export interface Peeked {
  /** As many bytes as were asked for; fewer only when the stream has no more. */
  readonly head: Uint8Array
  /** To be read once, from its first byte. Whoever does not read it to its end calls `return`, which closes the stream. */
  readonly whole: AsyncIterableIterator<Uint8Array>
}

/** Reads no further than the chunk in which the head is full. */
export async function peek(stream: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const rest = stream[Symbol.asyncIterator]()
  const taken: Uint8Array[] = []
  let length = 0
  while (length < bytes) {
    const next = await rest.next()
    if (next.done === true) break
    taken.push(next.value)
    length += next.value.length
  }
  return { head: Buffer.concat(taken).subarray(0, bytes), whole: putBack(taken, rest) }
}

/** No generator: one that was never begun would not close the stream on `return`. */
function putBack(
  taken: Uint8Array[],
  rest: AsyncIterator<Uint8Array>,
): AsyncIterableIterator<Uint8Array> {
  return {
    async next() {
      const first = taken.shift()
      return first === undefined ? rest.next() : { done: false, value: first }
    },
    async return() {
      taken.length = 0
      await rest.return?.()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
