import { MessageChannel, Worker } from 'node:worker_threads'
import type { StagedReport, StageRequest } from './app/stage-report.ts'
import { receiveBytes, sendBytes } from './byte-channel.ts'
import { AppError, toError } from './errors.ts'
import type { PublishedSchemas } from './formats/schemas.ts'
import { UnreadableReport } from './sources/source.ts'
import type { StageWorkerData, StageWorkerResult } from './stage-worker.ts'

/**
 * stageReport in a thread of its own: reading, mapping and hashing limit how fast a report is taken, so the thread that talks
 * to the database does none of it. One thread a report; it ends with it, however it ends.
 */
export function stageInThread(
  schemas: PublishedSchemas,
): (
  report: AsyncIterable<Uint8Array>,
  request: StageRequest,
) => AsyncGenerator<Uint8Array, StagedReport> {
  return async function* (report, request) {
    const bytes = new MessageChannel()
    const rows = new MessageChannel()
    const workerData: StageWorkerData = { request, schemas, bytes: bytes.port2, rows: rows.port2 }
    const worker = new Worker(new URL('stage-worker.ts', import.meta.url), {
      workerData,
      transferList: [bytes.port2, rows.port2],
    })
    const result = resultOf(worker)
    let inputError: Error | undefined
    const sending = sendBytes(bytes.port1, report).catch((thrown: unknown) => {
      inputError = toError(thrown)
      return worker.terminate()
    })
    try {
      // Ends when the thread has no more rows, and when it is gone.
      yield* receiveBytes(rows.port1)
      await sending
      if (inputError !== undefined) throw inputError
      return toStagedReport(await result)
    } finally {
      bytes.port1.close()
      rows.port1.close()
      await worker.terminate()
      await sending
    }
  }
}

function resultOf(worker: Worker): Promise<StageWorkerResult> {
  const result = new Promise<StageWorkerResult>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () =>
      reject(new Error('the thread that reads a report ended without a result')),
    )
  })
  result.catch(() => {}) // heard of where it is awaited; when the input breaks first, nobody does
  return result
}

function toStagedReport(result: StageWorkerResult): StagedReport {
  switch (result.kind) {
    case 'staged':
      return result.report
    case 'unreadable':
      throw new UnreadableReport(result.reason, result.message, { offset: result.offset })
    case 'refused':
      throw new AppError(result.code, result.message, { details: result.details })
    case 'bug':
      throw result.error
  }
}
