import type { Clock } from '../src/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time, backwards too, and wakes the sleepers whose time has come. */
  advance(ms: number): void
}

/** A clock that stands still until it is moved. */
export function manualClock(start = new Date('2025-03-01T10:00:00.000Z')): ManualClock {
  let now = start.getTime()
  const sleepers = new Set<{ readonly wakeAt: number; readonly wake: () => void }>()
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve()
        const wake = () => {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', wake)
          resolve()
        }
        const sleeper = { wakeAt: now + ms, wake }
        sleepers.add(sleeper)
        signal.addEventListener('abort', wake)
      }),
    advance(ms) {
      now += ms
      for (const sleeper of sleepers) if (sleeper.wakeAt <= now) sleeper.wake()
    },
  }
}
