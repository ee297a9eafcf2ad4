import { Type } from 'typebox'

/**
 * Longest text that says who something is, in bytes. ARNs and Azure ids stay below it by far, and an index entry of
 * PostgreSQL, a third of an 8 KiB page, has room for it.
 */
export const MAX_IDENTITY_BYTES = 2048
/** An account stands in one index entry with its tenant (63 bytes) and scanner (64), so it has less: 2,704 bytes in all. */
export const MAX_ACCOUNT_BYTES = 1024

const NUL = '\u0000'

/** A check's name: of the published schema's length, in both formats. */
export const CheckName = Type.Refine(
  Type.String({ minLength: 1, maxLength: 512 }),
  (text) => !text.includes(NUL),
  () => 'must not hold a NUL character',
)

/**
 * The schema of a text that says who or where something is. PostgreSQL holds no NUL in a text and bounds its index
 * entries, and an identity may not be changed to fit: so a record with another one is rejected.
 */
export function identityText({ minLength, maxBytes }: { minLength: 0 | 1; maxBytes: number }) {
  return Type.Refine(
    Type.String({ minLength }),
    (text) => fits(text, maxBytes),
    () => ruleOf(maxBytes),
  )
}

/** What keeps an id that was put together from being one; undefined for a good one. */
export function identityProblem(id: string): string | undefined {
  return fits(id, MAX_IDENTITY_BYTES) ? undefined : ruleOf(MAX_IDENTITY_BYTES)
}

function fits(text: string, maxBytes: number): boolean {
  return !text.includes(NUL) && Buffer.byteLength(text) <= maxBytes
}

function ruleOf(maxBytes: number): string {
  return `must not hold a NUL character, nor be longer than ${maxBytes} bytes`
}
