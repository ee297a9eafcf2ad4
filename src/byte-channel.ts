import type { MessagePort } from 'node:worker_threads'

/** What goes to and fro between two threads for one flow of bytes: chunks one way, acknowledgements the other. */
type Message =
  | { readonly kind: 'chunk'; readonly chunk: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'stopped' }

/** Chunks on their way at once: enough that neither side waits for the other's turn, few enough to stay small. */
const WINDOW = 8

/**
 * Sends all chunks through a port, never more than a few ahead of the receiver. Returns early when the receiver stops or
 * is gone, without waiting for a chunk that may never come; when reading throws, the error is the caller's, who must
 * tell the other side by another way.
 */
export async function sendBytes(
  port: MessagePort,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const state = { ahead: 0, stopped: false }
  const news = listen(port, (message) => {
    if (message.kind === 'taken') state.ahead -= 1
    else state.stopped = true
  })
  const reading = chunks[Symbol.asyncIterator]()
  let read: Promise<IteratorResult<Uint8Array>> | undefined
  while (!state.stopped) {
    if (state.ahead >= WINDOW) {
      await news.next()
      continue
    }
    read ??= reading.next()
    const next = await Promise.race([read, news.next()])
    if (next === undefined) continue
    read = undefined
    if (next.done === true) return post(port, { kind: 'end' })
    state.ahead += 1
    // A copy, so that what is handed over is ours alone: a chunk may be a view into a pool of buffers.
    const copy = new Uint8Array(next.value)
    post(port, { kind: 'chunk', chunk: copy }, [copy.buffer])
  }
  // Nobody wants what is still on its way.
  read?.catch(() => {})
  reading.return?.().catch(() => {})
}

/** The chunks that arrive at a port, until their end or the sender's. Stopping early tells the sender. */
export async function* receiveBytes(port: MessagePort): AsyncGenerator<Uint8Array, void> {
  const state: { waiting: Uint8Array[]; ended: boolean } = { waiting: [], ended: false }
  const news = listen(port, (message) => {
    if (message.kind === 'chunk') state.waiting.push(message.chunk)
    else state.ended = true
  })
  try {
    for (;;) {
      const chunk = state.waiting.shift()
      if (chunk !== undefined) {
        post(port, { kind: 'taken' })
        yield chunk
      } else if (state.ended) {
        return
      } else {
        await news.next()
      }
    }
  } finally {
    post(port, { kind: 'stopped' })
  }
}

/** Hears every message, the closing of the port as `stopped`; `next` resolves at the next one. */
function listen(port: MessagePort, hear: (message: Message) => void): { next(): Promise<void> } {
  let wake: (() => void) | undefined
  const heard = (message: Message): void => {
    hear(message)
    wake?.()
  }
  port.on('message', heard)
  port.on('close', () => heard({ kind: 'stopped' }))
  return { next: () => new Promise((resolve) => (wake = resolve)) }
}

function post(port: MessagePort, message: Message, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
