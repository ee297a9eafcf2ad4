import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'

interface Row {
  readonly threat: string
  readonly tests: readonly string[]
}

/** The rows of the table of threats: threat, defence, tests. */
function rowsOf(markdown: string): readonly Row[] {
  const [, section = ''] = markdown.split('\n## Threats')
  const [, , ...rows] = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.map((line) => {
    const [threat = '', , tests = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim())
    return { threat, tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path) }
  })
}

describe('the threats of SECURITY.md', () => {
  let rows: readonly Row[]

  beforeAll(async () => {
    rows = rowsOf(await readFile('SECURITY.md', 'utf8'))
  })

  it('are all read', () => {
    expect(rows.length).toBeGreaterThanOrEqual(15)
  })

  it('have a test each, one that exists', () => {
    const isTest = (path: string) => path.endsWith('.test.ts') && existsSync(path)

    const bare = rows.filter(({ tests }) => tests.length === 0 || !tests.every(isTest))

    expect(bare).toEqual([])
  })
})
