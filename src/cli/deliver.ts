import type { Command } from 'commander'
import { drainAll } from '../app/drain-all.ts'
import type { DrainAllResult } from '../app/drain-all.ts'
import { summarizeDeliveries } from '../store/deliveries.ts'
import { listDestinations } from '../store/destinations.ts'
import type { App, Cli } from './cli.ts'
import { globalOptions } from './output.ts'
import { brief, counted, instant } from './terminal.ts'

/** How often a command that waits looks again, when nothing says when the next attempt is due. */
const LOOK_AGAIN_MS = 1_000

const FAILED = 1

/**
 * Delivers what is due, in this process, under the same lease as any worker. Says on standard error what became of it. With
 * `wait` goes on until all is delivered or a person must act: then the command fails, and says what still waits.
 */
export async function deliver(
  cli: Cli,
  app: App,
  command: Command,
  options: { readonly wait: boolean; readonly say?: (text: string) => void },
): Promise<void> {
  const say = globalOptions(command).quiet === true ? () => {} : (options.say ?? cli.terminal.err)
  for (;;) {
    const results = await drainAll(app, {
      tenantId: cli.tenantId,
      worker: app.worker,
      signal: cli.stopping,
    })
    for (const result of results) say(resultText(result))
    const again = Math.min(...results.map((result) => waitMs(result, app.clock.now())))
    if (!options.wait || !Number.isFinite(again) || cli.stopping.aborted) break
    await app.clock.sleep(again, cli.stopping)
  }
  if (!options.wait) return
  const waiting = await waitingTexts(cli, app)
  if (waiting.length === 0) return
  cli.terminal.err(
    `tocsin: not everything is delivered. ${waiting.join('; ')}. See: tocsin deliveries list --status pending\n`,
  )
  cli.exitCode = FAILED
}

/** What waits for each destination, however the drains ended. */
async function waitingTexts(cli: Cli, app: App): Promise<readonly string[]> {
  const { waiting, destinations } = await app.db.transaction(cli.tenantId, async (tx) => ({
    waiting: await summarizeDeliveries(tx),
    destinations: await listDestinations(tx),
  }))
  return destinations.flatMap(({ destinationNo, name, pause }) => {
    const count = waiting.get(destinationNo)?.count
    if (count === undefined) return []
    const text = `${brief(name)}: ${counted(count, 'object waits', 'objects wait')}`
    return [pause === undefined ? text : `${text}, as it is paused: ${brief(pause.reason)}`]
  })
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
  const name = brief(destination)
  const done = `${name}: ${counted(delivered, 'object')} delivered`
  switch (outcome.kind) {
    case 'drained':
      return `${done}\n`
    case 'waiting':
      return `${done}; the next could not be delivered and is tried again at ${instant(outcome.nextDueAt)}. See: tocsin deliveries show ${outcome.deliveryId}\n`
    case 'paused':
      return `${done}; paused: ${brief(outcome.reason)}. Resume: tocsin destinations resume ${name}\n`
    case 'leased_elsewhere':
      return `${name}: another process is delivering\n`
    case 'lost_lease':
      return `${done}; another process took over\n`
    case 'stopped':
      return `${done}; stopped\n`
    case 'failed':
      return `${name}: ${brief(outcome.reason)}\n`
  }
}
