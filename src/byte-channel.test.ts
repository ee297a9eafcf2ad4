import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { collect } from '../test/fakes/report-stream.ts'
import { until } from '../test/until.ts'
import { receiveBytes, sendBytes } from './byte-channel.ts'

const chunk = (at: number) => Uint8Array.of(at % 256, at >> 8)

/** So many chunks, and how many of them were asked for. */
function counted(total: number) {
  const state = { asked: 0, closed: false }
  async function* chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (; state.asked < total;) {
        state.asked += 1
        yield chunk(state.asked)
      }
    } finally {
      state.closed = true
    }
  }
  return { state, chunks: chunks() }
}

describe('a byte channel', () => {
  it('hands over every chunk, in order', async () => {
    const { port1, port2 } = new MessageChannel()
    const { chunks } = counted(1000)

    const [received] = await Promise.all([collect(receiveBytes(port2)), sendBytes(port1, chunks)])

    expect(received).toEqual(Array.from({ length: 1000 }, (_, at) => chunk(at + 1)))
    port1.close()
  })

  it('hands over a copy, so that the sender may write over its buffer', async () => {
    const { port1, port2 } = new MessageChannel()
    const buffer = new Uint8Array(2)
    async function* reused(): AsyncGenerator<Uint8Array> {
      for (const at of [1, 2, 3]) {
        buffer.set(chunk(at))
        yield buffer
      }
    }

    const [received] = await Promise.all([collect(receiveBytes(port2)), sendBytes(port1, reused())])

    expect(received).toEqual([chunk(1), chunk(2), chunk(3)])
    expect(buffer).toEqual(chunk(3))
    port1.close()
  })

  it('reads only a few chunks ahead of the receiver', async () => {
    const { port1, port2 } = new MessageChannel()
    const { chunks, state } = counted(1000)
    const sending = sendBytes(port1, chunks)
    const receiving = receiveBytes(port2)

    await receiving.next()
    await until(() => state.asked >= 9)
    await new Promise((resolve) => setImmediate(resolve))

    expect(state.asked).toBeLessThan(11)
    await receiving.return()
    await sending
    port1.close()
  })

  it('stops reading when the receiver stops', async () => {
    const { port1, port2 } = new MessageChannel()
    const { chunks, state } = counted(1000)
    const sending = sendBytes(port1, chunks)

    for await (const _ of receiveBytes(port2)) break

    await sending
    expect(state.closed).toBe(true)
    expect(state.asked).toBeLessThan(20)
    port1.close()
  })

  it('ends on both sides when a port is closed', async () => {
    const { port1, port2 } = new MessageChannel()
    const { chunks, state } = counted(1000)
    const sending = sendBytes(port1, chunks)
    const receiving = receiveBytes(port2)
    await receiving.next()

    port2.close()

    await sending
    expect(state.closed).toBe(true)
    expect((await collect(receiving)).length).toBeLessThan(10)
  })

  it('returns when the receiver stops although the next chunk never comes', async () => {
    const { port1, port2 } = new MessageChannel()
    async function* stuck(): AsyncGenerator<Uint8Array> {
      yield chunk(1)
      await new Promise(() => {})
    }
    const sending = sendBytes(port1, stuck())

    for await (const _ of receiveBytes(port2)) break

    await expect(sending).resolves.toBeUndefined()
    port1.close()
  })

  it('lets the sender hear of an input that breaks', async () => {
    const { port1, port2 } = new MessageChannel()
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield chunk(1)
      throw new Error('the disk is gone')
    }

    await expect(sendBytes(port1, broken())).rejects.toThrow('the disk is gone')
    port1.close()
    port2.close()
  })
})
