import { beforeAll, describe, expect, it } from 'vitest'
import { findingRecord, nativeReport, scanRecord } from '../test/native-factories.ts'
import { stageReport } from './app/stage-report.ts'
import type { StagedReport, StageRequest } from './app/stage-report.ts'
import { createRecordValidator, quarantineReason } from './formats/record-validator.ts'
import { loadSchemas } from './formats/schemas.ts'
import type { PublishedSchemas } from './formats/schemas.ts'
import { native } from './sources/native/index.ts'
import { UnreadableReport } from './sources/source.ts'
import { stageInThread } from './stage-in-thread.ts'

let schemas: PublishedSchemas
beforeAll(async () => {
  schemas = await loadSchemas('docs/formats')
})

const request: StageRequest = {
  tenantId: 'id-default',
  scanNo: 1,
  reportNo: 2,
  context: {},
  format: 'native',
}

function* manyRecords(count: number): Generator<object> {
  yield scanRecord({ completed_at: '2025-03-01T09:00:00.000Z' })
  for (let at = 0; at < count; at += 1) yield findingRecord(`bucket-${at}`)
  yield findingRecord('odd', { description: 'nul \u0000, lone \ud800, line end \u2028' })
  yield { type: 'finding', check: 'rejected' }
}

/** The rows as one text, and what the report came to. */
async function drain(
  rows: AsyncGenerator<Uint8Array, StagedReport>,
): Promise<{ rows: string; report: StagedReport }> {
  const chunks: Uint8Array[] = []
  for (;;) {
    const next = await rows.next()
    if (next.done === true) return { rows: Buffer.concat(chunks).toString(), report: next.value }
    chunks.push(next.value)
  }
}

const inThread = (report: AsyncIterable<Uint8Array>, overrides: Partial<StageRequest> = {}) =>
  stageInThread(schemas)(report, { ...request, ...overrides })

/** Threads and ports that keep this process alive. */
function handles(): number {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name === 'Worker' || name === 'MessagePort').length
}

describe('stageInThread', () => {
  it('makes the rows that are made without a thread', async () => {
    const validate = createRecordValidator(schemas)
    const expected = await drain(
      stageReport(nativeReport(manyRecords(2000)), request, {
        sources: [native],
        quarantineReason: (body, type) => quarantineReason(body, type, validate),
      }),
    )

    const made = await drain(inThread(nativeReport(manyRecords(2000))))

    expect(made.rows).toBe(expected.rows)
    expect(made.report).toEqual({
      ...expected.report,
      contentSha256: new Uint8Array(expected.report.contentSha256),
    })
    expect(made.report).toMatchObject({ records: 2001, rejected: 1 })
  })

  it('leaves nothing running', async () => {
    const before = handles()

    await drain(inThread(nativeReport(manyRecords(1))))

    expect(handles()).toBe(before)
  })

  it('throws what broke the input, as it is', async () => {
    const broken = new Error('the disk is gone')
    async function* input(): AsyncGenerator<Uint8Array> {
      yield* nativeReport([scanRecord(), findingRecord('a')])
      throw broken
    }

    await expect(drain(inThread(input()))).rejects.toBe(broken)
  })

  it('throws an unreadable report as one, with its place', async () => {
    const text = `${JSON.stringify(scanRecord())}\n{"type":"fin`
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(text)
    }

    const staged = drain(inThread(cut()))

    await expect(staged).rejects.toBeInstanceOf(UnreadableReport)
    await expect(staged).rejects.toMatchObject({ reason: 'truncated', offset: text.length })
  })

  it('throws what the caller can mend, with its code', async () => {
    await expect(
      drain(inThread(nativeReport(manyRecords(1)), { format: 'unheard-of' })),
    ).rejects.toMatchObject({ name: 'AppError', code: 'unknown_format' })
  })

  it('refuses a report at once although the rest of its input never comes', async () => {
    async function* stuck(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x'.repeat(100_000))
      await new Promise(() => {})
    }

    await expect(drain(inThread(stuck(), { format: 'unheard-of' }))).rejects.toMatchObject({
      code: 'unknown_format',
    })
  }, 10_000)

  it('closes the input and ends its thread when the rows are not wanted any more', async () => {
    const before = handles()
    const state = { closed: false }
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        yield* nativeReport([scanRecord()])
        for (let at = 0; ; at += 1) yield* nativeReport([findingRecord(`bucket-${at}`)])
      } finally {
        state.closed = true
      }
    }
    const rows = inThread(endless())
    await rows.next()

    await rows.return(undefined as never)

    expect(state.closed).toBe(true)
    expect(handles()).toBe(before)
  })

  it('throws a mistake of ours in the thread, with its message', async () => {
    const context = null as unknown as StageRequest['context']

    await expect(drain(inThread(nativeReport(manyRecords(1)), { context }))).rejects.toThrow(
      TypeError,
    )
  })
})
