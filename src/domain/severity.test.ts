import { describe, expect, it } from 'vitest'
import { severities, severityOfRiskScore, severityRank } from './severity.ts'

describe('severityRank', () => {
  it('rises from Information to Critical', () => {
    expect(severities.map(severityRank)).toEqual([0, 1, 2, 3, 4])
    expect(severityRank('Critical')).toBeGreaterThan(severityRank('High'))
  })
})

describe('severityOfRiskScore', () => {
  it.each([
    [0, 'Information'],
    [9, 'Information'],
    [10, 'Low'],
    [39, 'Low'],
    [40, 'Medium'],
    [69, 'Medium'],
    [70, 'High'],
    [89, 'High'],
    [90, 'Critical'],
    [100, 'Critical'],
  ])('calls a score of %i %s', (score, severity) => {
    expect(severityOfRiskScore(score)).toBe(severity)
  })
})
