/** The record's five severities, mildest first; a severity's index is its rank. */
export const severities = ['Information', 'Low', 'Medium', 'High', 'Critical'] as const
export type Severity = (typeof severities)[number]

/** 0 (Information) to 4 (Critical). */
export function severityRank(severity: Severity): number {
  return severities.indexOf(severity)
}

/**
 * The severity of an attack path whose report leaves it out: the bands of its score (0-100),
 * ten times those of CVSS v3.1 (first.org/cvss/v3.1/specification-document, section 5).
 */
export function severityOfRiskScore(riskScore: number): Severity {
  if (riskScore >= 90) return 'Critical'
  if (riskScore >= 70) return 'High'
  if (riskScore >= 40) return 'Medium'
  if (riskScore >= 10) return 'Low'
  return 'Information'
}
