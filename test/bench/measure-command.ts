import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Measured {
  readonly ms: number
  /** The highest resident set of the process, threads included; 0 where /proc does not tell. */
  readonly nodeMiB: number
  /** The most memory of its own, beside what all share, that a process of PostgreSQL had; likewise. */
  readonly backendMiB: number
}

/** How often the process is asked for its peak: the kernel keeps it, so the last answer before the end counts. */
const ASK_MS = 50

/** Runs one command against a data directory, to its end. */
export async function measureCommand(dataDir: string, args: readonly string[]): Promise<Measured> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, ['src/main.ts', ...args, '--quiet'], {
    env: { PATH: process.env['PATH'], TOCSIN_DATA_DIR: dataDir },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const closed = once(child, 'close')
  let nodeMiB = 0
  let backendMiB = 0
  const watching = (async () => {
    while (child.exitCode === null && child.signalCode === null) {
      nodeMiB = Math.max(nodeMiB, await memoryMiB(child.pid ?? 0, 'VmHWM'))
      backendMiB = Math.max(backendMiB, await largestBackendMiB(dataDir))
      await sleep(ASK_MS)
    }
  })()
  const [code] = (await closed) as [number | null]
  const ms = performance.now() - startedAt
  await watching
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`)
  return { ms, nodeMiB, backendMiB }
}

async function largestBackendMiB(dataDir: string): Promise<number> {
  const pidFile = await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').catch(
    () => '',
  )
  const postmaster = pidFile.split('\n', 1)[0]
  let largest = 0
  for (const pid of await readdir('/proc').catch((): string[] => [])) {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    if (new RegExp(`^PPid:\\s+${postmaster}$`, 'm').test(status)) {
      largest = Math.max(largest, await memoryMiB(Number(pid), 'RssAnon'))
    }
  }
  return largest
}

async function memoryMiB(pid: number, name: 'VmHWM' | 'RssAnon'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return kib === undefined ? 0 : Math.round(Number(kib) / 1024)
}
