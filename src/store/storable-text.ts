/**
 * The text as PostgreSQL can hold it, in a text and in a jsonb: what neither of them takes, a NUL and a lone surrogate,
 * is U+FFFD. For words that are shown; an identity must be refused instead.
 */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD')
}
