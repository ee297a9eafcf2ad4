import { findPlaces } from './places.ts'
import { supervise } from './supervise.ts'

/**
 * The process that owns the embedded PostgreSQL: started by the first command that needs the database, in a session
 * of its own, ended when the last has gone. Its one argument is the data directory; its output is the log file.
 */
const dataDir = process.argv[2]
if (dataDir === undefined) throw new Error('The data directory is missing')

const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  process.on(signal, () => stop.abort())

await supervise(await findPlaces(dataDir), {
  stop: stop.signal,
  log: (line) =>
    process.stdout.write(`${new Date().toISOString()} supervisor ${process.pid}: ${line}\n`),
})
