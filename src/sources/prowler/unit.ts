import type { Provider } from '../../domain/provider.ts'
import type { ScanContext } from '../../domain/scan.ts'
import type { Unit } from '../../domain/unit.ts'
import type { Rejected } from '../source.ts'
import type { ProwlerUnit } from './schema.ts'

/** The unit a record names, or what keeps it from naming one. */
export type NamedUnit =
  | { readonly kind: 'unit'; readonly unit: Unit }
  /** Of a provider that is none of the four, told by its name: no finding of ours can stand in it. */
  | { readonly kind: 'foreign'; readonly provider: string }
  | { readonly kind: 'missing'; readonly missing: NonNullable<Rejected['missing']> }

/** Whose check of what, where. What the record leaves out, the uploader may have said. */
export function unitOf(record: ProwlerUnit, context: ScanContext): NamedUnit {
  const word = providerWord(record)
  const provider = word === '' ? context.provider : providersByWord.get(word)
  if (provider === undefined) {
    return word === ''
      ? { kind: 'missing', missing: 'provider' }
      : { kind: 'foreign', provider: /^[a-z0-9]{1,32}$/.test(word) ? word : 'another provider' }
  }

  const accountId = accountOf(record, provider) || context.accountId
  if (accountId === undefined || accountId === '') {
    return { kind: 'missing', missing: provider === 'KUBE' ? 'cluster' : 'account' }
  }

  const check = record.metadata.event_code.toLowerCase()
  const region = regionOf(record.resources?.[0], provider) || record.cloud?.region || ''
  return { kind: 'unit', unit: { check, provider, accountId, region } }
}

const providersByWord: ReadonlyMap<string, Provider> = new Map([
  ['aws', 'AWS'],
  ['azure', 'AZURE'],
  ['gcp', 'GCP'],
  ['kubernetes', 'KUBE'],
])

/** Before 5.19 a Kubernetes record names its provider only in the finding's uid: `prowler-kubernetes-…`. */
function providerWord(record: ProwlerUnit): string {
  const word =
    record.cloud?.provider ||
    record.unmapped?.provider ||
    /^prowler-([a-z0-9]{1,32})-/.exec(record.finding_info?.uid ?? '')?.[1]
  return (word ?? '').toLowerCase()
}

function accountOf(record: ProwlerUnit, provider: Provider): string {
  const named = record.cloud?.account?.uid || record.unmapped?.provider_uid || ''
  // What Prowler writes for whatever cluster it runs in, unless it is told a name.
  const isAnyCluster = provider === 'KUBE' && named.toLowerCase() === 'in-cluster'
  return isAnyCluster ? '' : named
}

/**
 * Empty where there is none. In Kubernetes it is the namespace: Prowler can be told to scan some
 * namespaces only, and a finding in another one must not be taken for covered.
 */
export function regionOf(resource: Place | undefined, provider: Provider): string {
  if (provider !== 'KUBE') return resource?.region ?? ''
  const namespace = resource?.namespace || resource?.region?.replace(/^namespace: /, '') || ''
  return namespace === 'cluster-wide' ? '' : namespace
}

type Place = NonNullable<ProwlerUnit['resources']>[number]
