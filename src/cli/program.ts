import { Command, CommanderError } from 'commander'
import { AppError, errorCodes, toError } from '../errors.ts'
import type { Cli } from './cli.ts'
import { addAlertRuleCommands } from './commands/alert-rules.ts'
import { addAssetCommands } from './commands/assets.ts'
import { addDeliveryCommands } from './commands/deliveries.ts'
import { addDemoCommand } from './commands/demo.ts'
import { addDestinationCommands } from './commands/destinations.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addExportCommands } from './commands/exports.ts'
import { addFindingCommands } from './commands/findings.ts'
import { addIngestCommand } from './commands/ingest.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addScanCommands } from './commands/scans.ts'
import { addSchemaCommand } from './commands/schema.ts'
import { addServeCommand } from './commands/serve.ts'
import { printable } from './terminal.ts'

const WRONG_USAGE = 2
const FAILED = 1

/** Runs one command line (without the program's own name). Answers the exit code of interfaces.md. */
export async function runCommandLine(cli: Cli, args: readonly string[]): Promise<number> {
  const program = createProgram(cli)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return cli.exitCode
  } catch (thrown) {
    // Help and version are no errors; commander has said what else is wrong.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : WRONG_USAGE
    return reportError(cli, thrown, cli.verbose)
  }
}

export function createProgram(cli: Cli): Command {
  const program = new Command('tocsin')
    .description(
      'Delivers every cloud-security scan to your SIEM: findings and attack paths, each exactly once.',
    )
    // Without the usual -V, which would be taken for the label in: assets label ASSET -VIP
    .version(cli.version, '--version')
    .option('--json', 'print JSON: one document, or one line a row')
    .option('--quiet', 'no progress and no remarks')
    .option('--verbose', 'say more when something goes wrong')
    .option('--tenant <id>', 'whose data to work on')
    .hook('preAction', (_program, action) => {
      const { tenant, verbose } = action.optsWithGlobals<{ tenant?: string; verbose?: boolean }>()
      cli.verbose = verbose === true
      cli.tenantId = tenant ?? cli.config.tenantId
    })
    .configureOutput({
      writeOut: cli.terminal.out,
      writeErr: cli.terminal.err,
      outputError: (text, write) => write(`${usageError(text)}\n`),
    })
    .exitOverride()
  addDemoCommand(program, cli)
  addServeCommand(program, cli)
  addMigrateCommand(program, cli)
  addIngestCommand(program, cli)
  addScanCommands(program, cli)
  addFindingCommands(program, cli)
  addAssetCommands(program, cli)
  addDestinationCommands(program, cli)
  addAlertRuleCommands(program, cli)
  addExportCommands(program, cli)
  addDeliveryCommands(program, cli)
  addSchemaCommand(program, cli)
  addDoctorCommand(program, cli)
  shareGlobalOptions(program)
  return program
}

/** Global options may stand behind a command's name too, where people type them. */
function shareGlobalOptions(program: Command): void {
  const visit = (command: Command): void => {
    for (const child of command.commands) {
      child
        .option('--json', 'print JSON')
        .option('--quiet', 'no progress and no remarks')
        .option('--verbose', 'say more when something goes wrong')
        .option('--tenant <id>', 'whose data to work on')
      visit(child)
    }
  }
  visit(program)
}

/** What commander says of a wrong command line, in our one line. */
function usageError(text: string): string {
  const problem = text
    .trim()
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
  return `tocsin: ${printable(problem)}. Add --help to see how it is used`
}

/** One line: what, where, what to do. The stack is for us, and for who asks. */
function reportError(cli: Cli, thrown: unknown, verbose: boolean): number {
  const error = toError(thrown)
  const known = error instanceof AppError
  cli.terminal.err(
    known
      ? `tocsin: ${printable(error.message)}\n`
      : `tocsin: a mistake of ours: ${printable(error.message)}. Nothing was half done. Please report it with the output of --verbose\n`,
  )
  if (verbose) cli.terminal.err(`${stackOf(error)}\n`)
  return known ? errorCodes[error.code] : FAILED
}

function stackOf(error: Error): string {
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(toError(error.cause))}`
  return `${printableLines(error.stack ?? error.message)}${cause}`
}

function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n')
}
