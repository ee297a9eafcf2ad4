import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { ObservedAsset } from './asset.ts'
import type { ObservedAttackPath, ObservedFinding } from './observation.ts'
import { attackPathEvidence, findingEvidence } from './to-evidence.ts'

const origin = {
  tenantId: 'id-test',
  scanner: 'probe',
  sha256: (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest(),
}

function anAsset(overrides: Partial<ObservedAsset> = {}): ObservedAsset {
  return {
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
    id: 'vm-1',
    name: 'vm',
    nativeType: 'AWS::EC2::Instance',
    labels: [],
    ...overrides,
  }
}

function aFinding(overrides: Partial<ObservedFinding> = {}): ObservedFinding {
  return {
    check: 'c1',
    evaluation: 'fail',
    severity: 'High',
    title: 'A title',
    description: '',
    remediation: '',
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
    asset: anAsset(),
    discriminator: '',
    service: '',
    categories: [],
    relatedAssets: [],
    cveIds: [],
    compliance: [],
    sourceId: '',
    url: '',
    ...overrides,
  }
}

function aPath(overrides: Partial<ObservedAttackPath> = {}): ObservedAttackPath {
  return {
    scenario: 'public-vm',
    title: 'A title',
    description: '',
    remediation: '',
    severity: 'High',
    provider: 'AWS',
    entry: anAsset(),
    target: anAsset({ id: 'db-1' }),
    routes: [['vm-1', 'db-1']],
    assets: [],
    accountIds: ['222222222222', '111111111111'],
    riskScore: 80,
    workload: { asset_id: 'vm-1' },
    riskDefinitions: [],
    mitre: [],
    ...overrides,
  }
}

describe('the content of a finding', () => {
  const content = (overrides: Partial<ObservedFinding>) =>
    findingEvidence(aFinding(overrides), origin).content

  it.each([
    ['its times', { firstSeenAt: new Date(0), observedAt: new Date(1) }],
    ['what the scan makes of it', { evaluation: 'suppressed_upstream' }],
  ] as const)('is not %s', (_what, overrides) => {
    expect(content(overrides)).toBe(content({}))
  })

  it.each([
    ['severity', { severity: 'Low' }],
    ['texts', { remediation: 'Close it.' }],
    ['labels', { asset: anAsset({ labels: ['Public'] }) }],
    ['related assets', { relatedAssets: [anAsset({ id: 'db-1' })] }],
  ] as const)('is its %s', (_what, overrides) => {
    expect(content(overrides)).not.toBe(content({}))
  })

  it('is not the region of an asset whose id is globally unique', () => {
    const id = 'arn:aws:s3:::bucket'
    const inRegion = { asset: anAsset({ id }), relatedAssets: [anAsset({ id })] }
    const without = {
      region: '',
      asset: anAsset({ id, region: '' }),
      relatedAssets: [anAsset({ id, region: '' })],
    }

    expect(content(inRegion)).toBe(content(without))
    expect(content({ relatedAssets: [anAsset({ region: '' })] })).not.toBe(
      content({ relatedAssets: [anAsset()] }),
    )
  })

  it('does not hang on the order of keys', () => {
    const { title, ...rest } = aFinding()

    expect(findingEvidence({ ...rest, title }, origin)).toEqual(findingEvidence(aFinding(), origin))
  })
})

it('stands in the unit of its check, account and region, and on its asset', () => {
  const evidence = findingEvidence(aFinding(), origin)

  expect(evidence).toMatchObject({
    detectionType: 'security_finding',
    unit: { scanner: 'probe', check: 'c1', accountId: '111111111111', region: 'eu-west-1' },
    assetKeys: ['["AWS","111111111111","eu-west-1","vm-1"]'],
  })
  expect(evidence.alertId).toMatch(/^fnd_[a-z2-7]{26}$/)
})

describe('an attack path', () => {
  it('keeps its id when its hops, its score and its accounts change', () => {
    const longer = aPath({ routes: [['vm-1', 'role', 'db-1']], riskScore: 10, accountIds: ['1'] })

    expect(attackPathEvidence(longer, origin).alertId).toBe(
      attackPathEvidence(aPath(), origin).alertId,
    )
    expect(attackPathEvidence(longer, origin).content).not.toBe(
      attackPathEvidence(aPath(), origin).content,
    )
  })

  it('stands in the unit of all its accounts, whatever their order, and on both its ends', () => {
    const evidence = attackPathEvidence(aPath(), origin)

    expect(evidence.unit).toEqual(
      attackPathEvidence(aPath({ accountIds: aPath().accountIds.toReversed() }), origin).unit,
    )
    expect(evidence.assetKeys).toHaveLength(2)
    expect(evidence.alertId).toMatch(/^atp_/)
  })
})
