import { setTimeout as timeout } from 'node:timers/promises'

/** Time as an argument, so that nothing has to wait for it in a test. */
export interface Clock {
  readonly now: () => Date
  /** Resolves after `ms`, or as soon as `signal` aborts: the caller looks at the signal to tell them apart. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { signal })
    } catch (thrown) {
      if (!signal.aborted) throw thrown
    }
  },
}
