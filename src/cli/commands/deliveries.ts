import type { Command } from 'commander'
import { cancelDelivery } from '../../app/cancel-delivery.ts'
import { retryDelivery } from '../../app/retry-delivery.ts'
import { deliveryStatuses } from '../../domain/delivery.ts'
import type { DeliveryStatus } from '../../domain/delivery.ts'
import { getDelivery, listAttempts, listDeliveries } from '../../store/deliveries.ts'
import type { Attempt, Delivery, DeliveryLine } from '../../store/deliveries.ts'
import { getDestination } from '../../store/destinations.ts'
import type { Cli } from '../cli.ts'
import { deliver } from '../deliver.ts'
import { oneOf, parseLimit } from '../options.ts'
import { example, printDocument, printDone, printList } from '../output.ts'
import { instant, printable, shortened, table } from '../terminal.ts'

export function addDeliveryCommands(program: Command, cli: Cli): void {
  const deliveries = program
    .command('deliveries')
    .description('each object on its way to each destination: list, show, retry, cancel')
  addList(deliveries, cli)
  addShow(deliveries, cli)

  const retry = deliveries
    .command('retry <id>')
    .description('tries a waiting delivery now; ends a pause that it caused')
  example(retry, 'deliveries retry dlv_3m8x2k5q7rwt')
  retry.action(async (deliveryId: string) => {
    await cli.withApp({}, async (app) => {
      await retryDelivery(app, { tenantId: cli.tenantId, by: cli.user, deliveryId })
      await deliver(cli, app, retry, { wait: false })
      const after = await app.db.transaction(cli.tenantId, (tx) => getDelivery(tx, deliveryId))
      printDone(cli.terminal, retry, toDeliveryJson(after), `${deliveryId} is ${after.status}.`)
    })
  })

  const cancel = deliveries
    .command('cancel <id>')
    .description('gives a waiting delivery up, so that what stands behind it goes on')
    .requiredOption('--reason <text>', 'why, for the ledger')
  example(cancel, 'deliveries cancel dlv_3m8x2k5q7rwt --reason "Refused by the SIEM"')
  cancel.action(async (deliveryId: string, options: { reason: string }) => {
    await cli.withApp({}, async (app) => {
      await cancelDelivery(app, {
        tenantId: cli.tenantId,
        by: cli.user,
        deliveryId,
        reason: options.reason,
      })
      printDone(
        cli.terminal,
        cancel,
        { delivery_id: deliveryId, status: 'cancelled' },
        `${deliveryId} is cancelled.`,
      )
      await deliver(cli, app, cancel, { wait: false })
    })
  })
}

function addList(deliveries: Command, cli: Cli): void {
  const list = deliveries
    .command('list')
    .description('lists deliveries, the newest first')
    .option(
      '--status <status>',
      deliveryStatuses.join(', '),
      oneOf<DeliveryStatus>(deliveryStatuses),
    )
    .option('--destination <name>', 'to one destination')
    .option('--export <id>', 'of one export')
    .option('--limit <count>', 'at most so many', parseLimit, 50)
  example(list, 'deliveries list --status pending')
  list.action(
    async (options: {
      status?: DeliveryStatus
      destination?: string
      export?: string
      limit: number
    }) => {
      await cli.withApp({}, (app) =>
        app.db.transaction(cli.tenantId, async (tx) => {
          const rows = await listDeliveries(tx, {
            limit: options.limit,
            ...(options.status === undefined ? {} : { status: options.status }),
            ...(options.export === undefined ? {} : { exportId: options.export }),
            ...(options.destination === undefined
              ? {}
              : { destinationNo: (await getDestination(tx, options.destination)).destinationNo }),
          })
          printList(
            cli.terminal,
            list,
            rows.map(toLineJson),
            () =>
              table(
                ['ID', 'STATUS', 'DESTINATION', 'KEY', 'ATTEMPTS', 'NOTE'],
                rows.map((row) => [
                  row.deliveryId,
                  row.status,
                  row.destination,
                  row.key,
                  row.attempts,
                  shortened(noteOf(row), 60),
                ]),
              ),
            'No delivery matches. One is made for each object of an export and each destination. See: tocsin exports list',
          )
        }),
      )
    },
  )
}

function noteOf(row: DeliveryLine): string {
  if (row.status === 'cancelled') return row.cancelReason ?? ''
  return row.status === 'pending' && row.lastReason !== undefined
    ? `${row.lastReason}; due ${instant(row.dueAt)}`
    : ''
}

function addShow(deliveries: Command, cli: Cli): void {
  const show = deliveries.command('show <id>').description('shows a delivery with every attempt')
  example(show, 'deliveries show dlv_3m8x2k5q7rwt')
  show.action(async (deliveryId: string) => {
    await cli.withApp({}, (app) =>
      app.db.transaction(cli.tenantId, async (tx) => {
        const delivery = await getDelivery(tx, deliveryId)
        const attempts = await listAttempts(tx, delivery.deliveryNo)
        printDocument(
          cli.terminal,
          show,
          { ...toDeliveryJson(delivery), attempts: attempts.map(toAttemptJson) },
          () =>
            [
              `${delivery.deliveryId}: ${delivery.status}${delivery.receipt === undefined ? '' : `, ${printable(delivery.receipt)}`}\n`,
              attempts.length === 0
                ? 'Not tried yet.\n'
                : table(
                    ['ATTEMPT', 'STARTED', 'ENDED', 'OUTCOME', 'REASON', 'BY'],
                    attempts.map((attempt) => [
                      attempt.number,
                      instant(attempt.startedAt),
                      instant(attempt.finishedAt ?? null),
                      attempt.outcome ?? 'not recorded',
                      attempt.reason ?? '',
                      attempt.worker,
                    ]),
                  ),
            ].join(''),
        )
      }),
    )
  })
}

function toLineJson(line: DeliveryLine): object {
  return {
    ...toDeliveryJson(line),
    destination: line.destination,
    export_id: line.exportId,
    key: line.key,
    stream: line.stream,
    last_outcome: line.lastOutcome ?? null,
    last_reason: line.lastReason ?? null,
  }
}

function toDeliveryJson(delivery: Delivery): object {
  return {
    delivery_id: delivery.deliveryId,
    status: delivery.status,
    due_at: delivery.status === 'pending' ? delivery.dueAt : null,
    attempts: delivery.attempts,
    receipt: delivery.receipt ?? null,
    ended_at: delivery.endedAt ?? null,
    cancel_reason: delivery.cancelReason ?? null,
  }
}

function toAttemptJson(attempt: Attempt): object {
  return {
    number: attempt.number,
    worker: attempt.worker,
    started_at: attempt.startedAt,
    finished_at: attempt.finishedAt ?? null,
    outcome: attempt.outcome ?? null,
    reason: attempt.reason ?? null,
  }
}
