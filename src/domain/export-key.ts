import type { Stream } from './export-part.ts'

export type ExportMode = 'full' | 'delta'

/** What the keys of one export have in common. */
export interface ExportName {
  readonly tenantId: string
  readonly exportId: string
  /** Later than that of every export that a destination already has, so that keys ascend in publishing order. */
  readonly exportAt: Date
}

export interface PartName extends ExportName {
  readonly stream: Exclude<Stream, 'manifests'>
  readonly mode: ExportMode
  /** From 0. */
  readonly part: number
  readonly parts: number
}

/**
 * The key of a part, relative to the destination's prefix. Constant first, then date, then time: readers that remember
 * the last key they saw, or filter by a prefix, skip nothing (delivery.md F.3).
 */
export function partKey(name: PartName): string {
  const { part, parts, mode } = name
  if (part < 0 || part >= parts) throw new RangeError(`part ${part} of ${parts}`)
  const file = `${fileStem(name)}-${mode}-${fiveDigits(part)}-of-${fiveDigits(parts)}.jsonl.gz`
  return `${folder(name, name.stream)}/${file}`
}

/** The key of the manifest, likewise; outside of every stream's folder, so that no reader takes it for records. */
export function manifestKey(name: ExportName): string {
  return `${folder(name, '_manifests')}/${fileStem(name)}.manifest.json`
}

function folder({ tenantId, exportAt }: ExportName, stream: string): string {
  const date = instantOf(exportAt).slice(0, 10).replaceAll('-', '/')
  return `tocsin/v1/${safe(tenantId)}/${stream}/${date}`
}

function fileStem({ exportAt, exportId }: ExportName): string {
  return `${instantOf(exportAt).replaceAll(/[-:.]/g, '')}-${safe(exportId)}`
}

/** ISO 8601 with a year of four digits: a longer one would sort before the others. */
function instantOf(at: Date): string {
  const instant = at.toISOString()
  if (instant.length !== 24) throw new RangeError(`${instant} cannot stand in a key`)
  return instant
}

/** Five digits, which sort as they count: an export of more parts is a mistake of ours. */
function fiveDigits(count: number): string {
  if (!Number.isInteger(count) || count > 99_999)
    throw new RangeError(`${count} parts in an export`)
  return String(count).padStart(5, '0')
}

/** What every reader un-quotes alike, and no folder but our own: ids are made by us and by whoever names a tenant. */
function safe(id: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(id)) throw new TypeError(`${id} cannot stand in a key`)
  return id
}
