import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '../../domain/observation.ts'
import { assetRecord, attackPath, finding, scan, withValue } from './fixtures/whole-records.ts'
import { toResult } from './mapper.ts'
import { compileValidators } from './validators.ts'

const validators = compileValidators()

function isTaken(value: JsonObject): boolean {
  if (value['type'] === 'scan') return validators.scan.Check(value)
  const beside = { provider: 'AWS', accountId: '111111111111', region: undefined } as const
  return toResult({ value, pointer: '', offset: 0 }, beside, validators).kind !== 'rejected'
}

const published = publishedSchema()

function publishedSchema() {
  const load = (name: string) =>
    JSON.parse(
      readFileSync(
        new URL(`../../../docs/formats/${name}.v1.schema.json`, import.meta.url),
        'utf8',
      ),
    ) as object
  const ajv = new Ajv({ strict: false })
  addFormats.default(ajv)
  ajv.addSchema(load('workload'))
  ajv.addSchema(load('risk-definitions'))
  return ajv.compile(load('native-record'))
}

describe('the published schema', () => {
  const whole: readonly JsonObject[] = [scan, finding, attackPath, assetRecord]
  const wrong: readonly JsonValue[] = [
    '?',
    '',
    -1,
    101,
    1.5,
    true,
    null,
    {},
    [],
    ['?'],
    [7],
    [[]],
    [{}],
  ]
  const changed = whole.flatMap((record) =>
    pointersIn(record).flatMap((pointer) =>
      [undefined, ...wrong].map((value) => ({
        pointer,
        record: withValue(record, pointer, value),
      })),
    ),
  )

  it('takes the records that are tried here', () => {
    for (const record of whole) {
      expect(published(record)).toBe(true)
      expect(isTaken(record)).toBe(true)
    }
  })

  it('refuses no record that is taken here', () => {
    const taken = changed.filter(({ record }) => isTaken(record))

    expect(taken.length).toBeGreaterThan(50)
    expect(taken.filter(({ record }) => !published(record))).toEqual([])
  })

  it('takes no record that is rejected here, but one of whose failure nobody knows a title', () => {
    const refused = changed.filter(({ record }) => !isTaken(record))

    expect(refused.length).toBeGreaterThan(500)
    expect(
      refused.filter(({ pointer, record }) => published(record) && pointer !== '/title'),
    ).toEqual([])
  })
})

/** Pointers to everything within. */
function pointersIn(value: JsonValue, pointer = ''): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    pointer === '' && key === 'type'
      ? []
      : [`${pointer}/${key}`, ...pointersIn(inner, `${pointer}/${key}`)],
  )
}
