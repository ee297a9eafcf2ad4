import type { ObservedAsset } from './asset.ts'
import { jsonString, jsonValue } from './json-text.ts'
import type { JsonObject, JsonValue } from './observation.ts'
import type { SiemBody, SiemRisk } from './siem-body.ts'

/**
 * The text of a body in the pieces between which a record's head and labels stand, in the order of
 * siem-record.v1.schema.json. Each is members of the record, every one behind a comma: `,"name":value…`, or empty.
 */
export interface SiemParts {
  /** provider … attack_scenario */
  readonly identity: string
  /** rule_id … truncated_fields: the original has none of them. */
  readonly facts: string
  readonly description: string
  readonly remediation: string
  /** related_resources */
  readonly resources: string
  /** related_assets */
  readonly assets: string
  /** risk_params */
  readonly risk: string
}

export function siemParts(body: SiemBody): SiemParts {
  return {
    identity: [
      requiredText('provider', body.provider),
      requiredText('account_id', body.accountId),
      requiredText('asset_id', body.assetId),
      requiredText('resource_type', body.resourceType),
      requiredText('risk_category', body.riskCategory),
      requiredText('attack_scenario', body.attackScenario),
    ].join(''),
    description: requiredText('description', body.description),
    remediation: text('remediation', body.remediation),
    resources: `,"related_resources":[${body.relatedResources.map(jsonList).join(',')}]`,
    ...placeParts(body),
  }
}

/** Those parts in which a region stands. */
export function placeParts(body: SiemBody): Pick<SiemParts, 'facts' | 'assets' | 'risk'> {
  return {
    facts: [
      text('rule_id', body.ruleId),
      text('scanner', body.scanner),
      text('region', body.region),
      list('account_ids', body.accountIds),
      text('url', body.url),
      list('cve_ids', body.cveIds),
      list('compliance', body.compliance),
      list('mitre', body.mitre),
      list('truncated_fields', body.truncatedFields),
    ].join(''),
    assets:
      body.relatedAssets.length === 0
        ? ''
        : `,"related_assets":[${body.relatedAssets.map(assetJson).join(',')}]`,
    risk: body.risk === undefined ? '' : riskParams(body.risk),
  }
}

function requiredText(name: string, value: string): string {
  return `,"${name}":${jsonString(value)}`
}

function text(name: string, value: string): string {
  return value === '' ? '' : requiredText(name, value)
}

function list(name: string, items: readonly string[]): string {
  return items.length === 0 ? '' : `,"${name}":${jsonList(items)}`
}

function jsonList(items: readonly string[]): string {
  return `[${items.map(jsonString).join(',')}]`
}

/** One entry of related_assets. */
export function assetJson(asset: ObservedAsset): string {
  const details = [
    text('name', asset.name),
    text('native_type', asset.nativeType),
    text('account_id', asset.accountId),
    text('region', asset.region),
  ].join('')
  return `{"asset_id":${jsonString(asset.id)}${details}}`
}

function riskParams(risk: SiemRisk): string {
  const params = {
    risk_score: risk.score,
    workload: inSchemaOrder(risk.workload),
    risk_definitions: inSchemaOrder(risk.definitions),
  }
  return `,"risk_params":${jsonValue(params)}`
}

/**
 * The members of every object in workload.v1.schema.json and risk-definitions.v1.schema.json, merged so that each
 * object's own order holds.
 */
const SCHEMA_ORDER: ReadonlyMap<string, number> = new Map(
  [
    'id asset_id name type native_type provider account_id region level factor',
    'exposure is_public certainty cidrs ports',
    'identity is_admin is_known_admin effective_permissions',
    'vulnerabilities cve_id cvss epss known_exploited',
    'labels text alert_id resources mitre',
  ]
    .flatMap((names) => names.split(' '))
    .map((name, place) => [name, place]),
)

/** The value with the members of its objects as the schemas list them: a report in another order says the same. */
function inSchemaOrder(value: JsonValue): JsonValue {
  if (value === null || typeof value !== 'object') return value
  if (isList(value)) return value.map(inSchemaOrder)
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => placeOf(one) - placeOf(other))
      .map(([name, member]) => [name, inSchemaOrder(member)]),
  )
}

function placeOf(name: string): number {
  return SCHEMA_ORDER.get(name) ?? SCHEMA_ORDER.size
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value)
}
