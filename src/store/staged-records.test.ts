import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TENANT } from '../../test/delivery-factories.ts'
import { testDatabase } from '../../test/database.ts'
import type { TestDatabase } from '../../test/database.ts'
import {
  copyIntoStagedRecords,
  countStagedRows,
  deleteStagedRows,
  encodeStagedRow,
} from './staged-records.ts'
import type { StagedRow } from './staged-records.ts'
import { storableText } from './storable-text.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await testDatabase()
})
afterAll(() => database.drop())

/** Copies the rows and reads back these columns of them, in their order. */
function roundTrip(rows: readonly StagedRow[], columns: string): Promise<object[]> {
  return database.database.transaction(TENANT, async (tx) => {
    const copy = copyIntoStagedRecords(tx)
    await new Promise<void>((resolve, reject) => {
      copy.on('finish', resolve).on('error', reject)
      copy.end(rows.map((row, at) => encodeStagedRow(1, at, row)).join(''))
    })
    const found = await tx.query<object>(
      `select ${columns} from staged_records where scan_no = 1 order by report_no`,
    )
    expect(await countStagedRows(tx, 1)).toBe(rows.length)
    await deleteStagedRows(tx, 1)
    expect(await countStagedRows(tx, 1)).toBe(0)
    return found.rows
  })
}

/** Any text, often of what COPY, arrays and CSV take for their own. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '\\',
      'N',
      '.',
      '\n',
      '\r',
      '\t',
      '\0',
      '"',
      '{',
      '}',
      ',',
      'x',
      '0',
      ' ',
      '\b',
    ),
  }),
  fc.string({ unit: fc.constantFrom('\ud800', '\udc00', 'a', '\u{1f600}', '\u2028') }),
  fc.constantFrom('', '\\N', '\\.', 'NULL', 'null', '{}', '\\x00'),
)

describe('encodeStagedRow', () => {
  it('gives back any text, with U+FFFD for what PostgreSQL cannot hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 50 }), async (texts) => {
        const rows = texts.map((title) => ({ kind: 'finding', title }) as const)

        expect(await roundTrip(rows, 'title')).toEqual(
          texts.map((title) => ({ title: storableText(title) })),
        )
      }),
      { numRuns: 60 },
    )
  })

  it('gives back any list of texts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(text, { maxLength: 5 }), { minLength: 1, maxLength: 20 }),
        async (lists) => {
          const rows = lists.map((labels) => ({ kind: 'asset', labels }) as const)

          expect(await roundTrip(rows, 'labels')).toEqual(
            lists.map((labels) => ({ labels: labels.map(storableText) })),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('gives back bytes, instants, numbers and truth', async () => {
    const instant = fc.date({
      min: new Date('0001-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    const row = fc.record({
      fingerprint: fc.uint8Array({ maxLength: 40 }),
      first_seen_at: instant,
      severity: fc.integer({ min: -32_768, max: 32_767 }),
      covers: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 20 }), async (values) => {
        const rows = values.map((each) => ({ kind: 'finding', ...each }) as const)

        expect(await roundTrip(rows, 'fingerprint, first_seen_at, severity, covers')).toEqual(
          values.map((each) => ({ ...each, fingerprint: Buffer.from(each.fingerprint) })),
        )
      }),
      { numRuns: 40 },
    )
  })

  it('leaves out what a row does not say', async () => {
    expect(
      await roundTrip([{ kind: 'unit' }], 'kind, title, labels, covers, first_seen_at'),
    ).toEqual([{ kind: 'unit', title: null, labels: null, covers: null, first_seen_at: null }])
  })
})
