import { jsonString, utf8Length } from './json-text.ts'

/** Labels of one asset from one origin: its scanner, or people. What people set beyond it is refused; a scanner's is cut. */
export const labelLimits = {
  count: 50,
  /** Code points of one label. */
  characters: 128,
  /**
   * All of them as JSON strings with the commas between. A record carries up to three such lists: its own, what other
   * records say of its asset, and people's.
   */
  jsonBytes: 8_192,
} as const

/** What is wrong with the labels that a person wants on one asset, or nothing. */
export function labelsProblem(labels: readonly string[]): string | undefined {
  if (labels.includes('')) return 'a label is empty'
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (labels.some((label) => /[\u0000-\u001f]/.test(label)))
    return 'a label holds a control character'
  if (!labels.every((label) => label.isWellFormed())) return 'a label holds half a character'
  if (labels.length > labelLimits.count) {
    return `${labels.length} labels: an asset takes ${labelLimits.count}`
  }
  if (labels.some((label) => firstCharacters(label) !== label)) {
    return `a label has more than ${labelLimits.characters} characters`
  }
  return utf8Length(labels.map(jsonString).join(',')) > labelLimits.jsonBytes
    ? `the labels take more than ${labelLimits.jsonBytes} bytes in a record`
    : undefined
}

/** A scanner's labels within the limits, each once, in its order, and whether anything of them was cut. */
export function scannerLabels(labels: readonly string[]): {
  readonly labels: readonly string[]
  readonly cut: boolean
} {
  const unique = [...new Set(labels.map(firstCharacters).filter((label) => label !== ''))]
  let kept = unique.slice(0, labelLimits.count)
  while (labelsProblem(kept) !== undefined) kept = kept.slice(0, -1)
  const cut =
    kept.length < unique.length || labels.some((label) => firstCharacters(label) !== label)
  return { labels: kept, cut }
}

function firstCharacters(label: string): string {
  // A code point has at least one unit, so that short ones need no counting.
  if (label.length <= labelLimits.characters) return label
  return [...label].slice(0, labelLimits.characters).join('')
}

/** A person's label that leaves an asset's findings out of exports, for as long as it is there (L11). */
export const IGNORE_LABEL = 'Ignore'
