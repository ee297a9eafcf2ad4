import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../domain/observation.ts'
import { createAjv } from './record-validator.ts'
import { loadSchemas, schemaFiles } from './schemas.ts'
import type { SchemaName } from './schemas.ts'

const folder = join(import.meta.dirname, '../../docs/formats')
const schemas = await loadSchemas(folder)
const names = Object.keys(schemaFiles) as SchemaName[]

describe('the published schemas', () => {
  it('are all in the folder, and no others', async () => {
    const published = (await readdir(folder)).filter((file) => file.endsWith('.json'))

    expect(published.toSorted()).toEqual(Object.values<string>(schemaFiles).toSorted())
  })

  it.each(names)('%s compiles strictly and is named as its file', (name) => {
    const compile = () => createAjv(schemas).compile(schemas[name])

    expect(compile).not.toThrow()
    expect(schemas[name]['$id']).toBe(schemaFiles[name])
  })

  it('describe the fields of the strict record as those of the record', () => {
    const strict = schemas['siem-strict']['properties'] as JsonObject
    const all = schemas.record['properties'] as JsonObject

    const shared = Object.entries(all).filter(([name]) => name in strict)

    expect(Object.entries(strict)).toEqual(shared)
    expect(schemas['siem-strict']['required']).toEqual(schemas.record['required'])
  })

  it('leave the strict record just the fields of the original', () => {
    const strict = Object.keys(schemas['siem-strict']['properties'] as JsonObject)

    expect(strict.toSorted()).toEqual(
      Object.keys(schemas.original['properties'] as JsonObject).toSorted(),
    )
  })

  it('take the examples of their page', async () => {
    const page = await readFile(join(folder, 'README.md'), 'utf8')
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(
      ([, json = '']) => JSON.parse(json) as object,
    )

    const problems = (['record', 'siem-strict', 'manifest'] as const).map((name, place) => {
      const validate = createAjv(schemas).compile(schemas[name])
      validate(examples[place])
      return validate.errors
    })

    expect(problems).toEqual([null, null, null])
    expect(examples).toHaveLength(3)
  })
})

describe('a withdrawn record', () => {
  const validate = createAjv(schemas).compile(schemas.withdrawn)
  const withdrawn = {
    detection_timestamp: '2026-03-04T05:00:00.000Z',
    alert_id: 'fnd_mfrggzdfmztwq2lknnwg23tpob',
    event_action: 'withdrawn',
    tenant_id: 'id-default',
  }

  it('says which, when and that it is withdrawn', () => {
    expect(validate(withdrawn)).toBe(true)
  })

  it('says nothing else', () => {
    expect(validate({ ...withdrawn, description: 'why' })).toBe(false)
  })
})
