import type { ObservedAsset } from '../../domain/asset.ts'
import type { Evaluation } from '../../domain/evaluation.ts'
import type { JsonObject, ObservedAttackPath, ObservedFinding } from '../../domain/observation.ts'
import { severityOfRiskScore } from '../../domain/severity.ts'
import { parseInstant } from '../parse-instant.ts'
import type { ReadResult, Rejected } from '../source.ts'
import { missingIn, placeIn, withinRecord } from './place.ts'
import type { Defaults, Place } from './place.ts'
import { namesOf, pathAccounts } from './rejection.ts'
import type { NativeAsset, NativeAttackPath, NativeFinding } from './schema.ts'
import { firstProblem } from './validators.ts'
import type { Problem, Validators } from './validators.ts'

/** A record and where it stands in its report. */
export interface NativeRecord {
  readonly value: JsonObject
  readonly pointer: string
  readonly offset: number
}

/** What a record observed that is no scan record, or why it tells of nothing. */
export function toResult(
  record: NativeRecord,
  defaults: Defaults,
  validators: Validators,
): ReadResult {
  const outcome = outcomeOf(record.value, defaults, validators)
  if (outcome.kind !== 'problem') return outcome

  const { at, reason, missing } = outcome
  return {
    kind: 'rejected',
    pointer: record.pointer + at,
    offset: record.offset,
    reason,
    names: namesOf(record.value, defaults, validators),
    ...(missing === undefined ? {} : { missing }),
  }
}

type Observed = Extract<ReadResult, { kind: 'finding' | 'attack_path' | 'asset' }>
type Outcome =
  | Observed
  | ({ readonly kind: 'problem'; readonly missing?: NonNullable<Rejected['missing']> } & Problem)

function outcomeOf(value: JsonObject, defaults: Defaults, validators: Validators): Outcome {
  const { finding, attackPath, asset } = validators
  switch (value['type']) {
    case 'finding':
      if (finding.Check(value)) return ofFinding(value, defaults)
      return { kind: 'problem', ...firstProblem(finding.Errors(value)) }
    case 'attack_path':
      if (attackPath.Check(value)) return ofAttackPath(value, defaults)
      return { kind: 'problem', ...firstProblem(attackPath.Errors(value)) }
    case 'asset':
      if (asset.Check(value)) return ofAsset(value, defaults)
      return { kind: 'problem', ...firstProblem(asset.Errors(value)) }
    default:
      return {
        kind: 'problem',
        at: '/type',
        reason: 'must be one of scan, finding, attack_path, asset',
      }
  }
}

function ofFinding(record: NativeFinding, defaults: Defaults): Outcome {
  if (needsTitle(record.evaluation) && (record.title ?? '') === '') {
    const reason = `is missing: a finding that is ${record.evaluation} needs one`
    return { kind: 'problem', at: '/title', reason }
  }
  const own = withinRecord(record, defaults)
  const place = placeIn(own)
  if (place === undefined) return placeMissing(own, '')
  return { kind: 'finding', finding: toFinding(record, place) }
}

function ofAttackPath(record: NativeAttackPath, defaults: Defaults): Outcome {
  const own = withinRecord(record, defaults)
  const assets: ObservedAsset[] = []
  for (const [at, asset] of assetsByPointer(record)) {
    const ofIt = withinRecord(asset, own)
    const place = placeIn(ofIt)
    if (place === undefined) return placeMissing(ofIt, at)
    assets.push(toAsset(asset, place))
  }
  const [entry, target, ...others] = assets
  if (entry === undefined || target === undefined) throw new Error('a path has its two ends')
  return { kind: 'attack_path', attackPath: toAttackPath(record, entry, target, others) }
}

function ofAsset(record: NativeAsset, defaults: Defaults): Outcome {
  const own = withinRecord(record, defaults)
  const place = placeIn(own)
  if (place === undefined) return placeMissing(own, '')
  return { kind: 'asset', asset: toAsset(record, place) }
}

function needsTitle(evaluation: Evaluation): boolean {
  return evaluation === 'fail' || evaluation === 'suppressed_upstream'
}

function placeMissing(own: Defaults, at: string): Outcome {
  const missing = missingIn(own)
  return {
    kind: 'problem',
    at: `${at}/${missing === 'provider' ? 'provider' : 'account_id'}`,
    reason: 'is missing, and neither the scan record nor the uploader says it',
    missing,
  }
}

function assetsByPointer(record: NativeAttackPath): readonly (readonly [string, NativeAsset])[] {
  return [
    ['/entry', record.entry],
    ['/target', record.target],
    ...(record.assets ?? []).map((asset, number) => [`/assets/${number}`, asset] as const),
  ]
}

function toFinding(record: NativeFinding, place: Place): ObservedFinding {
  return {
    check: record.check,
    evaluation: record.evaluation,
    severity: record.severity ?? 'Medium',
    title: record.title ?? '',
    description: record.description ?? '',
    remediation: record.remediation ?? '',
    ...place,
    asset: toAsset(record.asset, withinRecord(record.asset, place)),
    discriminator: record.discriminator ?? '',
    ...given('riskCategory', record.risk_category),
    service: '',
    categories: [],
    ...given('firstSeenAt', instantOf(record.first_seen_at)),
    ...given('observedAt', instantOf(record.observed_at)),
    relatedAssets: (record.related_assets ?? []).map((asset) =>
      toAsset(asset, withinRecord(asset, place)),
    ),
    cveIds: record.cve_ids ?? [],
    compliance: record.compliance ?? [],
    sourceId: record.source_id ?? '',
    url: record.url ?? '',
  }
}

function toAttackPath(
  record: NativeAttackPath,
  entry: ObservedAsset,
  target: ObservedAsset,
  assets: readonly ObservedAsset[],
): ObservedAttackPath {
  const accounts = [entry, target, ...assets].map((asset) => asset.accountId)
  return {
    scenario: record.scenario,
    title: record.title,
    description: record.description ?? '',
    remediation: record.remediation ?? '',
    severity: record.severity ?? severityOfRiskScore(record.risk_score),
    provider: entry.provider,
    entry,
    target,
    routes: record.routes,
    assets,
    accountIds: pathAccounts(accounts, record.account_id),
    riskScore: record.risk_score,
    workload: record.workload,
    riskDefinitions: record.risk_definitions,
    ...given('riskCategory', record.risk_category),
    mitre: record.mitre ?? [],
    ...given('firstSeenAt', instantOf(record.first_seen_at)),
  }
}

function toAsset(asset: NativeAsset, place: Place): ObservedAsset {
  return {
    ...place,
    id: asset.id,
    name: asset.name ?? '',
    nativeType: asset.native_type ?? '',
    ...given('resourceType', asset.resource_type),
    labels: asset.labels ?? [],
  }
}

function instantOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : parseInstant(text)
}

/** A property that is there only with a value. */
function given<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [K in Key]: Value })
}
