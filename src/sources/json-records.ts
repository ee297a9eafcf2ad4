import type { JsonObject, JsonValue } from '../domain/observation.ts'
import type { JsonEntry } from './record-under-way.ts'
import { splitJson, splitJsonHead } from './split-json.ts'

/** A record of a JSON report, or why it could not be read. */
export type JsonRecord = {
  /** Its place in the report, from 0; broken ones count too. */
  readonly number: number
  /** JSON pointer to it: an array's element or, in NDJSON, its number. */
  readonly pointer: string
  /** Of its first byte in the report. */
  readonly offset: number
} & (
  | { readonly kind: 'record'; readonly value: JsonObject }
  | { readonly kind: 'broken'; readonly reason: string }
)

/**
 * Reads the records of a JSON report one by one (`splitJson` says which shapes). A record that is not valid JSON, no
 * object, too large or too deep is yielded as `broken`, and reading goes on. In the values, keys that would reach a
 * prototype are left out and lone surrogates are U+FFFD.
 *
 * @param report UTF-8 without a byte-order mark, in chunks of any size.
 * @throws UnreadableReport As `splitJson` does.
 */
export async function* jsonRecords(report: AsyncIterable<Uint8Array>): AsyncGenerator<JsonRecord> {
  for await (const entry of splitJson(report)) yield toRecord(entry)
}

/** The first record that can be read and stands whole in the first bytes of a report, to know its format by. */
export function firstJsonRecord(head: Uint8Array): JsonObject | undefined {
  for (const entry of splitJsonHead(head)) {
    const record = toRecord(entry)
    if (record.kind === 'record') return record.value
  }
  return undefined
}

function toRecord(entry: JsonEntry): JsonRecord {
  const { number, offset } = entry
  const position = { number, pointer: `/${number}`, offset }
  if (entry.kind === 'broken') return { kind: 'broken', ...position, reason: entry.reason }

  const text = entry.bytes.toString('utf8')
  const value = parse(text)
  if (value === undefined) return { kind: 'broken', ...position, reason: 'is not valid JSON' }
  if (!isObject(value)) return { kind: 'broken', ...position, reason: 'is not a JSON object' }
  return { kind: 'record', ...position, value: needsCleaning(text) ? cleanObject(value) : value }
}

/** JSON has no undefined, so that is the answer for what is no JSON; the parser's own message would quote the report. */
function parse(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return undefined
  }
}

const droppedKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** A text without any of these has no such key and no lone surrogate: UTF-8 itself has none, an escape begins with `\u`. */
function needsCleaning(text: string): boolean {
  return (
    text.includes('\\u') ||
    text.includes('__proto__') ||
    text.includes('constructor') ||
    text.includes('prototype')
  )
}

/** Recursion is safe: a record is at most MAX_RECORD_DEPTH levels deep. */
function clean(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed()
  if (Array.isArray(value)) return value.map(clean)
  return isObject(value) ? cleanObject(value) : value
}

function cleanObject(object: JsonObject): JsonObject {
  const kept = Object.entries(object).filter(([key]) => !droppedKeys.has(key))
  return Object.fromEntries(kept.map(([key, value]) => [key.toWellFormed(), clean(value)]))
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
