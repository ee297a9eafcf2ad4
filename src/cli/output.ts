import type { Command } from 'commander'
import { printableJson } from './terminal.ts'
import type { Terminal } from './terminal.ts'

/** Options that every command has; they stand before or behind the command's name. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly verbose?: boolean
  readonly tenant?: string
}

export function globalOptions(command: Command): GlobalOptions {
  return command.optsWithGlobals<GlobalOptions>()
}

/** One document: as JSON where asked, else as the text says it. */
export function printDocument(
  terminal: Terminal,
  command: Command,
  document: object,
  text: () => string,
): void {
  const isJson = globalOptions(command).json === true
  terminal.out(isJson ? `${printableJson(JSON.stringify(document, undefined, 2))}\n` : text())
}

/** A list: as NDJSON where asked, else as the text says it; an empty one says what to do next, and where it is no data. */
export function printList(
  terminal: Terminal,
  command: Command,
  rows: readonly object[],
  text: () => string,
  empty: string,
): void {
  if (globalOptions(command).json === true) {
    terminal.out(rows.map((row) => `${printableJson(JSON.stringify(row))}\n`).join(''))
  } else if (rows.length === 0) {
    remark(terminal, command, empty)
  } else {
    terminal.out(text())
  }
}

/** A word beside the data, on standard error: none where it should be quiet, or where a program reads. */
export function remark(terminal: Terminal, command: Command, text: string): void {
  const { json, quiet } = globalOptions(command)
  if (json !== true && quiet !== true) terminal.err(`${text}\n`)
}

/** A word about what was done, unless it should be quiet; JSON where asked. */
export function printDone(
  terminal: Terminal,
  command: Command,
  document: object,
  text: string,
): void {
  const { json, quiet } = globalOptions(command)
  if (json === true) terminal.out(`${printableJson(JSON.stringify(document))}\n`)
  else if (quiet !== true) terminal.out(`${text}\n`)
}

/** An example in a command's help. */
export function example(command: Command, ...lines: readonly string[]): Command {
  return command.addHelpText(
    'after',
    `\nExample:\n${lines.map((line) => `  $ tocsin ${line}\n`).join('')}`,
  )
}
