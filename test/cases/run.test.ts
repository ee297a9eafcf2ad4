import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'

function runCases(...args: string[]) {
  const run = join(import.meta.dirname, 'run.ts')
  return spawnSync(process.execPath, [run, '--engine', 'pure', ...args], { encoding: 'utf8' })
}

describe('npm run test:cases', () => {
  it.each([
    ['a folder', 'cases', ''],
    ['a file of histories', 'none.ndjson.gz', 'none.ndjson.gz'],
  ])('does not pass for %s without a case', (_, name, path) => {
    const folder = mkdtempSync(join(tmpdir(), 'tocsin-cases-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, name), gzipSync(''))

    const { status, stdout, stderr } = runCases(join(folder, path))

    expect(status).toBe(2)
    expect(stderr).toContain(`there is no case in ${folder}`)
    expect(stdout).toBe('')
  })
})
