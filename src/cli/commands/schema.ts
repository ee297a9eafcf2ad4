import type { Command } from 'commander'
import { Argument } from 'commander'
import { schemaFiles } from '../../formats/schemas.ts'
import type { SchemaName } from '../../formats/schemas.ts'
import type { Cli } from '../cli.ts'
import { example } from '../output.ts'

export function addSchemaCommand(program: Command, cli: Cli): void {
  const schema = program
    .command('schema')
    .description('prints a published JSON Schema')
    .addArgument(
      new Argument('[name]', 'which').choices(Object.keys(schemaFiles)).default('record'),
    )
  example(schema, 'schema record > siem-record.v1.schema.json')
  schema.action((name: SchemaName) => {
    cli.terminal.out(`${JSON.stringify(cli.schemas[name], undefined, 2)}\n`)
  })
}
