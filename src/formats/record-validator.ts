import { Ajv } from 'ajv'
import type { ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import type { RecordFormat } from '../domain/export-part.ts'
import type { DetectionType } from '../domain/finding.ts'
import { longestSiemHead, siemLine } from '../domain/siem-record.ts'
import type { RenderedBody } from '../domain/siem-record.ts'
import type { PublishedSchemas } from './schemas.ts'

/**
 * What is wrong with a record of the format, or nothing: the first problem, by JSON pointer, without the value. A `siem`
 * record is checked in its strict form as well.
 */
export type RecordValidator = (record: string | object, format?: RecordFormat) => string | undefined

/**
 * Compiles the published schemas, once. What is strict is checked against the original's schema too, which Panoptica's
 * parsers were written for.
 */
export function createRecordValidator(schemas: PublishedSchemas): RecordValidator {
  const ajv = createAjv(schemas)
  const siem = ajv.compile(schemas.record)
  const strict = ajv.compile(schemas['siem-strict'])
  const original = ajv.compile(schemas.original)
  const strictNames = Object.keys(schemas['siem-strict']['properties'] ?? {})

  return (given, format = 'siem') => {
    const record = typeof given === 'string' ? parse(given) : given
    if (format === 'siem' && !siem(record)) return toText(siem.errors)
    const strictRecord = format === 'siem' ? pick(record, strictNames) : record
    const failed = [strict, original].find((validate) => !validate(strictRecord))
    return failed === undefined ? undefined : toText(failed.errors)
  }
}

/**
 * Why what was rendered cannot be exported, or nothing: a record of it, with the longest head that there is, is checked in
 * every format.
 */
export function quarantineReason(
  rendered: RenderedBody,
  detectionType: DetectionType,
  validate: RecordValidator,
): string | undefined {
  if (rendered.quarantined !== undefined) return rendered.quarantined
  const head = { ...longestSiemHead, detectionType }
  return validate(siemLine(head, rendered.parts, rendered.labelsJson, 'siem'))
}

/** A validator that knows the published schemas by their names and refuses one with a keyword that it does not know. */
export function createAjv(schemas: PublishedSchemas): Ajv {
  // `then` asks for a member that is described outside of it: that is how the original is written.
  const ajv = new Ajv({ strict: true, strictRequired: false })
  addFormats.default(ajv, ['date-time', 'uri'])
  return ajv.addSchema(Object.values(schemas))
}

function parse(text: string): object {
  return JSON.parse(text) as object
}

function pick(record: object, names: readonly string[]): object {
  const members = Object.entries(record) as [string, unknown][]
  return Object.fromEntries(members.filter(([name]) => names.includes(name)))
}

function toText(errors: ValidateFunction['errors']): string {
  const error = errors?.[0]
  if (error === undefined) throw new Error('a failed validation names its error')
  const name =
    error.keyword === 'additionalProperties'
      ? `: ${String(error.params['additionalProperty'])}`
      : ''
  return `${error.instancePath || '/'} ${error.message ?? error.keyword}${name}`
}
