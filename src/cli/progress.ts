import type { Terminal } from './terminal.ts'
import { bytes, printable } from './terminal.ts'

/** One line on standard error that says how far a long work is; nothing where it is not a terminal. */
export interface Progress {
  /** A stream of bytes that counts what passes. */
  counting(name: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>
  say(text: string): void
  /** Takes the line away. */
  clear(): void
}

/** Redrawn at most this often: the eye sees no more, and a slow terminal should not be the bottleneck. */
const REDRAW_MS = 100

export function createProgress(terminal: Terminal, quiet: boolean, now: () => Date): Progress {
  const shown = terminal.interactive && !quiet
  let drawnAt = 0
  const draw = (text: string): void => {
    if (shown) terminal.err(`\r\u001B[2K${text}`)
  }
  return {
    async *counting(name, chunks) {
      let count = 0
      for await (const chunk of chunks) {
        count += chunk.length
        const at = now().getTime()
        if (at - drawnAt >= REDRAW_MS) {
          drawnAt = at
          draw(`reading ${printable(name)}: ${bytes(count)}`)
        }
        yield chunk
      }
    },
    say: draw,
    clear: () => draw(''),
  }
}
