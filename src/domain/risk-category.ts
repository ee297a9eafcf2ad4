import {
  checkPatterns,
  checksByCategory,
  dataServices,
  identityServices,
  riskyCategories,
  trafficControl,
  workloadServices,
} from './risk-category-table.ts'

/** The record's eight risk categories. */
export const riskCategories = [
  'Administrator Access Compromise',
  'Cross Account',
  'Data Exposure',
  'Neglected Resource',
  'Privilege Escalation',
  'Risky Configurations',
  'Subdomain Takeover',
  'Vulnerable Public Workload',
] as const
export type RiskCategory = (typeof riskCategories)[number]

/** What a check is taken for that no table knows: a setting that is not as it should be. */
export const defaultRiskCategory: RiskCategory = 'Risky Configurations'

/** What a scanner says of its check, in its own words; nothing of the finding. */
export interface CheckWords {
  readonly check: string
  readonly service: string
  readonly categories: readonly string[]
}

/**
 * The risk category of a finding whose report names none: by the check itself, else by words in its
 * id, else by the scanner's categories together with the service. Where several fit, the order is
 * Subdomain Takeover, Vulnerable Public Workload, Administrator Access Compromise, Privilege
 * Escalation, Cross Account, Data Exposure, Risky Configurations, Neglected Resource, but what a
 * check calls itself goes before what its scanner files it under. `known` is false where only the
 * default is left.
 */
export function riskCategoryOf(words: CheckWords): { category: RiskCategory; known: boolean } {
  const check = words.check.toLowerCase()
  const category =
    categoryByCheck.get(check) ??
    checkPatterns.find(([, pattern]) => pattern.test(check))?.[0] ??
    categoryByFiling(check, words)
  return { category: category ?? defaultRiskCategory, known: category !== undefined }
}

function categoryByFiling(check: string, words: CheckWords): RiskCategory | undefined {
  const service = words.service.toLowerCase()
  const filed = new Set(words.categories.map(withoutPunctuation))
  const exposed = filed.has('internetexposed') && !trafficControl.test(check)
  if (exposed && workloads.has(service)) return 'Vulnerable Public Workload'
  if (filed.has('privilegeescalation')) return 'Privilege Escalation'
  if (filed.has('trustboundaries') && identities.has(service)) return 'Cross Account'
  if (exposed && data.has(service)) return 'Data Exposure'
  return [...filed].some((name) => risky.has(name)) ? 'Risky Configurations' : undefined
}

const categoryByCheck: ReadonlyMap<string, RiskCategory> = new Map(
  riskCategories.flatMap((category) =>
    wordsOf(checksByCategory[category]).map((check) => [check, category] as const),
  ),
)
const risky = new Set(wordsOf(riskyCategories))
const data = new Set(wordsOf(dataServices))
const workloads = new Set(wordsOf(workloadServices))
const identities = new Set(wordsOf(identityServices))

function wordsOf(text: string): string[] {
  return text.trim().split(/\s+/)
}

function withoutPunctuation(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
