import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSpool } from './spool.ts'

const owner = { hostname: 'larkspur', pid: process.pid }
let parent: string

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'tocsin-spool-'))
})

afterEach(() => rm(parent, { recursive: true, force: true }))

/** The id of a process that has just ended. */
async function endedPid(): Promise<number> {
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'exit')
  if (child.pid === undefined) throw new Error('it did not start')
  return child.pid
}

describe('openSpool', () => {
  it('makes a folder of its own each time, that nobody else can read', async () => {
    const inside = join(parent, 'data', 'spool')

    const first = await openSpool(inside, owner)
    const second = await openSpool(inside, owner)

    expect((await readdir(inside)).toSorted()).toEqual(
      [basename(first), basename(second)].toSorted(),
    )
    expect((await stat(first)).mode & 0o777).toBe(0o700)
  })

  it('removes what a process of this machine left that runs no more', async () => {
    const left = `tocsin-larkspur-${await endedPid()}-abcDEF`
    await mkdir(join(parent, left))
    await writeFile(join(parent, left, 'part'), 'x')

    const own = await openSpool(parent, owner)

    expect(await readdir(parent)).toEqual([basename(own)])
  })

  it('leaves everything else alone', async () => {
    const ended = await endedPid()
    const others = [
      'mail',
      'cron',
      String(ended),
      `tocsin-larkspur-${process.pid}-abcdef`,
      `tocsin-other-${ended}-abcdef`,
      `tocsin-larkspur-1-${ended}-abcdef`,
      `tocsin-larkspur-${ended}-abcdefg`,
      `tocsin-larkspur-${ended}`,
      `tocsin-larkspur-0${ended}-abcdef`,
    ]
    for (const name of others) await mkdir(join(parent, name))
    const file = `tocsin-larkspur-${ended}-abcdef`
    await writeFile(join(parent, file), 'not a folder')

    const own = await openSpool(parent, owner)

    expect((await readdir(parent)).toSorted()).toEqual([...others, file, basename(own)].toSorted())
  })

  it('keeps within its parent whatever the machine is called', async () => {
    const own = await openSpool(parent, { hostname: '../up', pid: process.pid })

    expect(await readdir(parent)).toEqual([basename(own)])
  })
})
