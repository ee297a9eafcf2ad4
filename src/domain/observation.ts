import type { ObservedAsset } from './asset.ts'
import type { Evaluation } from './evaluation.ts'
import type { Provider } from './provider.ts'
import type { RiskCategory } from './risk-category.ts'
import type { Severity } from './severity.ts'

/** What one record of a report says of one check on one asset, before it is joined to a finding. */
export interface ObservedFinding {
  readonly check: string
  readonly evaluation: Evaluation
  readonly severity: Severity
  readonly title: string
  readonly description: string
  readonly remediation: string
  readonly provider: Provider
  readonly accountId: string
  /** Empty where the record has none. */
  readonly region: string
  readonly asset: ObservedAsset
  /** Tells apart several findings of one check on one asset; usually empty. */
  readonly discriminator: string
  /** Only when the report says it in our words; else the data table decides, by check, service and categories. */
  readonly riskCategory?: RiskCategory
  readonly service: string
  readonly categories: readonly string[]
  /** The scanner's own first-seen. */
  readonly firstSeenAt?: Date
  /** When the scanner says it looked. */
  readonly observedAt?: Date
  readonly relatedAssets: readonly ObservedAsset[]
  readonly cveIds: readonly string[]
  readonly compliance: readonly string[]
  /** The scanner's id of the finding, for look-up. */
  readonly sourceId: string
  /** A link of the scanner's; empty where there is none. */
  readonly url: string
}

/** An attack path as a report gives it. Its main asset is the entry. */
export interface ObservedAttackPath {
  readonly scenario: string
  readonly title: string
  readonly description: string
  readonly remediation: string
  readonly severity: Severity
  readonly provider: Provider
  readonly entry: ObservedAsset
  readonly target: ObservedAsset
  /** Each route: asset ids from entry to target, both included. */
  readonly routes: readonly (readonly string[])[]
  /** What the report tells of the assets on the routes. */
  readonly assets: readonly ObservedAsset[]
  /** Every account on the path, the entry's first, each once. */
  readonly accountIds: readonly string[]
  /** 0 to 100, higher is worse. */
  readonly riskScore: number
  /** Valid against workload.v1.schema.json. */
  readonly workload: JsonObject
  /** Valid against risk-definitions.v1.schema.json. */
  readonly riskDefinitions: readonly JsonObject[]
  readonly riskCategory?: RiskCategory
  readonly mitre: readonly string[]
  readonly firstSeenAt?: Date
}

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject
export interface JsonObject {
  readonly [key: string]: JsonValue
}
