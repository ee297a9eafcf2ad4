const QUOTE = 0x22
const BACKSLASH = 0x5c

/** What a byte outside a string does to the nesting; 0 for all that do nothing. */
const roles = new Uint8Array(256)
const STRING = 1
const OPEN = 2
const CLOSE = 3
const COMMA = 4
roles[QUOTE] = STRING
roles['{'.charCodeAt(0)] = OPEN
roles['['.charCodeAt(0)] = OPEN
roles['}'.charCodeAt(0)] = CLOSE
roles[']'.charCodeAt(0)] = CLOSE
roles[','.charCodeAt(0)] = COMMA

/**
 * How far a string is looked through byte by byte before `indexOf` takes over: a call costs more than a short key.
 * Measured on records of 1 KB, minified and indented: 880 and 540 MB/s with 16, 280 and 220 with none.
 */
const NEAR_BYTES = 16

/** Follows brackets and strings through JSON text that comes in pieces, and knows nothing else of JSON. */
export class JsonNesting {
  /** Brackets that are open now. */
  depth = 0
  /** The most that were open at once since `reset`. */
  deepest = 0
  #inString = false
  /** The last byte of the piece before was a back-slash that escapes what follows. */
  #escaping = false

  reset(): void {
    this.depth = 0
    this.deepest = 0
    this.#inString = false
    this.#escaping = false
  }

  /**
   * Reads on from `from`, and stops behind a bracket that closes the outermost one, at a comma or closing bracket
   * that stands outside of all brackets, or at `to`.
   */
  advance(bytes: Buffer, from: number, to: number): number {
    let at = this.#inString ? this.#endOfString(bytes, from, to) : from
    while (at < to) {
      switch (roles[bytes[at] ?? 0]) {
        case STRING:
          this.#inString = true
          at = this.#endOfString(bytes, at + 1, to)
          break
        case OPEN:
          this.depth += 1
          if (this.depth > this.deepest) this.deepest = this.depth
          at += 1
          break
        case CLOSE:
          if (this.depth === 0) return at
          this.depth -= 1
          at += 1
          if (this.depth === 0) return at
          break
        case COMMA:
          if (this.depth === 0) return at
          at += 1
          break
        default:
          at += 1
      }
    }
    return at
  }

  /** Where the string ends that is open at `from`: behind its quote, or `to` when it goes on there. */
  #endOfString(bytes: Buffer, from: number, to: number): number {
    let start = from
    if (this.#escaping && from < to) {
      this.#escaping = false
      start = from + 1
    }
    for (let at = start; at < to;) {
      const quote = nextQuote(bytes, at, to)
      const escaped = backslashesBefore(bytes, start, quote) % 2 === 1
      if (quote === to) {
        this.#escaping = escaped
        return to
      }
      if (!escaped) {
        this.#inString = false
        return quote + 1
      }
      at = quote + 1
    }
    return to
  }
}

function nextQuote(bytes: Buffer, from: number, to: number): number {
  const near = Math.min(to, from + NEAR_BYTES)
  for (let at = from; at < near; at++) if (bytes[at] === QUOTE) return at
  if (near === to) return to
  const found = bytes.indexOf(QUOTE, near)
  return found === -1 || found > to ? to : found
}

/** How many back-slashes stand right before `at`, none of them before `start`. */
function backslashesBefore(bytes: Buffer, start: number, at: number): number {
  let first = at
  while (first > start && bytes[first - 1] === BACKSLASH) first -= 1
  return at - first
}
