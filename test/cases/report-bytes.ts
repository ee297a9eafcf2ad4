import { createHash } from 'node:crypto'
import type { CaseReport } from './case.ts'
import type { GivenReport } from './engine.ts'

/** The report as it is uploaded: NDJSON, each line as `JSON.stringify` writes it, a raw line as it stands. */
export function givenReport(report: CaseReport): GivenReport {
  const lines = report.records.map((record) =>
    typeof record['raw'] === 'string' ? record['raw'] : JSON.stringify(record),
  )
  const whole = bytesOf(lines.map((line) => `${line}\n`).join(''))
  const name = `${createHash('sha256').update(whole).digest('hex').slice(0, 12)}.jsonl`
  return { name, bytes: report.cut === true ? cut(lines) : whole, context: report.context ?? {} }
}

/** The lines up to the middle of the last one, which has no newline. */
function cut(lines: readonly string[]): Uint8Array {
  const last = lines.at(-1) ?? ''
  const before = lines.slice(0, -1).map((line) => `${line}\n`)
  return bytesOf(before.join('') + last.slice(0, Math.floor(last.length / 2)))
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
