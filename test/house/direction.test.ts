import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const CONFIG = '.dependency-cruiser.cjs'
const FOLDERS = ['src', 'test', 'scripts', 'bin']
/** A list of modules is some megabytes of JSON. */
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

interface Rule {
  readonly name: string
  readonly comment?: string
}

interface Cruise {
  readonly modules: readonly { readonly source: string }[]
  readonly summary: { readonly violations: readonly Violation[] }
}

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

const { forbidden: rules } = createRequire(import.meta.url)(resolve(CONFIG)) as {
  readonly forbidden: readonly Rule[]
}

/** One file that breaks one rule: the file, and what it imports (a path from the top, or a package). */
const offences: readonly (readonly [rule: string, file: string, imports: string])[] = [
  ['domain-is-pure', 'src/domain/finding.ts', 'src/errors.ts'],
  ['domain-is-pure', 'src/domain/clock.ts', 'node:crypto'],
  ['domain-is-pure', 'src/domain/schema.ts', 'typebox'],
  ['attack-paths-are-pure', 'src/attack-paths/graph.ts', 'src/store/paths.ts'],
  ['attack-paths-are-pure', 'src/attack-paths/rules/aws.ts', 'node:fs'],
  ['ground-stands-below', 'src/log.ts', 'src/app/drain.ts'],
  ['plugins-stand-alone', 'src/sources/one/index.ts', 'src/sources/two/mapper.ts'],
  ['plugins-stand-alone', 'src/sources/one/mapper.ts', 'src/config.ts'],
  ['plugins-stand-alone', 'src/destinations/one/index.ts', 'src/store/deliveries.ts'],
  ['contracts-know-the-domain', 'src/sources/source.ts', 'src/sources/one/index.ts'],
  ['contracts-know-the-domain', 'src/destinations/destination.ts', 'src/app/drain.ts'],
  ['formats-know-the-domain', 'src/formats/siem/record.ts', 'src/store/findings.ts'],
  ['store-knows-the-domain', 'src/store/scans.ts', 'src/app/complete-scan.ts'],
  ['store-knows-the-domain', 'src/store/parts.ts', 'src/formats/parts.ts'],
  ['sql-stays-in-the-store', 'src/app/count-findings.ts', 'pg'],
  ['sql-stays-in-the-store', 'src/http/list-findings.ts', 'pg-copy-streams'],
  ['app-knows-contracts-only', 'src/app/ingest-report.ts', 'src/sources/one/index.ts'],
  ['app-knows-contracts-only', 'src/app/show-finding.ts', 'src/cli/table.ts'],
  ['faces-call-use-cases', 'src/cli/serve.ts', 'src/http/server.ts'],
  ['faces-call-use-cases', 'src/http/server.ts', 'src/cli/table.ts'],
  ['faces-call-use-cases', 'src/worker/drain.ts', 'src/destinations/one/index.ts'],
  ['registries-are-for-roots', 'src/app/list-sources.ts', 'src/sources/index.ts'],
  ['registries-are-for-roots', 'src/cli/destinations.ts', 'src/destinations/index.ts'],
  ['plugins-come-through-their-registry', 'src/main.ts', 'src/destinations/one/index.ts'],
  ['roots-are-not-imported', 'src/app/restart.ts', 'src/main.ts'],
  ['roots-are-not-imported', 'test/start.test.ts', 'src/stage-worker.ts'],
  ['product-knows-no-test', 'src/app/fake.ts', 'test/fakes/clock.ts'],
  ['product-knows-no-test', 'src/app/borrow.ts', 'src/app/borrowed.test.ts'],
  ['product-needs-no-dev-dependency', 'src/app/check.ts', 'fast-check'],
  ['packages-are-declared', 'src/app/parse.ts', 'acorn'],
  ['no-circular', 'src/app/egg.ts', 'src/app/hen.ts'],
  ['not-to-unresolvable', 'src/app/lost.ts', 'src/app/missing.ts'],
]

/** The other half of the circle, which is reported once. */
const HEN = ['src/app/hen.ts', 'src/app/egg.ts'] as const
const ORPHAN = 'src/domain/orphan.ts'

/** What the arrow allows: no rule may speak of these. */
const allowed: readonly (readonly [file: string, imports: string])[] = [
  ['src/main.ts', 'src/sources/index.ts'],
  ['src/main.ts', 'src/destinations/index.ts'],
  ['src/main.ts', 'src/cli/index.ts'],
  ['src/stage-worker.ts', 'src/sources/index.ts'],
  ['src/sources/index.ts', 'src/sources/native/index.ts'],
  ['src/destinations/index.ts', 'src/destinations/file/index.ts'],
  ['src/sources/native/index.ts', 'src/sources/source.ts'],
  ['src/sources/native/index.ts', 'src/sources/native/mapper.ts'],
  ['src/sources/native/mapper.ts', 'src/domain/severity.ts'],
  ['src/sources/native/mapper.ts', 'typebox'],
  ['src/destinations/file/index.ts', 'node:fs'],
  ['src/destinations/file/index.ts', 'src/destinations/destination.ts'],
  ['src/sources/source.ts', 'src/domain/severity.ts'],
  ['src/destinations/destination.ts', 'typebox'],
  ['src/cli/index.ts', 'commander'],
  ['src/cli/index.ts', 'src/app/open-scan.ts'],
  ['src/cli/index.ts', 'src/store/scans.ts'],
  ['src/cli/index.ts', 'src/destinations/destination.ts'],
  ['src/app/open-scan.ts', 'src/store/scans.ts'],
  ['src/app/open-scan.ts', 'src/formats/keys.ts'],
  ['src/app/open-scan.ts', 'src/sources/source.ts'],
  ['src/app/open-scan.ts', 'src/errors.ts'],
  ['src/app/open-scan.ts', 'src/log.ts'],
  ['src/formats/keys.ts', 'src/domain/severity.ts'],
  ['src/store/scans.ts', 'src/domain/severity.ts'],
  ['src/store/scans.ts', 'pg'],
  ['src/store/scans.ts', 'src/errors.ts'],
  ['src/domain/severity.test.ts', 'vitest'],
  ['src/domain/severity.test.ts', 'src/domain/severity.ts'],
  ['test/cases/run.ts', 'src/store/scans.ts'],
]

const ROOT = /^src\/(?:main|stage-worker)\.ts$/

const run = promisify(execFile)

async function cruise(cwd: string): Promise<Cruise> {
  const depcruise = resolve('node_modules/.bin/depcruise')
  const args = ['--config', join(cwd, CONFIG), '--output-type', 'json']
  const folders = (await readdir(cwd)).filter((name) => FOLDERS.includes(name))
  const { stdout } = await run(process.execPath, [depcruise, ...args, ...folders], {
    cwd,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
  return JSON.parse(stdout) as Cruise
}

/** A tree of the layout of ours, with these imports, under our rules. Each is one of types only, but of a root. */
async function plant(
  imports: readonly (readonly [file: string, target: string])[],
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tocsin-direction-'))
  const isPath = (target: string) => target.startsWith('src/') || target.startsWith('test/')
  const texts = new Map<string, string>()
  for (const [file, target] of imports) {
    const specifier = isPath(target) ? `./${relative(dirname(file), target)}` : target
    const what = ROOT.test(target) ? '*' : 'type *'
    texts.set(file, `${texts.get(file) ?? ''}export ${what} from '${specifier}'\n`)
    if (isPath(target) && !target.endsWith('missing.ts') && !texts.has(target))
      texts.set(target, '')
  }
  for (const [file, text] of texts) {
    await mkdir(join(folder, dirname(file)), { recursive: true })
    await writeFile(join(folder, file), text === '' ? 'export const value = 1\n' : text)
  }
  for (const name of [CONFIG, 'tsconfig.json', 'package.json']) await cp(name, join(folder, name))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  return folder
}

describe('the rules of direction', () => {
  const folders: string[] = []
  let violations: readonly Violation[]

  beforeAll(async () => {
    const folder = await plant([
      HEN,
      ...offences.map(([, file, target]) => [file, target] as const),
    ])
    folders.push(folder)
    await writeFile(join(folder, ORPHAN), 'export const value = 1\n')
    violations = (await cruise(folder)).summary.violations
  })

  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))))

  it.each([...offences, ['no-orphans', ORPHAN, 'nothing'] as const])(
    '%s: reports %s that imports %s',
    (rule, file) => {
      const reported = violations.map((violation) => `${violation.rule.name} ${violation.from}`)

      expect(reported).toContain(`${rule} ${file}`)
    },
  )

  it('lets pass what the arrow allows', async () => {
    const folder = await plant(allowed)
    folders.push(folder)

    const { summary } = await cruise(folder)

    expect(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`)).toEqual([])
  })

  it('has a sentence for each rule, and an offence against each here', () => {
    const broken = new Set([...offences.map(([rule]) => rule), 'no-orphans'])

    expect(rules.map((rule) => rule.name).filter((name) => !broken.has(name))).toEqual([])
    expect(rules.filter((rule) => !/^[A-Z].+\.$/.test(rule.comment ?? ''))).toEqual([])
  })
})

describe('our own tree', () => {
  it('breaks no rule, and every one of its modules was looked at', async () => {
    const { modules, summary } = await cruise(resolve('.'))

    const seen = new Set(modules.map((module) => module.source))
    const files = await readdir('src', { recursive: true })
    const sources = files.filter((file) => file.endsWith('.ts')).map((file) => join('src', file))
    expect(sources.filter((file) => !seen.has(file))).toEqual([])
    expect(sources).toContain('src/domain/finding.ts')
    expect(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`)).toEqual([])
  })

  it('is cruised with types: a boundary that only types cross is crossed', async () => {
    expect(await readFile(CONFIG, 'utf8')).toContain('tsPreCompilationDeps: true')
  })
})
