import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Stands for the program: says what it was given, once it listens for signals, then does as its first argument says. */
const PROGRAM = `
const [what, value]: string[] = process.argv.slice(2)
process.on('SIGTERM', () => process.exit(7))
process.on('SIGINT', () => process.exit(8))
process.stdout.write(JSON.stringify({ version: process.version, args: process.argv.slice(2) }) + '\\n')
if (what === 'exit') process.exit(Number(value))
if (what === 'die') process.kill(process.pid, 'SIGKILL')
if (what === 'wait') setInterval(() => {}, 1000)
`

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tocsin-launcher-'))
  await mkdir(join(folder, 'src'))
  await cp(resolve('bin'), join(folder, 'bin'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  await writeFile(join(folder, 'src/main.ts'), PROGRAM)
})

afterAll(() => rm(folder, { recursive: true }))

/** Installs this very Node.js as the packaged one. */
async function installPackagedNode(): Promise<void> {
  const home = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`)
  await mkdir(join(home, 'bin'), { recursive: true })
  await writeFile(join(home, 'package.json'), '{"name":"packaged-node","version":"1.0.0"}')
  await symlink(process.execPath, join(home, 'bin/node'))
}

/** The launcher, on a Node.js that says it is of this version. */
function launch(version: string, ...args: string[]): ChildProcess {
  const pretend = `Object.defineProperty(process, 'version', { value: '${version}' })`
  return spawn(
    process.execPath,
    ['--import', `data:text/javascript,${pretend}`, join(folder, 'bin/tocsin.js'), ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
}

async function ended(child: ChildProcess) {
  const end = new Promise<{ code: number | null; signal: string | null }>((done) => {
    child.on('close', (code, signal) => done({ code, signal }))
  })
  if (child.stdout === null || child.stderr === null) throw new Error('started without pipes')
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { ...(await end), out, err }
}

function firstOutput(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.stdout?.once('data', () => done())
  })
}

describe('the launcher', () => {
  it('says in one line what to do where no fit Node.js is there', async () => {
    const result = await ended(launch('v20.20.2', 'exit', '0'))

    expect(result).toMatchObject({ code: 1, out: '' })
    expect(result.err).toMatch(/^tocsin: needs Node\.js 24 .* this is v20\.20\.2 .*npm ci.*\n$/)
  })

  it.each(['v22.18.0', 'v24.3.0', 'v26.0.0'])(
    'runs the program in its own process on %s',
    async (version) => {
      const result = await ended(launch(version, 'exit', '3', '--flag'))

      expect(result).toMatchObject({ code: 3, err: '' })
      expect(JSON.parse(result.out)).toEqual({ version, args: ['exit', '3', '--flag'] })
    },
  )

  describe('on a Node.js that is too old', () => {
    beforeAll(installPackagedNode)

    it.each(['v20.20.2', 'v22.17.1', 'v23.11.0', 'v24.2.0'])(
      'runs the program on the packaged one instead of %s',
      async (version) => {
        const result = await ended(launch(version, 'exit', '3', '--flag', 'two words'))

        expect(result).toMatchObject({ code: 3, err: '' })
        expect(JSON.parse(result.out)).toEqual({
          version: process.version,
          args: ['exit', '3', '--flag', 'two words'],
        })
      },
    )

    it.each([
      ['SIGTERM', 7],
      ['SIGINT', 8],
    ] as const)('passes %s on, and ends as the program ended', async (signal, code) => {
      const child = launch('v20.20.2', 'wait')
      const end = ended(child)
      await firstOutput(child)

      child.kill(signal)

      expect(await end).toMatchObject({ code, signal: null })
    })

    it('dies of the signal that the program died of', async () => {
      const result = await ended(launch('v20.20.2', 'die'))

      expect(result).toMatchObject({ code: null, signal: 'SIGKILL' })
    })
  })
})
