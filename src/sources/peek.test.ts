import { describe, expect, it } from 'vitest'
import { collect, inChunks } from '../../test/fakes/report-stream.ts'
import { peek } from './peek.ts'

describe('peek', () => {
  it.each([
    [4, 1],
    [4, 3],
    [4, 100],
    [100, 3],
    [0, 3],
  ])(
    'shows the first %i bytes, and hands on the whole stream in chunks of %i',
    async (bytes, size) => {
      const { head, whole } = await peek(inChunks('a report', size), bytes)

      expect(Buffer.from(head).toString()).toBe('a report'.slice(0, bytes))
      expect(Buffer.concat(await collect(whole)).toString()).toBe('a report')
    },
  )

  it.each(['before', 'while'])(
    'closes the stream when it is left %s it is read',
    async (moment) => {
      let isClosed = false
      async function* stream() {
        try {
          yield* inChunks('a report', 1)
        } finally {
          isClosed = true
        }
      }
      const { whole } = await peek(stream(), 2)
      if (moment === 'while') await whole.next()

      await whole.return?.()

      expect(isClosed).toBe(true)
      expect(await whole.next()).toEqual({ done: true, value: undefined })
    },
  )
})
