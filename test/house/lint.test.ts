import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** A rule, a file that breaks it and what stands there. Only the type-aware ones need more than the file itself. */
const offences: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['typescript(no-explicit-any)', 'src/app/any.ts', 'export const value: any = 1'],
  [
    'typescript(consistent-type-imports)',
    'src/app/types.ts',
    "import { Stats } from 'node:fs'\nexport type Size = Stats['size']",
  ],
  ['import(no-default-export)', 'src/app/default.ts', 'export default 1'],
  ['eslint(max-lines)', 'src/app/long.ts', 'export const line = 1\n'.padEnd(430, '\n')],
  ['unicorn(filename-case)', 'src/app/CamelCase.ts', 'export const value = 1'],
  ['eslint(no-console)', 'src/app/print.ts', "console.log('found')"],
  ['node(no-process-env)', 'src/store/env.ts', "export const home = process.env['HOME']"],
  ['eslint(no-restricted-properties)', 'src/domain/now.ts', 'export const now = Date.now()'],
  ['eslint(no-restricted-properties)', 'src/app/dice.ts', 'export const dice = Math.random()'],
  ['eslint(no-restricted-properties)', 'src/cli/end.ts', 'process.exit(1)'],
  [
    'eslint(no-warning-comments)',
    'src/app/later.ts',
    '// hack, mend it later\nexport const one = 1',
  ],
  [
    'import(no-cycle)',
    'src/app/hen.ts',
    "import { egg } from './egg.ts'\nexport const hen = () => egg",
  ],
  ['typescript(ban-ts-comment)', 'src/app/hush.ts', '// @ts-nocheck\nexport const one: string = 1'],
  [
    'typescript(no-non-null-assertion)',
    'src/app/sure.ts',
    'export const first = (all: readonly string[]) => all[0]!',
  ],
  [
    'typescript(no-floating-promises)',
    'src/app/float.ts',
    'const save = async () => 1\nexport const run = () => { save() }',
  ],
  [
    'typescript(no-misused-promises)',
    'src/app/misuse.ts',
    'export const run = (all: readonly string[]) => all.forEach(async () => undefined)',
  ],
  [
    'typescript(no-unsafe-assignment)',
    'src/app/parse.ts',
    "export const parse = () => { const value = JSON.parse('1'); return typeof value }",
  ],
  [
    'typescript(switch-exhaustiveness-check)',
    'src/app/switch.ts',
    "export const run = (kind: 'a' | 'b') => { switch (kind) { case 'a': return 1 } return 2 }",
  ],
]

/** Where the same is as it should be. */
const allowed: readonly (readonly [file: string, text: string])[] = [
  ['src/main.ts', "const home = process.env['HOME']\nprocess.exit(home === undefined ? 1 : 0)"],
  ['src/cli/print.ts', "console.log('found')"],
  ['scripts/run.ts', "console.log(process.env['HOME'])\nprocess.exit(0)"],
  ['vitest.config.ts', 'export default { test: {} }'],
]

interface Diagnostic {
  readonly code: string
  readonly filename: string
}

let folder: string
let reported: readonly string[]

/** Runs our linter under our configuration over these files alone. It ends with 1 where it finds something. */
function lint(cwd: string): Promise<readonly Diagnostic[]> {
  const oxlint = resolve('node_modules/.bin/oxlint')
  return new Promise((done, fail) => {
    execFile(process.execPath, [oxlint, '--format', 'json'], { cwd }, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) fail(new Error(stderr, { cause: error }))
      else done((JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics)
    })
  })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-lint-'))
  const eggs = ['src/app/egg.ts', "import { hen } from './hen.ts'\nexport const egg = () => hen"]
  const files = [...offences.map(([, file, text]) => [file, text]), ...allowed, eggs]
  for (const [file = '', text = ''] of files) {
    await mkdir(join(folder, dirname(file)), { recursive: true })
    await writeFile(join(folder, file), `${text}\n`)
  }
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json', '.gitignore']) {
    await cp(name, join(folder, name))
  }
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  const diagnostics = await lint(folder)
  reported = diagnostics.map(({ code, filename }) => `${code} ${filename}`)
})

afterAll(() => rm(folder, { recursive: true }))

describe('the linter', () => {
  it.each(offences)('reports %s in %s', (rule, file) => {
    expect(reported).toContain(`${rule} ${file}`)
  })

  it.each(allowed)('has nothing against %s', (file) => {
    expect(reported.filter((line) => line.endsWith(` ${file}`))).toEqual([])
  })
})
