import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { until } from '../../../test/until.ts'
import { openControl } from './control.ts'
import type { Control } from './control.ts'
import { listenTo, toLine } from './control-protocol.ts'
import type { SupervisorState } from './control-protocol.ts'
import { ensurePrivateFolder, findPlaces } from './places.ts'
import type { Places } from './places.ts'

const NEVER = new AbortController().signal

let places: Places

beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tocsin-control-'))
  await chmod(dataDir, 0o755)
  const runFolder = join(dataDir, 'run')
  places = {
    ...(await findPlaces(dataDir)),
    runFolder,
    controlSocket: join(runFolder, 'control.sock'),
  }
  await ensurePrivateFolder(runFolder, undefined)
})

afterEach(() => rm(places.dataDir, { recursive: true }))

async function open(): Promise<Control> {
  const control = await openControl(places)
  onTestFinished(() => control.retire({ kind: 'stopped' }))
  return control
}

/** A user, and what it has been told so far. */
function connect(): { readonly socket: Socket; readonly told: SupervisorState['kind'][] } {
  const told: SupervisorState['kind'][] = []
  const socket = listenTo(places.controlSocket, {
    onState: ({ kind }) => told.push(kind),
    onEnd: () => {},
  })
  onTestFinished(() => void socket.destroy())
  return { socket, told }
}

/** Another supervisor, as far as a candidate sees it. */
async function standIn(socketName: string, state: SupervisorState): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => {}).write(toLine(state)))
  server.listen(join(places.runFolder, socketName))
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return server
}

/** What a killed supervisor leaves: a socket that nobody listens on. */
async function leaveDeadSocket(socketName: string): Promise<void> {
  const server = await standIn('bound.sock', { kind: 'candidate' })
  await rename(join(places.runFolder, 'bound.sock'), join(places.runFolder, socketName))
  server.close()
  await once(server, 'close')
}

describe('a claim', () => {
  it('succeeds when nobody else is there, and clears away the sockets of the dead', async () => {
    await leaveDeadSocket('candidate.1.sock')
    await leaveDeadSocket('control.sock')
    const control = await open()

    const claimed = await control.claim(NEVER)

    expect(claimed).toBe(true)
    expect(await readdir(places.runFolder)).toEqual(['control.sock'])
  })

  it.each<{ who: string; socketName: string; state: SupervisorState }>([
    { who: 'one that owns it', socketName: 'control.sock', state: { kind: 'starting' } },
    { who: 'a candidate before us', socketName: 'candidate.1.sock', state: { kind: 'candidate' } },
    {
      who: 'a candidate behind us that owns it by now',
      socketName: 'candidate.4194304.sock',
      state: { kind: 'starting' },
    },
  ])('is left to $who', async ({ socketName, state }) => {
    await standIn(socketName, state)
    const control = await open()

    const claimed = await control.claim(NEVER)

    expect(claimed).toBe(false)
  })

  it('waits for a candidate behind us to withdraw', async () => {
    const behind = await standIn('candidate.4194304.sock', { kind: 'candidate' })
    const control = await open()
    let asked = 0
    behind.on('connection', () => {
      asked++
      if (asked === 2) behind.close()
    })

    const claimed = await control.claim(NEVER)

    expect(claimed).toBe(true)
    expect(asked).toBe(2)
  })
})

describe('a user', () => {
  it('is told the state and every change of it', async () => {
    const control = await open()
    await control.claim(NEVER)
    const { told } = connect()
    await until(() => told.length === 1)

    control.announce({ kind: 'failed', message: 'of the test' })
    control.retire({ kind: 'stopped' })
    await until(() => told.length === 3)

    expect(told).toEqual(['starting', 'failed', 'stopped'])
    expect(await readdir(places.runFolder)).toEqual([])
  })
})

describe('a control socket', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
  })

  it('is abandoned one second after its last user has gone', async () => {
    const control = await open()
    await control.claim(NEVER)
    const [first, last] = [connect(), connect()]
    await until(() => first.told.length + last.told.length === 2)
    expect(vi.getTimerCount()).toBe(0)

    first.socket.destroy()
    last.socket.destroy()
    await until(() => vi.getTimerCount() === 1)
    vi.advanceTimersByTime(999)
    const justBefore = control.abandoned.aborted
    vi.advanceTimersByTime(1)

    expect(justBefore).toBe(false)
    expect(control.abandoned.aborted).toBe(true)
  })

  it('is kept by a user who comes within that second', async () => {
    const control = await open()
    await control.claim(NEVER)
    const first = connect()
    await until(() => first.told.length === 1)
    first.socket.destroy()
    await until(() => vi.getTimerCount() === 1)

    vi.advanceTimersByTime(999)
    const next = connect()
    await until(() => next.told.length === 1)
    vi.advanceTimersByTime(60_000)

    expect(control.abandoned.aborted).toBe(false)
  })

  it('is abandoned when no user ever comes', async () => {
    const control = await open()
    await control.claim(NEVER)

    vi.advanceTimersByTime(10_000)
    await control.heard(control.abandoned)

    expect(control.abandoned.aborted).toBe(true)
  })
})
