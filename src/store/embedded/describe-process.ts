import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

export interface ProcessDescription {
  readonly parent: number
  /** Program and arguments with a space between; empty for one that has ended and only waits for its parent. */
  readonly command: string
}

/** What a process is; undefined when there is none of this id, or it cannot be seen. */
export async function describeProcess(pid: number): Promise<ProcessDescription | undefined> {
  try {
    return process.platform === 'linux' ? await fromProc(pid) : await fromPs(pid)
  } catch {
    return undefined
  }
}

async function fromProc(pid: number): Promise<ProcessDescription> {
  const [stat, command] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'utf8'),
    readFile(`/proc/${pid}/cmdline`, 'utf8'),
  ])
  // "pid (name) state parent …", where the name may hold spaces and parentheses.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(parent), command: command.replaceAll('\0', ' ').trim() }
}

async function fromPs(pid: number): Promise<ProcessDescription> {
  const args = ['-ww', '-o', 'ppid=,command=', '-p', String(pid)]
  const { stdout } = await promisify(execFile)('/bin/ps', args)
  const [, parent, command] = /^\s*(\d+)\s+(.*)/.exec(stdout) ?? []
  return { parent: Number(parent), command: command === '(postgres)' ? '' : (command ?? '').trim() }
}
