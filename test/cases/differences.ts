import { isDeepStrictEqual } from 'node:util'

/** Where `got` is not what was expected, one line a place, the absence of a key included; empty when they are equal. */
export function differences(expected: unknown, got: unknown, at = ''): readonly string[] {
  if (isDeepStrictEqual(expected, got)) return []
  if (Array.isArray(expected) && Array.isArray(got)) {
    const lines = differences(byFinding(expected), byFinding(got), at)
    return lines.length > 0 ? lines : [`${at}: the same entries, in another order or number`]
  }
  if (!isObject(expected) || !isObject(got)) {
    return [`${at}: expected ${shown(expected)}, got ${shown(got)}`]
  }
  const keys = new Set([...Object.keys(expected), ...Object.keys(got)])
  return [...keys].flatMap((key) =>
    differences(expected[key], got[key], at === '' ? key : `${at}.${key}`),
  )
}

/** Records by their finding, so that one that is missing does not shift all others. */
function byFinding(records: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(
    records.map((record, index) => [
      isObject(record) && typeof record['finding'] === 'string' ? record['finding'] : index,
      record,
    ]),
  )
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}
