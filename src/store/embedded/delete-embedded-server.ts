import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { findPlaces } from './places.ts'

/** A supervisor that has lost its last user goes within this time: its grace of a second, and a fast stop. */
const GOES_WITHIN_MS = 6_000
/** Longer than the grace, which begins anew with each look, as a look is a user for a moment. */
const POLL_MS = 1_500

/**
 * Removes a data directory with its embedded database, wherever that lies. Answers false, and removes nothing, while
 * somebody uses it.
 */
export async function deleteEmbeddedServer(dataDir: string): Promise<boolean> {
  const places = await findPlaces(dataDir)
  for (let waitedMs = 0; await isListening(places.controlSocket); waitedMs += POLL_MS) {
    if (waitedMs >= GOES_WITHIN_MS) return false
    await sleep(POLL_MS)
  }
  await rm(places.base, { recursive: true, force: true })
  await rm(places.runFolder, { recursive: true, force: true })
  await rm(places.dataDir, { recursive: true, force: true })
  return true
}

/** Looks without becoming a user for longer than the look. */
async function isListening(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
