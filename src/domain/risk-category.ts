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
