/** The kinds of object an export consists of; also the folder of each in a key. */
export const streams = ['security_findings', 'attack_paths', 'manifests'] as const
export type Stream = (typeof streams)[number]

/** One object of an export, as it was stored when its scan completed; never made again. */
export interface ExportPart {
  /** Relative to the destination's prefix. The same on every attempt, and so are the bytes: a second delivery is harmless. */
  readonly key: string
  readonly stream: Stream
  readonly bytes: Uint8Array
  readonly contentType: string
  /** Hex, of the content before compression. */
  readonly contentSha256: string
  readonly records: number
  readonly metadata: Readonly<Record<string, string>>
}

/** What an export is written as. The receiver decides, so these are settings of a destination. */
export const recordFormats = ['siem', 'siem-strict'] as const
export type RecordFormat = (typeof recordFormats)[number]
export const framings = ['lines'] as const
export type Framing = (typeof framings)[number]
export const compressions = ['gzip'] as const
export type Compression = (typeof compressions)[number]

export interface Rendition {
  readonly record: RecordFormat
  readonly framing: Framing
  readonly compression: Compression
}

/** What a destination gets that asks for nothing else. */
export const defaultRendition: Rendition = { record: 'siem', framing: 'lines', compression: 'gzip' }
