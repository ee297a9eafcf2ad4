/**
 * Every check and test that this machine can run: `npm test`. Runs all of them, whatever fails on the way, and ends with
 * `N passed, N failed, N skipped`, where a check counts as one test; ends with 1 when something failed.
 *
 * `--quick` (`npm run verify`) leaves out what needs a database, `--database` runs that alone and no checks.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** What Vitest's JSON reporter writes, as far as it is read here. */
interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

const CHECKS: readonly (readonly [title: string, command: string, ...args: string[]])[] = [
  ['Format', 'oxfmt', '--check', '.'],
  ['Lint', 'oxlint', '--deny-warnings'],
  ['Types', 'tsc', '--noEmit', '--project', '.'],
  [
    'Direction of imports',
    'depcruise',
    '--config',
    '.dependency-cruiser.cjs',
    'src',
    'test',
    'scripts',
    'bin',
  ],
  ['Dead code', 'knip'],
]

/** Folders whose tests start a PostgreSQL, or may. */
const WITH_DATABASE = ['src/store/', 'src/app/', 'src/cli/', 'src/http/', 'test/']

/** Runs a command of node_modules on this very Node.js; answers how it ended. */
function run(command: string, args: readonly string[]): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, [join('node_modules/.bin', command), ...args], {
      stdio: 'inherit',
    })
    child.on('error', fail)
    child.on('close', (code) => done(code ?? 1))
  })
}

/** Prints a heading, runs the step under it, and says how long it took. */
async function underHeading<T>(title: string, step: () => Promise<T>): Promise<T> {
  const startedAt = Date.now()
  console.log(`\n== ${title}`)
  const result = await step()
  console.log(`   ${title}: ${((Date.now() - startedAt) / 1000).toFixed(1)} s`)
  return result
}

async function runChecks(): Promise<Tally> {
  let failed = 0
  for (const [title, command, ...args] of CHECKS) {
    const code = await underHeading(title, () => run(command, args))
    if (code !== 0) failed += 1
  }
  return { passed: CHECKS.length - failed, failed, skipped: 0 }
}

async function runTests(args: readonly string[]): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-test-'))
  const file = join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const code = await run('vitest', ['run', ...reporters, ...args])
    return existsSync(file) ? await tally(file, code) : { passed: 0, failed: 1, skipped: 0 }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A test file that does not even load, or an error outside of any test, has no test to fail: it counts as one. */
async function tally(file: string, code: number): Promise<Tally> {
  const report = JSON.parse(await readFile(file, 'utf8')) as VitestReport
  for (const { assertionResults } of report.testResults) {
    for (const { status, fullName } of assertionResults) {
      if (status !== 'passed' && status !== 'failed') console.log(`   skipped: ${fullName}`)
    }
  }
  return {
    passed: report.numPassedTests,
    failed: code === 0 ? report.numFailedTests : Math.max(1, report.numFailedTests),
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

/** One line for each thing that this machine lacks, so that a short run does not look like a whole one. */
function sayWhatIsMissing(): void {
  if (only === '--quick') console.log('The quick run: what needs a database is left out.')
  if (!existsSync('../shared')) {
    console.log(
      'No ../shared beside this folder: what is tested on its samples and cases is left out.',
    )
  }
  if (process.env['TOCSIN_TEST_DATABASE_URL'] === undefined) {
    console.log(
      'No TOCSIN_TEST_DATABASE_URL: no other server than the embedded PostgreSQL was tested.',
    )
  }
}

function testArguments(): readonly string[] {
  if (only === '--database') return WITH_DATABASE
  if (only === '--quick') return WITH_DATABASE.flatMap((folder) => ['--exclude', `${folder}**`])
  return []
}

const [only] = process.argv.slice(2)
const nothing: Tally = { passed: 0, failed: 0, skipped: 0 }
const checks = only === '--database' ? nothing : await runChecks()
const tests = await underHeading('Tests', () => runTests(testArguments()))
console.log('')
sayWhatIsMissing()
const failed = checks.failed + tests.failed
console.log(`${checks.passed + tests.passed} passed, ${failed} failed, ${tests.skipped} skipped`)
process.exitCode = failed === 0 ? 0 : 1
