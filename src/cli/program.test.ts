import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import type { Cli } from './cli.ts'
import { createProgram, runCommandLine } from './program.ts'

const noDatabase = new Error('nobody should ask for a database')

/** A command line without a database: whatever asks for one meets `thrown`. What it writes is kept. */
function cliThatThrows(thrown: Error): { readonly cli: Cli; readonly written: () => string } {
  const written: string[] = []
  const write = (text: string): void => void written.push(text)
  const cli: Cli = {
    config: loadConfig({}),
    version: '1.2.3',
    schemas: {} as Cli['schemas'],
    migrations: [],
    user: 'tester',
    examplesDir: 'examples',
    terminal: { out: write, err: write, interactive: false },
    stopping: new AbortController().signal,
    stdin: () => {
      throw new Error('nobody should read')
    },
    withApp: () => Promise.reject(thrown),
    withConnection: () => Promise.reject(thrown),
    deleteData: () => Promise.resolve(true),
    serve: () => Promise.reject(thrown),
    tenantId: 'id-default',
    verbose: false,
    exitCode: 0,
  }
  return { cli, written: () => written.join('') }
}

/** Every command that does something, with the words that call it. */
function commandsOf(command: Command, words: readonly string[] = []): [string, Command][] {
  if (command.commands.length === 0) return [[words.join(' '), command]]
  return command.commands.flatMap((child) => commandsOf(child, [...words, child.name()]))
}

function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  return help
}

function examplesOf(command: Command): readonly string[] {
  return [...helpOf(command).matchAll(/^ {2}\$ tocsin (.+)$/gm)].map(([, line = '']) => line)
}

/** As a shell splits it, as far as the examples need one. */
function wordsOf(line: string): string[] {
  return [...line.replace(/ > .*$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  )
}

const commands = commandsOf(createProgram(cliThatThrows(noDatabase).cli))
const examples = commands.flatMap(([words, command]) =>
  examplesOf(command).map((line) => ({ words, line })),
)

describe('help', () => {
  it.each(commands)('of %s shows an example of it', (words, command) => {
    const lines = examplesOf(command)

    expect(lines).not.toEqual([])
    expect(lines.filter((line) => !`${line} `.startsWith(`${words} `))).toEqual([])
  })

  it.each(examples)('gives an example that parses: $line', async ({ words, line }) => {
    const program = createProgram(cliThatThrows(noDatabase).cli)
    const ran: string[] = []
    for (const [called, command] of commandsOf(program)) command.action(() => void ran.push(called))

    await program.parseAsync(wordsOf(line), { from: 'user' })

    expect(ran).toEqual([words])
  })

  it.each(['--help', 'findings --help', 'help ingest', '--version'])(
    'is no error: %s',
    async (line) => {
      const { cli, written } = cliThatThrows(noDatabase)

      expect(await runCommandLine(cli, line.split(' '))).toBe(0)
      expect(written()).toMatch(line === '--version' ? /^1\.2\.3\n$/ : /^Usage: tocsin/)
    },
  )
})

describe('help and version', () => {
  it.each(['--help', 'ingest --help', '--version'])(
    'need no configuration that makes sense: %s',
    async (line) => {
      const { cli } = cliThatThrows(noDatabase)
      const unreadable = Object.defineProperty({ ...cli }, 'config', {
        get: () => loadConfig({ TOCSIN_PORT: 'abc' }),
      })

      expect(await runCommandLine(unreadable, line.split(' '))).toBe(0)
      expect(await runCommandLine(unreadable, ['scans', 'list'])).toBe(2)
    },
  )
})

describe('wrong usage', () => {
  it.each([
    ['a command that there is not', 'ingset x', /unknown command 'ingset'.*--help/],
    ['an option that there is not', 'scans list --stauts x', /unknown option '--stauts'.*--help/],
    ['no report', 'ingest', /missing required argument 'report'/],
    ['no reason', 'deliveries cancel dlv_a', /required option '--reason <text>'/],
    ['a word that is not on the list', 'scans list --status done', /expected one of receiving, /],
    ['a limit that is no number', 'findings list --limit all', /expected a number from 1/],
    ['a time without its zone', 'findings list --since 2026-03-02T09:00:00', /with its zone, /],
    ['a day that there is not', 'findings list --since 2026-02-30', /with its zone, /],
    ['an edit of nothing', 'alert-rules edit x', /what to change/],
    ['an edit both ways', 'alert-rules edit x --enable --disable', /not both/],
    ['a snooze until no instant', 'findings snooze fnd_a --until tomorrow', /with its zone, /],
    ['account and cluster at once', 'ingest x --account 1 --cluster c', /--account or --cluster/],
    ['a decision about nothing', 'findings restore', /their ids, or a filter/],
    ['a decision by both ways', 'findings restore fnd_a --rule x', /not both/],
    [
      'a label without its sign',
      'assets label arn:a Sensitive',
      /added with \+ and removed with -/,
    ],
    ['an option among labels', 'assets label arn:a +A --acount', /no option --acount/],
  ])(
    'ends with 2 and one line that says what to do, and needs no database: %s',
    async (_, line, problem) => {
      const { cli, written } = cliThatThrows(noDatabase)

      expect(await runCommandLine(cli, line.split(' '))).toBe(2)
      expect(written()).toMatch(/^tocsin: .+\n$/)
      expect(written()).toMatch(problem)
    },
  )
})

describe('an error', () => {
  const refusal = new AppError('schema_too_new', 'It is newer. Install that\u001B[2J', {
    cause: new Error('within'),
  })

  it('is one line, with the exit code of its kind', async () => {
    const { cli, written } = cliThatThrows(refusal)

    expect(await runCommandLine(cli, ['scans', 'list'])).toBe(1)
    expect(written()).toBe('tocsin: It is newer. Install that\\u001b[2J\n')
  })

  it.each([[['--verbose', 'scans', 'list']], [['scans', 'list', '--verbose']]])(
    'comes with its stack and its cause when asked: %j',
    async (args) => {
      const { cli, written } = cliThatThrows(refusal)

      await runCommandLine(cli, args)

      expect(written()).toMatch(/^ {4}at .+program\.test\.ts/m)
      expect(written()).toMatch(/^caused by Error: within$/m)
    },
  )

  it('of ours is told from one of the caller', async () => {
    const { cli, written } = cliThatThrows(new TypeError('x is undefined'))

    expect(await runCommandLine(cli, ['scans', 'list'])).toBe(1)
    expect(written()).toMatch(/^tocsin: a mistake of ours: x is undefined\..+--verbose\n$/)
  })
})
