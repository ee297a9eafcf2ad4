import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTocsin } from './tocsin.ts'
import type { Tocsin } from './tocsin.ts'

let tocsin: Tocsin

beforeAll(async () => {
  tocsin = await openTocsin()
})

afterAll(() => tocsin.close())

interface DemoDocument {
  readonly scans: readonly object[]
  readonly objects: readonly { readonly key: string; readonly size: number }[]
  readonly next: readonly string[]
}

describe('demo', () => {
  it('says in one document what it made, whatever tenant the environment names', async () => {
    const args = ['demo', '--once', '--json', '--folder', 'my demo']

    const { code, stdout, stderr } = await tocsin.run(args, { env: { TOCSIN_TENANT: 'id-other' } })

    const { scans, objects, next } = JSON.parse(stdout) as DemoDocument
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(scans).toHaveLength(10)
    expect(objects).toHaveLength(22)
    for (const { key, size } of objects) {
      expect(await readFile(join(tocsin.folder, 'my demo/siem', key))).toHaveLength(size)
    }
    expect(next).toContain(
      "TOCSIN_DATA_DIR='my demo/data' npx tocsin scans list --tenant id-default",
    )
  })
})
