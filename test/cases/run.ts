import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { native } from '../../src/sources/native/index.ts'
import type { Case } from './case.ts'
import type { Engine } from './engine.ts'
import { openDatabaseEngine } from './open-database-engine.ts'
import { pureEngine } from './pure-engine.ts'
import { readCases } from './read-cases.ts'
import type { CaseResult } from './run-case.ts'
import { runCase } from './run-case.ts'

const USAGE = `usage: npm run test:cases -- [--engine NAME] PATH...
PATH is a folder of *.json cases, one such file, or a .ndjson.gz with a case a line.
`

/** By name, what opens each engine; opened only when it is to run. */
const engines: Readonly<Record<string, () => Promise<Engine>>> = {
  pure: async () => pureEngine(native),
  database: openDatabaseEngine,
}

/** How many lines of a failing case are shown. */
const SHOWN_LINES = 12

process.exitCode = await main(process.argv.slice(2))

async function main(args: string[]): Promise<number> {
  const asked = parse(args)
  if (typeof asked === 'string') {
    process.stderr.write(`${asked}\n${USAGE}`)
    return 2
  }
  const cases = (await Promise.all(asked.paths.map(readCases))).flat()
  if (cases.length === 0) {
    process.stderr.write(`there is no case in ${asked.paths.join(', ')}\n${USAGE}`)
    return 2
  }
  const results = await runAll(asked.names, cases)
  const failed = results.filter(({ failure }) => failure !== undefined)
  process.stdout.write(`${results.length - failed.length} passed, ${failed.length} failed\n`)
  return failed.length === 0 ? 0 : 1
}

/** What is to run, or what is wrong with the arguments. */
function parse(args: string[]): { names: readonly string[]; paths: readonly string[] } | string {
  const { values, positionals, tokens } = parseArgs({
    args,
    allowPositionals: true,
    strict: false,
    tokens: true,
    options: { engine: { type: 'string', multiple: true } },
  })
  const stranger = tokens.find((token) => token.kind === 'option' && token.name !== 'engine')
  if (stranger?.kind === 'option') return `there is no option ${stranger.rawName}`
  const names = values.engine?.map(String) ?? Object.keys(engines)
  const unknown = names.find((name) => !Object.hasOwn(engines, name))
  if (unknown !== undefined) {
    return `there is no engine ${unknown}; one of: ${Object.keys(engines).join(', ')}`
  }
  const missing = positionals.find((path) => !existsSync(path))
  if (missing !== undefined) return `there is nothing at ${missing}`
  return positionals.length === 0 ? 'no PATH was given' : { names, paths: positionals }
}

async function runAll(names: readonly string[], cases: readonly Case[]): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for (const name of names) {
    const engine = await engines[name]?.()
    if (engine === undefined) continue
    for (const testCase of cases) {
      const result = await runCase(testCase, engine)
      results.push(result)
      if (result.failure) process.stdout.write(described(result))
    }
    await engine.close()
  }
  return results
}

function described({ caseId, engine, title, failure }: CaseResult): string {
  const lines = failure?.lines ?? []
  const more = lines.length > SHOWN_LINES ? [`… and ${lines.length - SHOWN_LINES} more`] : []
  return [
    `${caseId} (${engine}): ${title}`,
    `  at ${failure?.at}, ${failure?.step}`,
    ...[...lines.slice(0, SHOWN_LINES), ...more].map((line) => `    ${line}`),
    '',
  ].join('\n')
}
