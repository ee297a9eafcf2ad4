import type { ObservedAsset } from '../../domain/asset.ts'
import type { ProwlerFinding } from './schema.ts'

/**
 * What was found here, then what the check is about. What only the passing of time changes is taken
 * out: the content of a finding must not differ between two scans of the same state.
 */
export function descriptionOf(record: ProwlerFinding, asset: ObservedAsset): string {
  const detail = namingAsset(record.status_detail ?? '', record, asset)
  return joined([withoutElapsedDays(detail), record.finding_info?.desc], '\n\n')
}

/** The text with a pod under the name of its controller, as its asset is. */
export function namingAsset(text: string, record: ProwlerFinding, asset: ObservedAsset): string {
  const name = record.resources[0]?.name || asset.name
  return name === asset.name ? text : text.replaceAll(name, () => asset.name)
}

/** How Prowler writes an age (`status_extended` of its checks, 5.46), and the same without. */
const ages: readonly (readonly [RegExp, string])[] = [
  [/\b(over|last|past|older than|more than) (\d+) days \(\d+ days\)/g, '$1 $2 days'],
  [/(?<!than )\b\d+ days ago\b/g, 'some days ago'],
  [/\bexpir(e|es|ing) in -?\d+ days\b/g, 'expir$1 in some days'],
  [/\bvalid for \d+ more days\b/g, 'valid for some more days'],
  [/\b(signed in|accessed) (for|in) \d+ days\b/g, '$1 $2 some days'],
  [/\b\d+ days old\b/g, 'some days old'],
]

function withoutElapsedDays(text: string): string {
  return ages.reduce((rest, [age, without]) => rest.replaceAll(age, without), text)
}

/** What to do, then where to read on. */
export function remediationOf(record: ProwlerFinding): string {
  return joined([record.remediation?.desc, record.remediation?.references?.[0]], '\n\n')
}

/**
 * The most requirements a finding keeps. The fullest check of Prowler 5.46 on AWS has 208, in under
 * 6 kB; a record has 60 kB to go out with, and a report may hold anything.
 */
const MAX_REQUIREMENTS = 300

/** `framework: requirement`, sorted. */
export function complianceOf(record: ProwlerFinding): string[] {
  const requirements = Object.entries(record.unmapped?.compliance ?? {}).flatMap(
    ([framework, ids]) => ids.map((id) => `${framework}: ${id}`),
  )
  return [...new Set(requirements)].toSorted().slice(0, MAX_REQUIREMENTS)
}

/** The check's own page, else the first reference that is a link: some are commands. */
export function linkOf(record: ProwlerFinding): string {
  const candidates = [record.unmapped?.related_url, ...(record.remediation?.references ?? [])]
  return candidates.map((text) => URL.parse(text ?? '')).find(isWeb)?.href ?? ''
}

function isWeb(url: URL | null): boolean {
  return url?.protocol === 'https:' || url?.protocol === 'http:'
}

function joined(texts: readonly (string | null | undefined)[], between: string): string {
  return texts
    .map((text) => text?.trim())
    .filter(Boolean)
    .join(between)
}
