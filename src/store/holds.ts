import pg from 'pg'
import type { ClientConfig } from 'pg'

/** Something that this process holds until it lets go, or dies. */
export interface Hold {
  /** Never throws: a connection that broke has let go already. */
  release(): Promise<void>
}

/**
 * Names that at most one process holds at a time. They are advisory locks of one session of their own, so that the
 * server lets go of them at once, however the process dies; that is how others know that it has. Should that
 * connection break while the process lives, they are let go too early: what they guard must bear that.
 */
export interface Holds {
  /** Undefined while anybody holds the name, this process too. */
  tryHold(name: string): Promise<Hold | undefined>
  close(): Promise<void>
}

export function openHolds(config: ClientConfig): Holds {
  const held = new Set<string>()
  let session: Promise<pg.Client> | undefined

  const connect = (): Promise<pg.Client> => {
    const client = new pg.Client(config)
    let own: Promise<pg.Client> | undefined
    client.on('error', () => {
      if (session === own) session = undefined
    })
    const connecting = client.connect().then(() => client)
    own = connecting
    session = connecting
    return connecting
  }
  let last: Promise<unknown> = Promise.resolve()
  /** One after the other: a connection takes one query at a time. */
  const query = (text: string, name: string): Promise<boolean> => {
    const next = last.then(() => ask(text, name))
    last = next.catch(() => {})
    return next
  }
  const ask = async (text: string, name: string): Promise<boolean> => {
    const client = await (session ?? connect()).catch((thrown: unknown) => {
      session = undefined
      throw thrown
    })
    const { rows } = await client.query<{ done: boolean }>(text, [name])
    return rows[0]?.done === true
  }

  return {
    async tryHold(name) {
      // A session may take its own lock twice; here, once is enough.
      if (held.has(name)) return undefined
      held.add(name)
      try {
        if (await query('select pg_try_advisory_lock(hashtextextended($1, 0)) as done', name)) {
          return {
            async release() {
              held.delete(name)
              await query('select pg_advisory_unlock(hashtextextended($1, 0)) as done', name).catch(
                () => {},
              )
            },
          }
        }
      } catch (thrown) {
        held.delete(name)
        throw thrown
      }
      held.delete(name)
      return undefined
    },
    async close() {
      const client = await session?.catch(() => undefined)
      await client?.end()
    },
  }
}
