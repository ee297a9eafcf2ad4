import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { destinationTypes } from './index.ts'

const folder = import.meta.dirname
const entries = await readdir(folder, { withFileTypes: true })
const plugIns = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)

describe('destinationTypes', () => {
  it('names each folder once, by its id', () => {
    const ids = destinationTypes.map((type) => type.id)

    expect(ids.toSorted()).toEqual(plugIns.toSorted())
    expect(ids.filter((id) => !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id))).toEqual([])
  })

  it.each(plugIns)('finds a README in %s and a test that calls the contract', async (name) => {
    const readme = await readFile(join(folder, name, 'README.md'), 'utf8')
    const test = await readFile(join(folder, name, 'index.test.ts'), 'utf8')

    expect(readme).toMatch(/^# \S/)
    expect(test).toContain('testDestination({')
  })

  it.each(destinationTypes)(
    'says of $id at least one record, framing and compression',
    ({ accepts }) => {
      expect(accepts.records.length).toBeGreaterThan(0)
      expect(accepts.framings.length).toBeGreaterThan(0)
      expect(accepts.compressions.length).toBeGreaterThan(0)
    },
  )
})
