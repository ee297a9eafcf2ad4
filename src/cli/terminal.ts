/** Where a command writes. Data goes to standard output, all else to standard error, so that pipes get data alone. */
export interface Terminal {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Whether progress may be drawn: standard error is a terminal that can take a line away again. */
  readonly interactive: boolean
}

/**
 * A text from data made safe for a terminal: control characters, with which a hostile name could move the cursor or set the
 * window's title, and the marks that turn the direction of writing are shown as escapes.
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, escaped)
}

/** JSON made safe likewise, the same to whoever parses it: its own line ends are the only ones that stay. */
export function printableJson(json: string): string {
  return json.replaceAll(UNSAFE, (character) =>
    character === '\n' ? character : escaped(character),
  )
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSAFE = /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g

/** Columns aligned under their headings; a cell that is no text is left empty. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null)[])[],
): string {
  const cells = [headings, ...rows.map((row) => row.map((cell) => printable(String(cell ?? ''))))]
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => [...(row[column] ?? '')].length)),
  )
  return cells
    .map(
      (row) =>
        `${row
          .map((cell, column) => pad(cell, widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - [...text].length))
}

/** The first characters of a text, and whether there were more. */
export function shortened(text: string, characters: number): string {
  const all = [...text]
  return all.length <= characters ? text : `${all.slice(0, characters - 1).join('')}…`
}

/** A word as a shell takes it for one, to be pasted. */
export function shellWord(text: string): string {
  const safe = printable(text)
  return /^[\w./:@%+-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`
}

/** A name, a type or a reason out of a report, in a line of text: safe to show, and no longer than people read. */
export function brief(text: string): string {
  return printable(shortened(text, 100))
}

/** A native type as people read it; a scanner may give none. */
export function nativeTypeText(type: string): string {
  return type === '' ? '(no type given)' : brief(type)
}

/** `1 record`, `2 records`; `many` where the plural is no mere s. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** An instant as people read it, with its zone: 2026-03-02 09:15:00 UTC. */
export function instant(at: Date | null): string {
  return at === null ? '' : `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

export function bytes(count: number): string {
  if (count < 1_000) return `${count} B`
  if (count < 1_000_000) return `${(count / 1_000).toFixed(1)} kB`
  return `${(count / 1_000_000).toFixed(1)} MB`
}
