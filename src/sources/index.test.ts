import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sources } from './index.ts'
import { HEAD_BYTES, recognizeFormat } from './recognize-format.ts'

const folder = import.meta.dirname
const plugIns = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

const fixtures = plugIns.flatMap((name) =>
  readdirSync(join(folder, name, 'fixtures'))
    .filter((file) => file.includes('.input.'))
    .map((file) => [name, file] as const),
)

describe('sources', () => {
  it('names each folder once, by its id', () => {
    const ids = sources.map((source) => source.id)

    expect(ids.toSorted()).toEqual(plugIns.toSorted())
    expect(ids.filter((id) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))).toEqual([])
  })

  it.each(plugIns)('finds a README in %s and a test that calls the contract', (name) => {
    const readme = readFileSync(join(folder, name, 'README.md'), 'utf8')
    const test = readFileSync(join(folder, name, 'index.test.ts'), 'utf8')

    expect(readme).toMatch(/^# \S/)
    expect(test).toContain('testSource({')
  })

  it.each(fixtures)('takes what lies in %s for that format and no other: %s', (name, file) => {
    const head = readFileSync(join(folder, name, 'fixtures', file)).subarray(0, HEAD_BYTES)

    expect(recognizeFormat(head, sources)).toMatchObject({
      kind: 'recognized',
      source: { id: name },
    })
  })
})
