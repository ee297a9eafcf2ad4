const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** The longest wait after the first failure; it doubles with every further one. */
export const FIRST_RETRY_MS = SECOND_MS

/** Where doubling ends: a receiver that is back after a night is found within this time. */
export const MAX_RETRY_MS = 5 * MINUTE_MS

/**
 * The most that a receiver may ask for with `Retry-After`. A larger figure is far more often a mistake (milliseconds
 * for seconds, a date of another zone) than a wish, and would hold up a destination in silence.
 */
export const MAX_RETRY_AFTER_MS = 60 * MINUTE_MS

/**
 * How long to wait before the next attempt, in ms: full jitter (a random part of a wait that doubles from 1 s to
 * 5 min), but never less than `retryAfterMs`, the receiver's own word, up to an hour. It never says "no more": nothing
 * is dropped for its age.
 *
 * @param failedAttempts Attempts so far, at least 1.
 * @param random A number from 0 up to, but not including, 1.
 */
export function retryDelayMs(
  failedAttempts: number,
  random: () => number,
  retryAfterMs?: number,
): number {
  // Beyond this power the longest wait is reached long since, and 2 ** n would leave the integers.
  const doublings = Math.min(failedAttempts - 1, 20)
  const longest = Math.min(FIRST_RETRY_MS * 2 ** doublings, MAX_RETRY_MS)
  const asked = Math.min(Math.max(Math.ceil(retryAfterMs ?? 0), 0), MAX_RETRY_AFTER_MS)
  return Math.max(Math.floor(random() * (longest + 1)), asked)
}
