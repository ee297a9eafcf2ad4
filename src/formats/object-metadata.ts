import type { ExportMode } from '../domain/export-key.ts'
import type { Stream } from '../domain/export-part.ts'

/**
 * Content types by what the bytes are. The parts' bytes are gzip, so they say so, and there is no Content-Encoding:
 * that makes proxies and SDKs unpack on the way, after which the name `.gz` is untrue.
 */
export const contentTypes: Readonly<Record<Stream, string>> = {
  security_findings: 'application/x-gzip',
  attack_paths: 'application/x-gzip',
  manifests: 'application/json',
}

export interface ObjectFacts {
  readonly exportId: string
  readonly scanId: string
  readonly stream: Stream
  readonly mode: ExportMode
  /** From 0, of `parts`; a manifest is part 0 of 1. */
  readonly part: number
  readonly parts: number
  readonly records: number
  /** Hex, of the content before compression. */
  readonly contentSha256: string
}

/** The user metadata of one object (delivery.md F.1). Names as S3 keeps them: lower case, no underscores. */
export function objectMetadata(facts: ObjectFacts): Readonly<Record<string, string>> {
  return {
    'schema-version': '1',
    'export-id': facts.exportId,
    'scan-id': facts.scanId,
    stream: facts.stream,
    mode: facts.mode,
    part: String(facts.part),
    parts: String(facts.parts),
    records: String(facts.records),
    'content-sha256': facts.contentSha256,
  }
}
