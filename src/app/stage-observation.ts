import type { ObservedAsset } from '../domain/asset.ts'
import { assetKey } from '../domain/asset-key.ts'
import { evaluationRank } from '../domain/evaluation.ts'
import { alertId, attackPathFingerprint, findingFingerprint } from '../domain/fingerprint.ts'
import type { ObservedAttackPath, ObservedFinding } from '../domain/observation.ts'
import { resourceTypeOf } from '../domain/resource-type.ts'
import { riskCategoryOf } from '../domain/risk-category.ts'
import type { ReportHeader } from '../domain/scan.ts'
import { unitOfAttackPaths, unitOfFindings } from '../domain/scanned-unit.ts'
import type { ScannedUnit } from '../domain/scanned-unit.ts'
import { severityRank } from '../domain/severity.ts'
import { jsonString } from '../domain/json-text.ts'
import { scannerLabels } from '../domain/siem-labels.ts'
import { renderAttackPath, renderFinding } from '../domain/siem-record.ts'
import type { RenderedBody } from '../domain/siem-record.ts'
import type { ReadResult, Rejected } from '../sources/source.ts'
import type { StagedRow } from '../store/staged-records.ts'
import { storableText } from '../store/storable-text.ts'
import type { ReportStatistics } from '../store/reports.ts'
import { sha256 } from './sha256.ts'

/** Why a rendered record cannot be made valid against the published schemas; undefined where it is valid. */
export type QuarantineReason = (
  body: RenderedBody,
  detectionType: 'security_finding' | 'attack_path',
) => string | undefined

/** Turns what a source yields into staged rows, one report at a time. */
export interface ObservationStager {
  /** Call first: it says whose units these are, and what they cover. */
  begin(header: ReportHeader): void
  rows(result: ReadResult): readonly StagedRow[]
  statistics(): Omit<ReportStatistics, 'evaluations' | 'attack_paths' | 'assets'>
}

/** Distinct units and assets that are remembered as written; beyond, they may be written again, which does no harm. */
const MAX_REMEMBERED = 100_000
/** Distinct unknown types and checks that the scan report lists by name. */
const MAX_LISTED = 100

export function createObservationStager(
  tenantId: string,
  quarantineReason: QuarantineReason,
): ObservationStager {
  let scanner = ''
  let incremental = false
  const keys = new Map<string, Uint8Array>()
  const written = new Set<string>()
  const unknownTypes = new Map<string, number>()
  const unknownCategories = new Map<string, number>()
  let quarantined = 0
  let truncated = 0

  /** The digest of a text that repeats from record to record. */
  const keyOf = (text: string): Uint8Array => {
    const known = keys.get(text)
    if (known !== undefined) return known
    if (keys.size >= MAX_REMEMBERED) keys.clear()
    const key = sha256(Buffer.from(text))
    keys.set(text, key)
    return key
  }
  const isNew = (text: string): boolean => {
    if (written.has(text)) return false
    if (written.size >= MAX_REMEMBERED) written.clear()
    written.add(text)
    return true
  }

  const unitRows = (
    unit: ScannedUnit,
    marks: { readonly covers: boolean; readonly rejected: boolean },
  ): StagedRow[] => {
    if (!isNew(`unit ${marks.covers} ${marks.rejected} ${unit.key}`)) return []
    const place =
      unit.of === 'findings'
        ? { check_key: unit.check, account_id: unit.accountId, region: unit.region }
        : {
            check_key: 'attack-paths',
            account_id: '',
            region: '',
            account_ids: unit.accountIds,
          }
    return [
      { kind: 'unit', unit_key: keyOf(unit.key), provider: unit.provider, ...place, ...marks },
    ]
  }

  const assetRows = (asset: ObservedAsset): StagedRow[] => {
    const { labels } = scannerLabels(asset.labels)
    const labelsJson = labels.map(jsonString)
    if (!isNew(`asset ${assetKey(asset)} ${asset.name} ${asset.nativeType} ${labelsJson.join()}`))
      return []
    return [
      {
        kind: 'asset',
        asset_key: keyOf(assetKey(asset)),
        provider: asset.provider,
        account_id: asset.accountId,
        region: asset.region,
        asset_id: asset.id,
        name: asset.name,
        native_type: asset.nativeType,
        resource_type: resourceType(asset).type,
        labels: labels,
        labels_json: labelsJson,
      },
    ]
  }

  const resourceType = (asset: ObservedAsset): ReturnType<typeof resourceTypeOf> =>
    asset.resourceType === undefined
      ? resourceTypeOf(asset.nativeType)
      : { type: asset.resourceType, known: true }

  /** What both kinds of record have in their rows; `covers` is nothing of a path's. */
  const bodyColumns = (body: RenderedBody, detectionType: 'security_finding' | 'attack_path') => {
    const reason = quarantineReason(body, detectionType)
    if (reason !== undefined) quarantined += 1
    if (body.truncatedFields.length > 0) truncated += 1
    return {
      content_digest: sha256(Buffer.from(body.contentText)),
      body_identity: body.parts.identity,
      body_facts: body.parts.facts,
      body_description: body.parts.description,
      body_remediation: body.parts.remediation,
      body_resources: body.parts.resources,
      body_assets: body.parts.assets,
      body_risk: body.parts.risk,
      labels_json: body.labelsJson,
      ...(reason === undefined ? {} : { quarantined: reason }),
    }
  }

  const findingRows = (finding: ObservedFinding): StagedRow[] => {
    const { evaluation, asset } = finding
    const unit = unitOfFindings(scanner, finding)
    const covers = !incremental && (evaluation === 'fail' || evaluation === 'pass')
    const fingerprint = findingFingerprint({ ...finding, scanner, assetId: asset.id }, sha256)
    const rows = [
      ...unitRows(unit, { covers, rejected: false }),
      ...assetRows(asset),
      ...finding.relatedAssets.flatMap(assetRows),
    ]
    const verdict = {
      kind: 'finding',
      fingerprint,
      unit_key: keyOf(unit.key),
      evaluation: evaluationRank(evaluation),
      severity: severityRank(finding.severity),
      ...firstSeen(finding.firstSeenAt),
    } as const
    // Only what fails is ever written to a finding: the others need no words.
    if (evaluation !== 'fail' && evaluation !== 'suppressed_upstream') return [...rows, verdict]

    const type = resourceType(asset)
    const category =
      finding.riskCategory === undefined
        ? riskCategoryOf(finding)
        : { category: finding.riskCategory, known: true }
    if (!type.known) count(unknownTypes, asset.nativeType)
    if (!category.known) count(unknownCategories, finding.check)
    const body = renderFinding(finding, {
      scanner,
      resourceType: type.type,
      riskCategory: category.category,
    })
    return [
      ...rows,
      {
        ...verdict,
        ...bodyColumns(body, 'security_finding'),
        alert_id: alertId('finding', tenantId, fingerprint, sha256),
        asset_key: keyOf(assetKey(asset)),
        title: finding.title,
        risk_category: category.category,
        source_id: finding.sourceId,
      },
    ]
  }

  const attackPathRows = (path: ObservedAttackPath): StagedRow[] => {
    const unit = unitOfAttackPaths(scanner, path.entry.provider, path.accountIds)
    const fingerprint = attackPathFingerprint(
      { scenario: path.scenario, entryAssetId: path.entry.id, targetAssetId: path.target.id },
      sha256,
    )
    const type = resourceType(path.entry)
    if (!type.known) count(unknownTypes, path.entry.nativeType)
    const category =
      path.riskCategory === undefined
        ? riskCategoryOf({ check: path.scenario, service: '', categories: [] })
        : { category: path.riskCategory, known: true }
    if (!category.known) count(unknownCategories, path.scenario)
    const body = renderAttackPath(path, {
      scanner,
      resourceType: type.type,
      riskCategory: category.category,
    })
    return [
      ...unitRows(unit, { covers: false, rejected: false }),
      ...[path.entry, path.target, ...path.assets].flatMap(assetRows),
      {
        kind: 'attack_path',
        fingerprint,
        alert_id: alertId('attack_path', tenantId, fingerprint, sha256),
        unit_key: keyOf(unit.key),
        asset_key: keyOf(assetKey(path.entry)),
        target_key: keyOf(assetKey(path.target)),
        evaluation: evaluationRank('fail'),
        severity: severityRank(path.severity),
        ...firstSeen(path.firstSeenAt),
        ...bodyColumns(body, 'attack_path'),
        title: path.title,
        risk_category: category.category,
        source_id: '',
        account_ids: path.accountIds,
        routes: JSON.stringify(path.routes),
        risk_score: path.riskScore,
      },
    ]
  }

  const rejectedRows = ({ names }: Rejected): StagedRow[] => {
    if (names.kind === 'unit')
      return unitRows(unitOfFindings(scanner, names.unit), { covers: false, rejected: true })
    // The provider says nothing here: the accounts are taken out of the coverage of paths, whoever's they are.
    if (names.kind === 'attack_path_accounts') {
      return unitRows(unitOfAttackPaths(scanner, 'AWS', names.accountIds), {
        covers: false,
        rejected: true,
      })
    }
    return []
  }

  return {
    begin(header) {
      scanner = header.scanner
      incremental = header.snapshot === 'incremental'
    },
    rows(result) {
      switch (result.kind) {
        case 'header':
          return []
        case 'finding':
          return findingRows(result.finding)
        case 'attack_path':
          return attackPathRows(result.attackPath)
        case 'asset':
          return assetRows(result.asset)
        case 'rejected':
          return rejectedRows(result)
      }
    },
    statistics: () => ({
      unknown_resource_types: mostFrequent(unknownTypes),
      unknown_risk_categories: mostFrequent(unknownCategories),
      quarantined,
      truncated,
    }),
  }
}

function firstSeen(at: Date | undefined): { readonly first_seen_at?: Date } {
  return at === undefined ? {} : { first_seen_at: at }
}

function count(counts: Map<string, number>, word: string): void {
  const name = storableText(word)
  // Names beyond any plausible number of types are an attack on our memory: they are counted together.
  const key = counts.has(name) || counts.size < MAX_REMEMBERED ? name : '(others)'
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function mostFrequent(counts: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  const sorted = [...counts].toSorted(([a, many], [b, few]) => few - many || (a < b ? -1 : 1))
  return Object.fromEntries(sorted.slice(0, MAX_LISTED).map(([name, times]) => [name, times]))
}
