import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What an ingest goes through, in order. */
export const stages = ['ingest', 'complete', 'drain'] as const
export type Stage = (typeof stages)[number]

/** The log line with which a stage begins. */
const BEGINNINGS: Readonly<Record<string, Stage>> = {
  'scan opened': 'ingest',
  'report ingested': 'complete',
  'scan applied': 'drain',
}

export interface Place {
  readonly tenantId: string
  readonly dataDir: string
}

export interface Run {
  readonly code: number | null
  readonly stderr: string
  /** Milliseconds from the beginning of a stage to that of the next, or to the end. */
  readonly durations: Record<Stage, number>
}

/** Runs a command to its end; without arguments an ingest of the report. */
export async function runCommand(
  place: Place & { readonly report?: string },
  args?: readonly string[],
): Promise<Run> {
  return follow(place, args ?? ['ingest', place.report ?? ''], () => {})
}

/** Runs an ingest and kills it so long after a stage began; answers the stage in which it died, undefined if it had ended. */
export async function runUntilKilled(
  place: Place & { readonly report: string },
  aim: Stage,
  delayMs: number,
): Promise<Stage | undefined> {
  let current: Stage | undefined
  let timer: NodeJS.Timeout | undefined
  const { code } = await follow(place, ['ingest', place.report], (stage, kill) => {
    current = stage
    if (stage === aim) timer = setTimeout(kill, delayMs)
  })
  clearTimeout(timer)
  return code === null ? current : undefined
}

async function follow(
  place: Place,
  args: readonly string[],
  onStage: (stage: Stage, kill: () => void) => void,
): Promise<Run> {
  const child = spawn(process.execPath, ['src/main.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      TOCSIN_DATA_DIR: place.dataDir,
      TOCSIN_TENANT: place.tenantId,
      TOCSIN_LOG_LEVEL: 'info',
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const begunAt: Partial<Record<Stage, number>> = {}
  let stderr = ''
  let line = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    const lines = (line + text).split('\n')
    line = lines.pop() ?? ''
    for (const message of lines.map(messageOf)) {
      const stage = message === undefined ? undefined : BEGINNINGS[message]
      if (stage === undefined) continue
      begunAt[stage] = performance.now()
      onStage(stage, () => child.kill('SIGKILL'))
    }
  })
  const [code] = (await once(child, 'close')) as [number | null]
  const endedAt = performance.now()
  const between = (from: Stage, to?: Stage): number =>
    ((to === undefined ? undefined : begunAt[to]) ?? endedAt) - (begunAt[from] ?? endedAt)
  return {
    code,
    stderr,
    durations: {
      ingest: between('ingest', 'complete'),
      complete: between('complete', 'drain'),
      drain: between('drain'),
    },
  }
}

function messageOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  return (JSON.parse(line) as { msg?: string }).msg
}
