import { parentPort, workerData } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import { stageReport } from './app/stage-report.ts'
import type { StagedReport, StageRequest } from './app/stage-report.ts'
import { receiveBytes, sendBytes } from './byte-channel.ts'
import { AppError, toError } from './errors.ts'
import type { Detail, ErrorCode } from './errors.ts'
import { createRecordValidator, quarantineReason } from './formats/record-validator.ts'
import type { PublishedSchemas } from './formats/schemas.ts'
import { sources } from './sources/index.ts'
import { UnreadableReport } from './sources/source.ts'

/** What the thread is started with: a report's bytes come through one port, its rows leave through the other. */
export interface StageWorkerData {
  readonly request: StageRequest
  readonly schemas: PublishedSchemas
  readonly bytes: MessagePort
  readonly rows: MessagePort
}

export type StageWorkerResult =
  | { readonly kind: 'staged'; readonly report: StagedReport }
  | {
      readonly kind: 'unreadable'
      readonly reason: UnreadableReport['reason']
      readonly message: string
      readonly offset: number
    }
  | {
      readonly kind: 'refused'
      readonly code: ErrorCode
      readonly message: string
      readonly details: readonly Detail[]
    }
  | { readonly kind: 'bug'; readonly error: Error }

const { request, schemas, bytes, rows } = workerData as StageWorkerData

async function stage(): Promise<StageWorkerResult> {
  const validate = createRecordValidator(schemas)
  let report: StagedReport | undefined
  async function* chunks(): AsyncGenerator<Uint8Array, void> {
    report = yield* stageReport(receiveBytes(bytes), request, {
      sources,
      quarantineReason: (body, detectionType) => quarantineReason(body, detectionType, validate),
    })
  }
  try {
    await sendBytes(rows, chunks())
    return report === undefined
      ? { kind: 'bug', error: new Error('the rows were refused') }
      : { kind: 'staged', report }
  } catch (thrown) {
    if (thrown instanceof UnreadableReport) {
      return {
        kind: 'unreadable',
        reason: thrown.reason,
        message: thrown.message,
        offset: thrown.offset,
      }
    }
    if (thrown instanceof AppError) {
      return {
        kind: 'refused',
        code: thrown.code,
        message: thrown.message,
        details: thrown.details,
      }
    }
    return { kind: 'bug', error: toError(thrown) }
  }
}

const result = await stage()
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window's
parentPort?.postMessage(result)
bytes.close()
rows.close()
