import type { ObservedAsset } from '../../domain/asset.ts'
import type { Evaluation } from '../../domain/evaluation.ts'
import type { ScanContext } from '../../domain/scan.ts'
import type { Severity } from '../../domain/severity.ts'
import type { Unit } from '../../domain/unit.ts'
import { identityProblem } from '../identity-text.ts'
import type { ReadResult, Rejected } from '../source.ts'
import { kubernetesAsset } from './kubernetes-asset.ts'
import { scannedAt } from './scanned-at.ts'
import type { ProwlerFinding, ProwlerResource } from './schema.ts'
import { complianceOf, descriptionOf, linkOf, namingAsset, remediationOf } from './texts.ts'
import { regionOf, unitOf } from './unit.ts'
import type { Validators } from './validators.ts'

/** A record as it stands in its report. */
export interface ReportedRecord {
  readonly value: unknown
  /** JSON pointer to the record. */
  readonly pointer: string
  readonly offset: number
}

/** The finding that a record of Prowler 4.5 or newer observed, or why it tells of none. */
export function toResult(
  { value: record, pointer, offset }: ReportedRecord,
  context: ScanContext,
  validators: Validators,
): ReadResult {
  const reject = ({ at, reason }: Problem): Rejected => ({
    kind: 'rejected',
    pointer: pointer + at,
    offset,
    reason,
    names: namesOf(record, context, validators),
  })

  if (!validators.finding.Check(record)) return reject(problemOf(record, validators))

  const named = unitOf(record, context)
  if (named.kind === 'foreign') {
    return reject({ at: '', reason: `is of ${named.provider}, not aws, azure, gcp or kubernetes` })
  }
  if (named.kind === 'missing') {
    return { ...reject({ at: '', reason: `names no ${named.missing}` }), missing: named.missing }
  }
  const { unit } = named

  const evaluation = evaluationOf(record)
  if (evaluation === undefined) {
    return reject({ at: '/status_code', reason: 'is none of FAIL, PASS and MANUAL' })
  }
  const severity = severityOf(record)
  if (severity === undefined) {
    return reject({ at: '/severity_id', reason: 'is no severity that Prowler writes' })
  }
  const assets = record.resources.map((each) => assetOf(each, unit))
  const [asset, ...relatedAssets] = assets
  if (asset === undefined || asset.id === '') {
    return reject({ at: '/resources/0/uid', reason: 'is empty, and so is the name' })
  }
  const unfit = unfitAsset(record.resources, assets)
  if (unfit !== undefined) return reject(unfit)

  const observedAt = scannedAt(record)
  return {
    kind: 'finding',
    finding: {
      ...unit,
      evaluation,
      severity,
      title: record.finding_info?.title || record.metadata.event_code,
      description: descriptionOf(record, asset),
      remediation: remediationOf(record),
      asset,
      discriminator: '',
      service: record.resources[0]?.group?.name ?? '',
      categories: record.unmapped?.categories ?? [],
      ...(observedAt === undefined ? {} : { observedAt }),
      relatedAssets: relatedAssets.filter(({ id }) => id !== ''),
      cveIds: [],
      compliance: complianceOf(record),
      sourceId: namingAsset(record.finding_info?.uid ?? '', record, asset),
      url: linkOf(record),
    },
  }
}

/** Only what fails can be muted: a muted pass is a pass, and what was not assessed stays so. */
function evaluationOf(record: ProwlerFinding): Evaluation | undefined {
  const evaluation = evaluationsByCode.get(record.status_code.toUpperCase())
  return evaluation === 'fail' && isMuted(record) ? 'suppressed_upstream' : evaluation
}

/** Both, since some releases write the id 3 beside the status "New". */
function isMuted({ status, status_id }: ProwlerFinding): boolean {
  return status_id === 3 && status?.toLowerCase() === 'suppressed'
}

const evaluationsByCode: ReadonlyMap<string, Evaluation> = new Map([
  ['FAIL', 'fail'],
  ['PASS', 'pass'],
  ['MANUAL', 'not_assessed'],
])

function severityOf(record: ProwlerFinding): Severity | undefined {
  return (
    severitiesById.get(record.severity_id ?? -1) ??
    severitiesByName.get(record.severity?.toLowerCase() ?? '')
  )
}

/** OCSF's `severity_id` and its captions (schema.ocsf.io, base event); 99 is Other. */
const nativeSeverities: readonly (readonly [number, string, Severity])[] = [
  [0, 'unknown', 'Information'],
  [1, 'informational', 'Information'],
  [2, 'low', 'Low'],
  [3, 'medium', 'Medium'],
  [4, 'high', 'High'],
  [5, 'critical', 'Critical'],
  [6, 'fatal', 'Critical'],
  [99, 'other', 'Information'],
]
const severitiesById = new Map(nativeSeverities.map(([id, , severity]) => [id, severity]))
const severitiesByName = new Map(nativeSeverities.map(([, name, severity]) => [name, severity]))

/** An id that is empty means that the record names no asset. */
function assetOf(resource: ProwlerResource, unit: Unit): ObservedAsset {
  const { provider, accountId } = unit
  const written = {
    id: resource.uid || resource.name || '',
    name: resource.name ?? '',
    nativeType: resource.type ?? '',
  }
  return {
    provider,
    accountId,
    region: regionOf(resource, provider) || unit.region,
    ...(provider === 'KUBE' && written.id !== '' ? inKubernetes(resource, unit) : written),
    ...(provider === 'AZURE' ? { id: written.id.toLowerCase() } : {}),
    labels: [...new Set(resource.labels)].toSorted(),
  }
}

function inKubernetes(
  resource: ProwlerResource,
  unit: Unit,
): Pick<ObservedAsset, 'id' | 'name' | 'nativeType'> {
  const { id, name, kind } = kubernetesAsset({
    cluster: unit.accountId,
    namespace: regionOf(resource, 'KUBE'),
    kind: resource.type || 'Other',
    name: resource.name || resource.uid || '',
    data: resource.data,
  })
  return { id, name, nativeType: kind }
}

interface Problem {
  /** From the record's own pointer on. */
  readonly at: string
  readonly reason: string
}

/** The first asset whose id cannot be kept as it is. In Kubernetes an id is made of several fields. */
function unfitAsset(
  resources: readonly ProwlerResource[],
  assets: readonly ObservedAsset[],
): Problem | undefined {
  for (const [number, { id, provider }] of assets.entries()) {
    const reason = identityProblem(id)
    if (reason === undefined) continue
    const field = resources[number]?.uid ? '/uid' : '/name'
    return { at: `/resources/${number}${provider === 'KUBE' ? '' : field}`, reason }
  }
  return undefined
}

function problemOf(record: unknown, validators: Validators): Problem {
  const [error] = validators.finding.Errors(record)
  if (error?.keyword === 'required') {
    const [missing] = error.params.requiredProperties
    return { at: `${error.instancePath}/${missing}`, reason: 'is missing' }
  }
  return { at: error?.instancePath ?? '', reason: error?.message ?? 'is malformed' }
}

/** What a broken record still takes out of coverage. */
function namesOf(record: unknown, context: ScanContext, validators: Validators): Rejected['names'] {
  if (!validators.unit.Check(record)) return { kind: 'unreadable' }
  const named = unitOf(record, context)
  if (named.kind === 'foreign') return { kind: 'nothing' }
  // Without a resource only a cloud's own region is left to say where.
  const hasPlace = record.resources?.[0] !== undefined || Boolean(record.cloud?.region)
  return named.kind === 'unit' && hasPlace
    ? { kind: 'unit', unit: named.unit }
    : { kind: 'unreadable' }
}
