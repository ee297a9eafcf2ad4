import type { ObservedAsset, ResourceType } from './asset.ts'
import { isGlobalAssetId } from './fingerprint.ts'
import type { JsonObject, ObservedAttackPath, ObservedFinding } from './observation.ts'
import type { Provider } from './provider.ts'
import type { RiskCategory } from './risk-category.ts'
import { scannerLabels } from './siem-labels.ts'

/**
 * What a record says of a finding or an attack path and a scan does not change, before it is text. An absent text is an
 * empty string, an absent list an empty one.
 */
export interface SiemBody {
  readonly provider: Provider
  readonly accountId: string
  readonly assetId: string
  readonly resourceType: ResourceType
  readonly riskCategory: RiskCategory
  readonly attackScenario: string
  readonly ruleId: string
  readonly scanner: string
  readonly region: string
  readonly accountIds: readonly string[]
  readonly url: string
  readonly cveIds: readonly string[]
  readonly compliance: readonly string[]
  readonly mitre: readonly string[]
  /** Names of fields of which something was left out. */
  readonly truncatedFields: readonly string[]
  readonly labels: readonly string[]
  readonly description: string
  readonly remediation: string
  readonly relatedResources: readonly (readonly string[])[]
  readonly relatedAssets: readonly ObservedAsset[]
  /** Of an attack path, and only there. */
  readonly risk?: SiemRisk
}

export interface SiemRisk {
  readonly score: number
  readonly workload: JsonObject
  readonly definitions: readonly JsonObject[]
}

/** What our tables say where a report does not say it in the record's words. */
export interface SiemDecisions {
  readonly scanner: string
  readonly resourceType: ResourceType
  readonly riskCategory: RiskCategory
}

/** Limit of the original's `account_id`, in code points. */
export const MAX_ACCOUNT_ID = 50

export function bodyOfFinding(observed: ObservedFinding, decided: SiemDecisions): SiemBody {
  const { asset, relatedAssets } = observed
  const assets = eachOnce([asset, ...relatedAssets])
  return {
    ...common(observed, decided, asset, [observed.accountId]),
    provider: observed.provider,
    attackScenario: observed.title || observed.check,
    ruleId: observed.check,
    region: observed.region,
    url: isLink(observed.url) ? observed.url : '',
    cveIds: observed.cveIds,
    compliance: observed.compliance,
    mitre: [],
    relatedResources: [assets.map((related) => related.id)],
    relatedAssets: assets,
  }
}

export function bodyOfAttackPath(observed: ObservedAttackPath, decided: SiemDecisions): SiemBody {
  const { entry, target } = observed
  return {
    ...common(observed, decided, entry, [entry.accountId, ...observed.accountIds]),
    provider: entry.provider,
    attackScenario: observed.title || observed.scenario,
    ruleId: observed.scenario,
    region: entry.region,
    url: '',
    cveIds: [],
    compliance: [],
    mitre: observed.mitre,
    relatedResources: observed.routes,
    relatedAssets: eachOnce([entry, ...observed.assets, target]),
    risk: {
      score: observed.riskScore,
      workload: observed.workload,
      definitions: observed.riskDefinitions,
    },
  }
}

/** The same without the regions of assets whose id needs none: a scanner that stops writing them says nothing new. */
export function withoutGlobalRegions(body: SiemBody): SiemBody {
  const { risk } = body
  return {
    ...body,
    region: isGlobalAssetId(body.assetId) ? '' : body.region,
    relatedAssets: body.relatedAssets.map((asset) =>
      isGlobalAssetId(asset.id) ? { ...asset, region: '' } : asset,
    ),
    ...(risk === undefined ? {} : { risk: { ...risk, workload: placeless(risk.workload) } }),
  }
}

function placeless(workload: JsonObject): JsonObject {
  const { asset_id: assetId } = workload
  return typeof assetId === 'string' && isGlobalAssetId(assetId)
    ? { ...workload, region: null }
    : workload
}

function common(
  observed: ObservedFinding | ObservedAttackPath,
  decided: SiemDecisions,
  main: ObservedAsset,
  accounts: readonly string[],
) {
  const accountIds = [...new Set(accounts)].filter((accountId) => accountId !== '')
  const { labels, cut } = scannerLabels(main.labels)
  return {
    accountId: accountsThatFit(accountIds),
    assetId: main.id,
    resourceType: decided.resourceType,
    riskCategory: decided.riskCategory,
    scanner: decided.scanner,
    accountIds,
    labels,
    truncatedFields: cut ? ['labels'] : [],
    description: observed.description,
    remediation: observed.remediation,
  }
}

/** The main account, then further whole ids while they fit: an id is never cut in half. */
function accountsThatFit(accountIds: readonly string[]): string {
  const [first = '', ...further] = accountIds
  const main = fitsAccountId(first) ? first : longestTail(first)
  let list = main
  for (const accountId of further) {
    const longer = `${list},${accountId}`
    if (!fitsAccountId(longer)) break
    list = longer
  }
  return list
}

/**
 * What an id goes by that is too long for the original's field: the most of its whole last parts that fits, as of a
 * cluster's ARN or a context of GKE. The id itself where none fits; it stands whole in `account_ids` either way.
 */
function longestTail(id: string): string {
  for (const { index } of id.matchAll(/[/:_]/g)) {
    const tail = id.slice(index + 1)
    if (tail !== '' && fitsAccountId(tail)) return tail
  }
  return id
}

function fitsAccountId(text: string): boolean {
  return [...text].length <= MAX_ACCOUNT_ID
}

/** By their ids, which is what the record's routes and lists know of them; the first word on one stands. */
function eachOnce(assets: readonly ObservedAsset[]): readonly ObservedAsset[] {
  if (assets.length === 1) return assets
  const byId = new Map<string, ObservedAsset>()
  for (const asset of assets) {
    if (!byId.has(asset.id)) byId.set(asset.id, asset)
  }
  return [...byId.values()]
}

/** The length that every reader of a link should bear (RFC 9110, section 4.1). */
const MAX_LINK = 8_000

/**
 * An absolute http or https URI of RFC 3986 with a host by name or IPv4 address and no user in it, so that what
 * passes here is a `uri` to every validator, and no password goes out.
 */
const LINK =
  /^https?:\/\/[a-z0-9][\w.-]*(?::\d{1,5})?(?:\/(?:[\w.~!$&'()*+,;=:@/-]|%[0-9a-f]{2})*)?(?:\?(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?(?:#(?:[\w.~!$&'()*+,;=:@/?-]|%[0-9a-f]{2})*)?$/i

function isLink(url: string): boolean {
  return url.length <= MAX_LINK && LINK.test(url)
}
