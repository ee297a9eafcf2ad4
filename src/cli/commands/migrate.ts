import type { Command } from 'commander'
import { migrate } from '../../store/migrate.ts'
import type { Cli } from '../cli.ts'
import { example, printDone } from '../output.ts'

export function addMigrateCommand(program: Command, cli: Cli): void {
  const command = program
    .command('migrate')
    .description('brings the database up to date; refuses one that a newer Tocsin used')
  example(command, 'migrate')
  command.action(async () => {
    await cli.withConnection({}, async (connection) => {
      const applied = await migrate(connection, cli.migrations)
      const text =
        applied.length === 0
          ? `The schema is up to date (version ${cli.migrations.length}).`
          : `Applied ${applied.map(({ name }) => name).join(', ')}: the schema is version ${cli.migrations.length}.`
      printDone(
        cli.terminal,
        command,
        { version: cli.migrations.length, applied: applied.map(({ name }) => name) },
        text,
      )
    })
  })
}
