import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  alertId,
  attackPathFingerprint,
  findingFingerprint,
  isGlobalAssetId,
  lengthPrefixed,
} from './fingerprint.ts'
import type { FindingIdentity } from './fingerprint.ts'
import { providers } from './provider.ts'
import type { Provider } from './provider.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest()

function fingerprintOf(identity: FindingIdentity): string {
  return Buffer.from(findingFingerprint(identity, sha256)).toString('hex')
}

function aFinding(overrides: Partial<FindingIdentity> = {}): FindingIdentity {
  return {
    scanner: 'probe',
    check: 'open-port',
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
    assetId: 'sg-1',
    discriminator: 'tcp/22',
    ...overrides,
  }
}

/** Worked out by another program. */
describe('the vectors', () => {
  it.each([
    [
      'of a regional asset',
      aFinding(),
      '3600576f8d351fe7804932352954affe88acd71c657d03bd9d58392c20899cb9',
      'fnd_rnqbsd3ljok7wikkeqdmlqwbq7',
    ],
    [
      'of a global asset, and of text that is not ASCII',
      aFinding({
        check: 'prüfung',
        provider: 'AZURE',
        accountId: 'konto',
        region: 'westeurope',
        assetId: '/Subscriptions/s-1/x',
        discriminator: '🔑',
      }),
      '8c5fdb918b6aa97693982b8d32433b254ba6eb7001e1274dc525542bb3f8d507',
      'fnd_xssx6z2uitb5ujkn7qawlqscib',
    ],
  ])('%s give the same finding', (_, identity, fingerprint, id) => {
    expect(fingerprintOf(identity)).toBe(fingerprint)
    expect(alertId('finding', 'id-orchard', Buffer.from(fingerprint, 'hex'), sha256)).toBe(id)
  })

  it('give the same attack path', () => {
    const path = {
      scenario: 'public-vm-to-data',
      entryAssetId: 'i-1',
      targetAssetId: 'arn:aws:s3:::ledger',
    }

    const fingerprint = attackPathFingerprint(path, sha256)

    expect(Buffer.from(fingerprint).toString('hex')).toBe(
      '2053d4d0d7bf5f3cc7d2fc9cd88a01e63c38f063a7dd4ea368b33d0a08cd0f99',
    )
    expect(alertId('attack_path', 'id-orchard', fingerprint, sha256)).toBe(
      'atp_7x4aqztcmt3whuusxptemuenp6',
    )
  })
})

describe('a fingerprint', () => {
  const part = fc.string({ unit: 'binary' })
  const identity: fc.Arbitrary<FindingIdentity> = fc.record({
    scanner: part,
    check: part,
    provider: fc.constantFrom(...providers),
    accountId: part,
    region: part,
    assetId: part.map((id) => `x${id}`),
    discriminator: part,
  })

  it('is one for one identity, and another for any other', () => {
    fc.assert(
      fc.property(identity, identity, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other)

        expect(fingerprintOf(one)).toBe(fingerprintOf({ ...one }))
        expect(fingerprintOf(one) === fingerprintOf(other)).toBe(isSame)
      }),
    )
  })

  it('counts where a part ends', () => {
    const one = aFinding({ check: 'ab', accountId: 'c' })
    const other = aFinding({ check: 'a', accountId: 'bc' })

    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other))
  })

  it.each([
    ['arn:aws:s3:::bucket', true],
    ['ARN:aws:s3:::bucket', true],
    ['/subscriptions/s/x', true],
    ['/Providers/x', true],
    ['//storage.googleapis.com/b', true],
    ['k8s://cluster/default/pod/x', true],
    ['sg-1', false],
    ['my-arn:aws', false],
    ['/subscription/x', false],
    ['', false],
  ])('of the asset %j leaves its region out: %s', (assetId, isGlobal) => {
    const here = fingerprintOf(aFinding({ assetId, region: 'eu-west-1' }))
    const there = fingerprintOf(aFinding({ assetId, region: 'us-east-1' }))

    expect(isGlobalAssetId(assetId)).toBe(isGlobal)
    expect(here === there).toBe(isGlobal)
  })
})

describe('lengthPrefixed', () => {
  it('puts before each part its length in bytes, big end first', () => {
    expect([...lengthPrefixed(['a', '', 'ß'])]).toEqual([
      0, 0, 0, 1, 97, 0, 0, 0, 0, 0, 0, 0, 2, 195, 159,
    ])
  })
})

interface Vector {
  readonly note: string
  readonly tenant: string
  readonly fingerprint: string
  readonly alert_id: string
}
interface FindingVector extends Vector {
  readonly scanner: string
  readonly check: string
  readonly provider: Provider
  readonly account: string
  readonly region: string
  readonly asset: string
  readonly discriminator: string
}
interface PathVector extends Vector {
  readonly scenario: string
  readonly entry: string
  readonly target: string
}

const shared = new URL('../../../shared/cases/ids.json', import.meta.url)
const isAbsent = !existsSync(shared)

describe.skipIf(isAbsent)('the shared vectors (skipped without ../shared/cases/ids.json)', () => {
  const vectors = isAbsent
    ? { findings: [], attack_paths: [] }
    : (JSON.parse(readFileSync(shared, 'utf8')) as {
        readonly findings: readonly FindingVector[]
        readonly attack_paths: readonly PathVector[]
      })

  it.each(vectors.findings)('agree on $note', (vector) => {
    const fingerprint = findingFingerprint(
      { ...vector, accountId: vector.account, assetId: vector.asset },
      sha256,
    )

    expect(Buffer.from(fingerprint).toString('hex')).toBe(vector.fingerprint)
    expect(alertId('finding', vector.tenant, fingerprint, sha256)).toBe(vector.alert_id)
  })

  it.each(vectors.attack_paths)('agree on $note', (vector) => {
    const fingerprint = attackPathFingerprint(
      { scenario: vector.scenario, entryAssetId: vector.entry, targetAssetId: vector.target },
      sha256,
    )

    expect(Buffer.from(fingerprint).toString('hex')).toBe(vector.fingerprint)
    expect(alertId('attack_path', vector.tenant, fingerprint, sha256)).toBe(vector.alert_id)
  })
})
