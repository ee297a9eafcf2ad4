import type { ExportMode } from './export-key.ts'
import type { Rendition } from './export-part.ts'
import { jsonValue } from './json-text.ts'

/** What one export holds, and what it leaves out: written last, so that whoever finds it finds all of its files. */
export interface Manifest extends Rendition {
  readonly exportId: string
  readonly tenantId: string
  readonly scanId: string
  /** T of the scan. */
  readonly scanAt: Date
  /** Name of the alert rule. */
  readonly rule: string
  readonly mode: ExportMode
  /** The export of the same rule before this one. */
  readonly previousExportId?: string
  readonly generatedAt: Date
  readonly counts: ManifestCounts
  /** In publishing order. */
  readonly files: readonly ManifestFile[]
}

export interface ManifestCounts {
  readonly records: number
  readonly security_finding: number
  readonly attack_path: number
  readonly resolved: number
  /** Left out because no valid record can be made of them. */
  readonly quarantined: number
  readonly truncated: number
  /** Left out, by the first reason that holds. */
  readonly excluded: {
    readonly ignored: number
    readonly dismissed: number
    readonly snoozed: number
    readonly suppressed: number
  }
}

export interface ManifestFile {
  /** Relative to the destination's prefix. */
  readonly key: string
  /** Bytes as sent. */
  readonly size: number
  readonly uncompressedSize: number
  readonly records: number
  /** Hex, of the content before compression. */
  readonly contentSha256: string
}

/** The manifest as manifest.v1.schema.json has it: one line of JSON and a line feed. */
export function renderManifest(manifest: Manifest): string {
  const { counts } = manifest
  const { excluded } = counts
  const json = jsonValue({
    manifest_version: 1,
    schema_version: '1',
    export_id: manifest.exportId,
    tenant_id: manifest.tenantId,
    scan_id: manifest.scanId,
    scan_time: manifest.scanAt.toISOString(),
    rule: manifest.rule,
    mode: manifest.mode,
    previous_export_id: manifest.previousExportId ?? null,
    generated_at: manifest.generatedAt.toISOString(),
    format: manifest.record,
    framing: manifest.framing,
    compression: manifest.compression,
    counts: {
      records: counts.records,
      security_finding: counts.security_finding,
      attack_path: counts.attack_path,
      resolved: counts.resolved,
      quarantined: counts.quarantined,
      truncated: counts.truncated,
      excluded: {
        ignored: excluded.ignored,
        dismissed: excluded.dismissed,
        snoozed: excluded.snoozed,
        suppressed: excluded.suppressed,
      },
    },
    files: manifest.files.map((file) => ({
      key: file.key,
      size: file.size,
      uncompressed_size: file.uncompressedSize,
      records: file.records,
      content_sha256: file.contentSha256,
    })),
  })
  return `${json}\n`
}
