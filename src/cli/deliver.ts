import type { Command } from 'commander'
import { drainAll } from '../app/drain-all.ts'
import type { DrainAllResult } from '../app/drain-all.ts'
import type { App, Cli } from './cli.ts'
import { globalOptions } from './output.ts'
import { instant, printable } from './terminal.ts'

/** How often a command that waits looks again, when nothing says when the next attempt is due. */
const LOOK_AGAIN_MS = 1_000

/**
 * Delivers what is due, in this process, under the same lease as any worker. With `wait` goes on until all is delivered or a
 * person must act. Says on standard error what became of it.
 */
export async function deliver(
  cli: Cli,
  app: App,
  command: Command,
  options: { readonly wait: boolean; readonly say?: (text: string) => void },
): Promise<void> {
  const { quiet } = globalOptions(command)
  const say = options.say ?? cli.terminal.err
  for (;;) {
    const results = await drainAll(app, {
      tenantId: cli.tenantId,
      worker: app.worker,
      signal: cli.stopping,
    })
    if (quiet !== true) for (const result of results) say(resultText(result))
    const again = Math.min(...results.map((result) => waitMs(result, app.clock.now())))
    if (!options.wait || !Number.isFinite(again) || cli.stopping.aborted) return
    await app.clock.sleep(again, cli.stopping)
  }
}

/** How long until it is worth another try by itself; infinite where it is done, or a person must act. */
function waitMs({ outcome }: DrainAllResult, now: Date): number {
  switch (outcome.kind) {
    case 'waiting':
      return Math.max(1, outcome.nextDueAt.getTime() - now.getTime())
    case 'leased_elsewhere':
    case 'lost_lease':
      return LOOK_AGAIN_MS
    default:
      return Infinity
  }
}

function resultText({ destination, delivered, outcome }: DrainAllResult): string {
  const name = printable(destination)
  const done = `${name}: ${delivered} objects delivered`
  switch (outcome.kind) {
    case 'drained':
      return `${done}\n`
    case 'waiting':
      return `${done}; the next could not be delivered and is tried again at ${instant(outcome.nextDueAt)}. See: tocsin deliveries show ${outcome.deliveryId}\n`
    case 'paused':
      return `${done}; paused: ${printable(outcome.reason)}\n`
    case 'leased_elsewhere':
      return `${name}: another process is delivering\n`
    case 'lost_lease':
      return `${done}; another process took over\n`
    case 'stopped':
      return `${done}; stopped\n`
    case 'failed':
      return `${name}: ${printable(outcome.reason)}\n`
  }
}
