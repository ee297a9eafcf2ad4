const decoder = new TextDecoder()

/** Prowler's finding classes: 2004, and 2001 before 4.0. Its compliance reports are of class 2003. */
const FINDING_CLASSES: ReadonlySet<string> = new Set(['2001', '2004'])

/** How far behind `"product"` its name stands: the object holds a few short texts. */
const PRODUCT_LENGTH = 1000

/**
 * Whether a report begins like one of Prowler's, of whatever release. Records are written compact or
 * with indents, in any order of fields. The first may be broken, or longer than the head: its class may
 * lie behind its end, what made it stands before the resource.
 */
export function recognizes(head: Uint8Array): boolean {
  const text = decoder.decode(head)
  if (!/^\s*[[{]/.test(text)) return false

  // A quote behind a backslash is within a text of the record.
  const classUid = /(?<!\\)"class_uid"\s*:\s*(\d+)/.exec(text)?.[1]
  if (classUid !== undefined && !FINDING_CLASSES.has(classUid)) return false

  return [...text.matchAll(/(?<!\\)"product"\s*:\s*\{/g)].some((match) =>
    /(?<!\\)"name"\s*:\s*"Prowler"/i.test(text.slice(match.index, match.index + PRODUCT_LENGTH)),
  )
}
