import { readFile } from 'node:fs/promises'
import { manifestKey, partKey } from '../domain/export-key.ts'
import { defaultRendition } from '../domain/export-part.ts'
import type { ExportPart, Rendition, Stream } from '../domain/export-part.ts'
import { renderManifest } from '../domain/manifest.ts'
import type { ManifestCounts, ManifestFile } from '../domain/manifest.ts'
import { contentTypes, objectMetadata } from '../formats/object-metadata.ts'
import { writeParts } from '../formats/part-writer.ts'
import type { SpooledParts } from '../formats/part-writer.ts'
import { listRulesToExport } from '../store/alert-rules.ts'
import type { RuleToExport } from '../store/alert-rules.ts'
import type { Transaction } from '../store/database.ts'
import { readRecords, stageExportRange } from '../store/export-content.ts'
import {
  findPreviousExportId,
  insertDeliveries,
  insertExportPart,
  insertExportRun,
} from '../store/export-runs.ts'
import type { ExportRun } from '../store/export-runs.ts'
import { nextExportAt } from '../store/tenants.ts'
import type { Tenant } from '../store/tenants.ts'
import type { AppDeps } from './deps.ts'
import { sha256 } from './sha256.ts'

export interface ExportedScan {
  readonly scanNo: number
  readonly scanId: string
  /** T. */
  readonly scanAt: Date
  readonly tenant: Tenant
  readonly now: Date
}

/** One export as the scan report shows it. */
export interface RenderedExport {
  readonly export_id: string
  readonly rule: string
  readonly format: string
  readonly objects: number
  readonly destinations: number
  readonly counts: ManifestCounts
}

/** In publishing order; the manifest comes after them. */
const exportedStreams = ['security_findings', 'attack_paths'] as const

type RenderDeps = Pick<AppDeps, 'randomId' | 'spoolDir'>

/**
 * Makes what the scan sends (L12): for each enabled SIEM rule, and each form that its destinations want, the parts with
 * their keys and bytes, the manifest after them, and a delivery of each to each destination. Runs in the transaction that
 * completes the scan: what must be sent exists, byte for byte, exactly when the scan is applied.
 */
export async function renderExports(
  tx: Transaction,
  deps: RenderDeps,
  scan: ExportedScan,
): Promise<readonly RenderedExport[]> {
  const exports: RenderedExport[] = []
  for (const rule of await listRulesToExport(tx)) {
    exports.push(...(await renderRule(tx, deps, scan, rule, 'scan')))
  }
  return exports
}

/** The exports of one scan for one rule: one for each form among its destinations. */
export async function renderRule(
  tx: Transaction,
  deps: RenderDeps,
  scan: ExportedScan,
  rule: RuleToExport,
  kind: Exclude<ExportRun['kind'], 'replay'>,
): Promise<readonly RenderedExport[]> {
  const { scanNo, scanId, now, tenant } = scan
  const scope = { scanNo, scanId, range: rule.fullExport, resolvedDays: tenant.resolvedDays, now }
  const counts = await stageExportRange(tx, scope)
  const exports: RenderedExport[] = []
  for (const { rendition, destinations } of byRendition(rule.destinations)) {
    const exportId = deps.randomId('exp')
    const spools: SpooledParts[] = []
    try {
      const parts: UnkeyedPart[] = []
      for (const stream of exportedStreams) {
        const records = readRecords(tx, scope, stream, rendition.record)
        const spool = await writeParts(records, { spoolDir: deps.spoolDir, stream })
        spools.push(spool)
        parts.push(
          ...spool.parts.map((part) => ({ ...part, stream, bytes: () => readFile(part.path) })),
        )
      }
      const objects = await storeExport(tx, deps, {
        scan,
        rule,
        kind,
        exportId,
        rendition,
        counts,
        destinations,
        replayOf: null,
        parts,
      })
      exports.push({
        export_id: exportId,
        rule: rule.name,
        format: rendition.record,
        objects,
        destinations: destinations.length,
        counts,
      })
    } finally {
      await Promise.all(spools.map((spool) => spool.close()))
    }
  }
  return exports
}

type Receiver = RuleToExport['destinations'][number]

/** The destinations of a rule by the form that they want; a rule without any exports in the default form, to be fetched. */
function byRendition(
  destinations: readonly Receiver[],
): { rendition: Rendition; destinations: Receiver[] }[] {
  const forms = new Map<string, { rendition: Rendition; destinations: Receiver[] }>()
  for (const destination of destinations) {
    const name = Object.values(destination.rendition).join(' ')
    const form = forms.get(name) ?? { rendition: destination.rendition, destinations: [] }
    form.destinations.push(destination)
    forms.set(name, form)
  }
  return forms.size === 0
    ? [{ rendition: defaultRendition, destinations: [] }]
    : [...forms.values()]
}

/** What an export consists of before it has keys. */
export interface UnkeyedExport {
  readonly scan: Pick<ExportedScan, 'scanNo' | 'scanId' | 'scanAt' | 'now'>
  readonly rule: Pick<RuleToExport, 'ruleNo' | 'name'>
  readonly kind: ExportRun['kind']
  readonly exportId: string
  readonly rendition: Rendition
  readonly counts: ManifestCounts
  readonly destinations: readonly { readonly destinationNo: number }[]
  readonly replayOf: string | null
  readonly parts: readonly UnkeyedPart[]
}

export interface UnkeyedPart {
  readonly stream: Exclude<Stream, 'manifests'>
  readonly records: number
  readonly contentBytes: number
  readonly contentSha256: string
  bytes(): Promise<Uint8Array>
}

/** Gives the parts their keys, and stores them with the manifest and the deliveries. Answers the number of objects. */
export async function storeExport(
  tx: Transaction,
  deps: Pick<AppDeps, 'randomId'>,
  made: UnkeyedExport,
): Promise<number> {
  const { exportId, rendition, counts } = made
  const { tenantId } = tx
  const exportAt = await nextExportAt(tx, made.scan.now)
  const previousExportId = (await findPreviousExportId(tx, made.rule.ruleNo, rendition)) ?? null
  const runNo = await insertExportRun(tx, {
    exportId,
    rendition,
    counts,
    exportAt,
    previousExportId,
    kind: made.kind,
    scanNo: made.scan.scanNo,
    ruleNo: made.rule.ruleNo,
    createdAt: made.scan.now,
    replayOf: made.replayOf,
  })
  const mode = 'full'
  const facts = { exportId, scanId: made.scan.scanId, mode } as const
  const stored: number[] = []
  const files: ManifestFile[] = []
  const store = async (number: number, part: ExportPart, contentBytes: number): Promise<void> => {
    stored.push(await insertExportPart(tx, runNo, number, { ...part, contentBytes }))
  }

  for (const [number, part, parts] of numbered(made.parts)) {
    const { stream, records, contentBytes, contentSha256 } = part
    const key = partKey({ tenantId, stream, exportAt, exportId, mode, part: number, parts })
    const bytes = await part.bytes()
    await store(
      number,
      {
        key,
        stream,
        bytes,
        records,
        contentSha256,
        contentType: contentTypes[stream],
        metadata: objectMetadata({ ...facts, stream, part: number, parts, records, contentSha256 }),
      },
      contentBytes,
    )
    files.push({ key, size: bytes.length, uncompressedSize: contentBytes, records, contentSha256 })
  }
  const manifest = Buffer.from(
    renderManifest({
      exportId,
      tenantId,
      scanId: made.scan.scanId,
      scanAt: made.scan.scanAt,
      rule: made.rule.name,
      mode,
      ...(previousExportId === null ? {} : { previousExportId }),
      generatedAt: made.scan.now,
      ...rendition,
      counts,
      files,
    }),
  )
  const contentSha256 = Buffer.from(sha256(manifest)).toString('hex')
  await store(
    0,
    {
      key: manifestKey({ tenantId, exportAt, exportId }),
      stream: 'manifests',
      bytes: manifest,
      contentType: contentTypes.manifests,
      contentSha256,
      records: 0,
      metadata: objectMetadata({
        ...facts,
        stream: 'manifests',
        part: 0,
        parts: 1,
        records: 0,
        contentSha256,
      }),
    },
    manifest.length,
  )
  for (const { destinationNo } of made.destinations) {
    const deliveries = stored.map((partNo) => ({ partNo, deliveryId: deps.randomId('dlv') }))
    await insertDeliveries(tx, destinationNo, deliveries, made.scan.now)
  }
  return stored.length
}

/** Each part with its number and the number of parts in its stream, streams one after the other. */
function* numbered(parts: readonly UnkeyedPart[]): Generator<[number, UnkeyedPart, number]> {
  for (const stream of exportedStreams) {
    const ofStream = parts.filter((part) => part.stream === stream)
    for (const [number, part] of ofStream.entries()) yield [number, part, ofStream.length]
  }
}
