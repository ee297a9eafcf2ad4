import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves once a condition holds; rejects when it does not within `withinMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  withinMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > deadline)
      throw new Error(`Not so within ${withinMs} ms: ${condition.toString()}`)
    await sleep(10)
  }
}
