import type { Source } from './source.ts'

/** How much of a report is looked at to know its format. */
export const HEAD_BYTES = 64 * 1024

export type Recognition =
  | { readonly kind: 'recognized'; readonly source: Source }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Source[] }

/**
 * The source a report is for, by its content and never by its name. Which one is meant when several claim it is for a
 * person to say.
 *
 * @param head The first HEAD_BYTES of the report, unpacked and as UTF-8.
 */
export function recognizeFormat(head: Uint8Array, sources: readonly Source[]): Recognition {
  const candidates = sources.filter((source) => source.recognizes(head))
  const [source, ...others] = candidates
  if (source === undefined) return { kind: 'unknown' }
  return others.length === 0 ? { kind: 'recognized', source } : { kind: 'ambiguous', candidates }
}
