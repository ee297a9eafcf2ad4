import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** What a path in a document may begin with; `src/destinations/NAME` and other patterns are not paths. */
const OWN_FOLDERS = /^(?:src|test|scripts|docs|migrations|bin|\.ci)\//

async function documents(): Promise<readonly string[]> {
  const top = (await readdir('.')).filter((name) => name.endsWith('.md'))
  const docs = (await readdir('docs', { recursive: true })).filter((name) => name.endsWith('.md'))
  return [...top, ...docs.map((name) => join('docs', name))]
}

/** Paths in backticks and targets of links, relative to the top of the repository. */
function pathsIn(file: string, text: string): readonly string[] {
  const quoted = [...text.matchAll(/`([\w./-]+)`/g)].map(([, path = '']) => path)
  const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, path = '']) =>
    join(dirname(file), path),
  )
  return [...quoted.filter((path) => OWN_FOLDERS.test(path) && !/[A-Z]{2}/.test(path)), ...linked]
}

describe('the documents', () => {
  it('name files that exist', async () => {
    const files = await documents()
    const texts = await Promise.all(
      files.map(async (file) => ({ file, text: await readFile(file, 'utf8') })),
    )

    const lost = texts.flatMap(({ file, text }) =>
      pathsIn(file, text)
        .filter((path) => !existsSync(path))
        .map((path) => `${file}: ${path}`),
    )

    expect(files).toContain('CONTRIBUTING.md')
    expect(lost).toEqual([])
  })

  it('name scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as {
      scripts: Record<string, string>
    }
    const texts = await Promise.all((await documents()).map((file) => readFile(file, 'utf8')))

    const named = texts.flatMap((text) =>
      [...text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name),
    )

    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !(name in scripts))).toEqual([])
  })

  it('keep each decision to one page', async () => {
    const names = await readdir('docs/adr')
    const texts = await Promise.all(names.map((name) => readFile(join('docs/adr', name), 'utf8')))

    expect(names.every((name) => /^\d{4}-[a-z0-9-]+\.md$/.test(name))).toBe(true)
    for (const text of texts) {
      expect(text.split('\n').length).toBeLessThan(70)
      for (const heading of ['Context', 'Decision', 'Consequences', 'What would change it']) {
        expect(text).toContain(`\n## ${heading}\n`)
      }
    }
  })
})
