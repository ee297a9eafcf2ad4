import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { errorCodeOf } from '../../errors.ts'
import { listenTo, toLine } from './control-protocol.ts'
import type { SupervisorState } from './control-protocol.ts'
import type { Places } from './places.ts'

/**
 * A supervisor's control socket. Every command keeps one connection to it for as long as it uses the database. The
 * kernel closes that however the command ends, so the open connections are the users.
 */
export interface Control {
  /**
   * Becomes the one supervisor of this run folder, or answers false because another is. A candidate shows its socket
   * before it looks for others, so of any two the later sees the earlier. While both are candidates, the lower
   * process id goes on and the other withdraws.
   */
  claim(stop: AbortSignal): Promise<boolean>
  announce(state: SupervisorState): void
  /** Aborted when no user has come within `FIRST_USER_MS`, or when none has been left for `GRACE_MS`. */
  readonly abandoned: AbortSignal
  /** Resolves when there is a user to speak to, or when `stop` is aborted. */
  heard(stop: AbortSignal): Promise<void>
  /** Takes no more users, says a last word to those there are and lets them go. May be called twice. */
  retire(lastWord: SupervisorState): void
}

/** Commands follow one another in scripts: the next within a second finds the server up. */
const GRACE_MS = 1000

/** For the command that started us to connect, on a machine under load. */
const FIRST_USER_MS = 10_000

/** Between two looks at candidates that are about to withdraw, which takes them milliseconds. */
const POLL_MS = 20

/** A supervisor that has not said its state within this time is busy, but there. */
const ANSWER_MS = 2000

const CANDIDATE = /^candidate\.(\d+)\.sock$/

/** Listens in the run folder, as a candidate. */
export async function openControl(places: Places): Promise<Control> {
  const ownName = `candidate.${process.pid}.sock`
  const users = new Set<Socket>()
  const abandoned = new AbortController()
  let state: SupervisorState = { kind: 'candidate' }
  let socketPath = join(places.runFolder, ownName)
  let retired = false
  let countdown = abandonAfter(FIRST_USER_MS)

  function abandonAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => abandoned.abort(), ms)
  }

  function announce(next: SupervisorState): void {
    state = next
    for (const user of users) user.write(toLine(state))
  }

  const server = createServer((user) => {
    clearTimeout(countdown)
    users.add(user)
    user.on('error', () => {}) // close follows
    user.on('close', () => {
      users.delete(user)
      if (users.size === 0 && !retired) countdown = abandonAfter(GRACE_MS)
    })
    user.resume()
    user.write(toLine(state))
  })
  await listen(server, socketPath)

  return {
    abandoned: abandoned.signal,
    announce,
    async claim(stop) {
      for (;;) {
        const others = await lookForOthers(places, ownName)
        if (others === 'ahead') return false
        if (others === 'none') break
        await sleep(POLL_MS, undefined, { signal: stop })
      }
      await rename(socketPath, places.controlSocket)
      socketPath = places.controlSocket
      announce({ kind: 'starting' })
      return true
    },
    async heard(stop) {
      if (users.size > 0 || stop.aborted) return
      await Promise.race([once(server, 'connection'), once(stop, 'abort')])
    },
    retire(lastWord) {
      if (retired) return
      retired = true
      clearTimeout(countdown)
      rmSync(socketPath, { force: true })
      server.close()
      for (const user of users) user.end(toLine(lastWord), () => user.destroy())
    },
  }
}

/** Shows the socket under its name only when it answers: one that is bound but does not listen looks dead. */
async function listen(server: Server, socketPath: string): Promise<void> {
  const hidden = `${socketPath}.new`
  await rm(hidden, { force: true })
  server.listen(hidden)
  await once(server, 'listening')
  await rename(hidden, socketPath)
}

/** Whether another supervisor is ahead of us, only such as withdraw are there, or none. Removes sockets of dead ones. */
async function lookForOthers(
  places: Places,
  ownName: string,
): Promise<'ahead' | 'behind' | 'none'> {
  let found: 'behind' | 'none' = 'none'
  for (const name of await readdir(places.runFolder)) {
    const pid = Number(CANDIDATE.exec(name)?.[1])
    if (Number.isNaN(pid) || name === ownName) continue
    const socketPath = join(places.runFolder, name)
    const state = await askState(socketPath)
    if (state === 'dead') await rm(socketPath, { force: true })
    else if (state === 'candidate' && pid > process.pid) found = 'behind'
    else return 'ahead'
  }
  // After the candidates: one that claims meanwhile moves from there to here.
  return (await askState(places.controlSocket)) === 'dead' ? found : 'ahead'
}

function askState(socketPath: string): Promise<SupervisorState['kind'] | 'dead' | 'busy'> {
  return new Promise((resolve) => {
    const socket = listenTo(socketPath, {
      onState: (state) => answer(state.kind),
      onEnd: (error) => answer(isDead(error) ? 'dead' : 'busy'),
    })
    const impatience = setTimeout(() => answer('busy'), ANSWER_MS)
    function answer(value: SupervisorState['kind'] | 'dead' | 'busy'): void {
      clearTimeout(impatience)
      socket.destroy()
      resolve(value)
    }
  })
}

function isDead(error: Error | undefined): boolean {
  return ['ECONNREFUSED', 'ENOENT'].includes(errorCodeOf(error) ?? '')
}
