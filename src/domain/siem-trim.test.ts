import { describe, expect, it } from 'vitest'
import { aFinding, anAsset, anAttackPath, decisions } from '../../test/observed-factories.ts'
import {
  longestSiemHead,
  MAX_RECORD_BYTES,
  renderAttackPath,
  renderFinding,
  siemLine,
} from './siem-record.ts'
import type { RenderedBody } from './siem-record.ts'

describe('a record that is too large', () => {
  const manyAssets = Array.from({ length: 1_000 }, (_, number) =>
    anAsset({ id: `arn:aws:s3:::bucket-${number}` }),
  )

  it('leaves a record alone that just fits', () => {
    const spare = budgetOf(renderFinding(aFinding({ description: '' }), decisions()))

    const fits = renderFinding(aFinding({ description: 'x'.repeat(spare) }), decisions())
    const tooLong = renderFinding(aFinding({ description: 'x'.repeat(spare + 1) }), decisions())

    expect(fits.truncatedFields).toEqual([])
    expect(tooLong.truncatedFields).toEqual(['description'])
    expect(recordOf(tooLong)['description']).toBe('x'.repeat(4_096))
  })

  it.each([
    [
      'details of assets before their ids',
      { relatedAssets: manyAssets.slice(0, 300) },
      ['related_assets'],
    ],
    [
      'the end of both when the ids alone are too many',
      {
        relatedAssets: [
          ...manyAssets,
          ...manyAssets.map((asset) => ({ ...asset, id: `${asset.id}-copy` })),
        ],
      },
      ['related_assets', 'related_resources'],
    ],
    [
      'texts',
      { description: 'x'.repeat(50_000), remediation: 'y'.repeat(50_000) },
      ['description', 'remediation'],
    ],
    [
      'compliance before vulnerabilities',
      { compliance: many('CIS', 9_000), cveIds: many('CVE', 1_000) },
      ['compliance'],
    ],
    ['vulnerabilities', { cveIds: many('CVE', 9_000) }, ['cve_ids']],
    ['the title last', { title: 'x'.repeat(60_000) }, ['attack_scenario']],
  ])('of a finding cuts %s', (_name, change, fields) => {
    const rendered = renderFinding(aFinding(change), decisions())

    expect(rendered.truncatedFields).toEqual(fields)
    expect(recordOf(rendered)['truncated_fields']).toEqual(fields)
    expect(budgetOf(rendered)).toBeGreaterThanOrEqual(0)
    expect(rendered.quarantined).toBeUndefined()
  })

  it('keeps as much of a list as fits', () => {
    const cveIds = many('CVE', 9_000)

    const rendered = renderFinding(aFinding({ cveIds }), decisions())

    const kept = recordOf(rendered)['cve_ids'] as string[]
    expect(kept).toEqual(cveIds.slice(0, kept.length))
    expect(budgetOf(rendered)).toBeLessThan(1_000)
  })

  it('never cuts a code point in half', () => {
    const description = 'x'.repeat(4_095) + '\u{1f600}'.repeat(20_000)

    const rendered = renderFinding(aFinding({ description }), decisions())

    expect(recordOf(rendered)['description']).toBe('x'.repeat(4_095))
  })

  const { workload } = anAttackPath()
  const vulnerabilities = many('CVE-2021', 9_000).map((id) => ({ cve_id: id }))
  const identity = { effective_permissions: many('s3', 9_000) }
  const longTexts = anAttackPath().riskDefinitions.map((definition) => ({
    ...definition,
    text: 'x'.repeat(60_000),
  }))

  it.each([
    [
      'vulnerabilities first',
      {
        workload: {
          ...workload,
          vulnerabilities,
          identity: { effective_permissions: many('s3', 1_000) },
        },
      },
      ['risk_params.workload.vulnerabilities'],
    ],
    [
      'then permissions',
      { workload: { ...workload, identity } },
      ['risk_params.workload.identity.effective_permissions'],
    ],
    [
      'then routes',
      { routes: Array.from({ length: 2_000 }, () => anAttackPath().routes[0] ?? []) },
      ['related_resources'],
    ],
    ['the texts of risks', { riskDefinitions: longTexts }, ['risk_params.risk_definitions']],
    [
      'addresses',
      { workload: { ...workload, exposure: { is_public: true, cidrs: many('10.0.0', 9_000) } } },
      ['risk_params.workload.exposure.cidrs'],
    ],
  ])('of an attack path cuts %s', (_name, change, fields) => {
    const rendered = renderAttackPath(anAttackPath(change), decisions())

    expect(rendered.truncatedFields).toEqual(fields)
    expect(budgetOf(rendered)).toBeGreaterThanOrEqual(0)
    expect(rendered.quarantined).toBeUndefined()
  })

  it('keeps whole routes, and the first of them always', () => {
    const [route = []] = anAttackPath().routes
    const routes = Array.from({ length: 2_000 }, () => route)

    const record = recordOf(renderAttackPath(anAttackPath({ routes }), decisions()))

    const kept = record['related_resources'] as string[][]
    expect(kept.length).toBeGreaterThan(100)
    expect(kept).toEqual(routes.slice(0, kept.length))
  })

  it('quarantines what is too long in its ids alone', () => {
    const asset = anAsset({ id: 'x'.repeat(60_000) })

    const { quarantined } = renderFinding(aFinding({ asset }), decisions())

    expect(quarantined).toMatch(/^\d+ bytes/)
  })
})

function recordOf({ parts, labelsJson }: RenderedBody): Record<string, unknown> {
  return JSON.parse(siemLine(longestSiemHead, parts, labelsJson, 'siem')) as Record<string, unknown>
}

/** Bytes that its record could still take beside two more lists of labels of 8 KiB. */
function budgetOf({ parts, labelsJson }: RenderedBody): number {
  const line = siemLine(longestSiemHead, parts, labelsJson, 'siem')
  return MAX_RECORD_BYTES - 2 * 8_193 - Buffer.byteLength(line)
}

function many(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, number) => `${name}-${number}`)
}
