export const NEWLINE = 0x0a

/** The first byte from `from` on that is no white space of JSON; the length where there is none. */
export function afterSpace(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && (isBlank(bytes[at]) || bytes[at] === NEWLINE)) at += 1
  return at
}

/** The same, but a newline is none either. */
export function afterBlank(bytes: Uint8Array, from: number): number {
  let at = from
  while (at < bytes.length && isBlank(bytes[at])) at += 1
  return at
}

/** Space, tab, carriage return: the white space within a line. */
function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}
