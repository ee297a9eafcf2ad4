import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { example } from '../output.ts'

export function addServeCommand(program: Command, cli: Cli): void {
  const command = program
    .command('serve')
    .description('serves health and delivers what is due, until it is stopped')
  example(command, 'serve')
  command.action(async () => {
    await cli.withApp({}, (app) =>
      cli.serve(app, (url) => {
        cli.terminal.out(`Serving ${url}/healthz and ${url}/readyz. Stop with Ctrl-C.\n`)
        app.log.info({ url }, 'serving')
      }),
    )
  })
}
