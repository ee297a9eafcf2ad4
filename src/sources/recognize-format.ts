import type { Source } from './source.ts'
import { afterSpace } from './white-space.ts'

/** How much of a report is looked at to know its format. */
export const HEAD_BYTES = 64 * 1024

const BRACE = '{'.charCodeAt(0)
const BRACKET = '['.charCodeAt(0)
const END = ']'.charCodeAt(0)

export type Recognition =
  | { readonly kind: 'recognized'; readonly source: Source }
  | { readonly kind: 'unknown'; readonly content: UnknownContent }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Source[] }

/** What a report is that no source claims, as far as its head shows. */
export type UnknownContent =
  /** It begins neither an array nor an object; `offset` is that of its first byte that is no white space. */
  | { readonly kind: 'not_json'; readonly offset: number }
  /** An array that ends before it holds anything, which every source could have written. */
  | { readonly kind: 'empty_list' }
  /** JSON of another kind, or nothing but white space. */
  | { readonly kind: 'other' }

/**
 * The source a report is for, by its content and never by its name. Which one is meant when several claim it is for a
 * person to say.
 *
 * @param head The first HEAD_BYTES of the report, unpacked and as UTF-8.
 */
export function recognizeFormat(head: Uint8Array, sources: readonly Source[]): Recognition {
  const candidates = sources.filter((source) => source.recognizes(head))
  const [source, ...others] = candidates
  if (source === undefined) return { kind: 'unknown', content: contentOf(head) }
  return others.length === 0 ? { kind: 'recognized', source } : { kind: 'ambiguous', candidates }
}

function contentOf(head: Uint8Array): UnknownContent {
  const offset = afterSpace(head, 0)
  const first = head[offset]
  if (first === undefined || first === BRACE) return { kind: 'other' }
  if (first !== BRACKET) return { kind: 'not_json', offset }
  return head[afterSpace(head, offset + 1)] === END ? { kind: 'empty_list' } : { kind: 'other' }
}
