import type { JsonValue } from './observation.ts'

/** What a JSON string escapes, line ends to Python's `str.splitlines` and so to readers built on it, and surrogates. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const SPECIAL = /["\\\u0000-\u001f\u0085\u2028\u2029\ud800-\udfff]/
/** Those of the line ends that JSON lets stand as they are. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g

/**
 * The text as a JSON string, with its quotes, as a record's line needs it: nothing in it ends a line for any reader,
 * and a lone surrogate, which UTF-8 cannot hold, is U+FFFD.
 */
export function jsonString(text: string): string {
  // Nearly every text of a record needs nothing, and this is half of what rendering one costs.
  if (!SPECIAL.test(text)) return `"${text}"`
  return JSON.stringify(text.toWellFormed()).replace(LINE_ENDS, escaped)
}

/** The value as minified JSON. Members and items that are null or no finite number are left out. */
export function jsonValue(value: JsonValue): string {
  if (typeof value === 'string') return jsonString(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (isList(value)) return `[${value.filter(isSayable).map(jsonValue).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => isSayable(member))
    .map(([name, member]) => `${jsonString(name)}:${jsonValue(member)}`)
  return `{${members.join(',')}}`
}

/** Bytes of the text in UTF-8. Lone surrogates count as the three bytes of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) bytes += 1
    else if (unit < 0x800) bytes += 2
    else if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(at + 1))) {
      bytes += 4
      at += 1
    } else bytes += 3
  }
  return bytes
}

function escaped(lineEnd: string): string {
  return `\\u${lineEnd.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Optional members of an object may be present and undefined whatever their type says. */
function isSayable(value: JsonValue | undefined): boolean {
  return (
    value !== null && value !== undefined && (typeof value !== 'number' || Number.isFinite(value))
  )
}

function isList(value: object): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
