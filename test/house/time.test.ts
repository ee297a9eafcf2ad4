import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The machine's clock is read here, and handed on as an argument. */
const CLOCKS = new Set(['src/clock.ts', 'src/main.ts'])
/** It waits for processes of the machine, and so by the machine's time. */
const SUPERVISOR = 'src/store/embedded/'
/** It asks the server's clock to compare it with ours, and nothing is written by it. */
const COMPARES_CLOCKS = 'src/store/server-facts.ts'
const READS_CLOCK = /\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime/
const SQL_CLOCK =
  /(?<![.\w])(?:now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\(\s*\)|\bcurrent_(?:timestamp|date|time)\b|\blocaltimestamp\b/i

async function filesUnder(folder: string, ending: string): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true })
  const wanted = files.filter((file) => file.endsWith(ending) && !file.endsWith('.test.ts'))
  return wanted.map((file) => join(folder, file))
}

/** The lines that match, without those that are comments. */
async function linesThatMatch(files: readonly string[], pattern: RegExp): Promise<string[]> {
  const found = await Promise.all(
    files.map(async (file) =>
      (await readFile(file, 'utf8'))
        .split('\n')
        .filter((line) => pattern.test(line) && !/^\s*(?:\/\/|\/?\*|--)/.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    ),
  )
  return found.flat()
}

describe('time', () => {
  it('is an argument everywhere but where the clock is made', async () => {
    const files = await filesUnder('src', '.ts')

    const asked = await linesThatMatch(
      files.filter((file) => !CLOCKS.has(file) && !file.startsWith(SUPERVISOR)),
      READS_CLOCK,
    )

    expect(files.length).toBeGreaterThan(30)
    expect(asked).toEqual([])
  })

  it('is a parameter of every statement', async () => {
    const files = [
      ...(await filesUnder('src/store', '.ts')),
      ...(await filesUnder('src/store', '.sql')),
      ...(await filesUnder('migrations', '.sql')),
    ]

    const asked = await linesThatMatch(
      files.filter((file) => file !== COMPARES_CLOCKS),
      SQL_CLOCK,
    )

    expect(files.length).toBeGreaterThan(5)
    expect(asked).toEqual([])
  })

  it.each([
    ['where seen_at < now()', true],
    ['set at = CURRENT_TIMESTAMP', true],
    ['where seen_at < $1', false],
    ['const at = clock.now()', false],
    ['unknown()', false],
  ])('is asked by the statement %j: %s', (statement, asks) => {
    expect(SQL_CLOCK.test(statement)).toBe(asks)
  })
})
