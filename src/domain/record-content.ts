import { isGlobalAssetId } from './fingerprint.ts'
import type { ObservedAttackPath, ObservedFinding } from './observation.ts'

/**
 * L4: the canonical text of what a record says but times, equal whenever two records say the same. Keys are sorted.
 * The region of an asset whose id is globally unique is left out: scanners differ in whether they write it.
 */
export function recordContent(record: ObservedFinding | ObservedAttackPath): string {
  const { firstSeenAt: _firstSeenAt, ...lasting } = record
  return JSON.stringify('check' in lasting ? findingContent(lasting) : lasting, canonical)
}

function findingContent(record: Omit<ObservedFinding, 'firstSeenAt'>): object {
  const { evaluation: _evaluation, observedAt: _observedAt, region, ...content } = record
  return isGlobalAssetId(record.asset.id) ? content : { ...content, region }
}

function canonical(_key: string, value: unknown): unknown {
  if (!isObject(value)) return value
  const { id } = value
  const isGlobal = typeof id === 'string' && isGlobalAssetId(id)
  const entries = Object.entries(value).filter(([key]) => !(isGlobal && key === 'region'))
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
