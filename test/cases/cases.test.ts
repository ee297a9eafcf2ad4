import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { alertId, attackPathFingerprint, findingFingerprint } from '../../src/domain/fingerprint.ts'
import type { Provider } from '../../src/domain/provider.ts'
import { native } from '../../src/sources/native/index.ts'
import { pureEngine } from './pure-engine.ts'
import { readCases } from './read-cases.ts'
import { runCase } from './run-case.ts'

/** The design's own cases lie beside the checkout, not in it. */
const CASES = resolve('..', 'shared', 'cases')

const isAbsent = !existsSync(CASES)
if (isAbsent) console.warn(`The cases of the life cycle are not at ${CASES}: they are not run.`)

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

interface Vector {
  readonly tenant: string
  readonly fingerprint: string
  readonly alert_id: string
}

interface Vectors {
  readonly findings: readonly (Vector & Readonly<Record<string, string>>)[]
  readonly attack_paths: readonly (Vector & Readonly<Record<string, string>>)[]
}

describe.skipIf(isAbsent)('the life cycle in memory', () => {
  it.each(['life-cycle', 'histories.ndjson.gz'])('answers as %s expects', async (name) => {
    const cases = await readCases(resolve(CASES, name))
    const engine = pureEngine(native)

    const results = await Promise.all(cases.map((testCase) => runCase(testCase, engine)))

    expect(results.length).toBeGreaterThan(0)
    expect(results.filter(({ failure }) => failure !== undefined)).toEqual([])
  })

  it('gives findings and attack paths the ids of ids.json, to the byte', async () => {
    const text = await readFile(resolve(CASES, 'ids.json'), 'utf8')
    const vectors = JSON.parse(text) as Vectors

    const findings = vectors.findings.map((vector) => {
      const { scanner = '', check = '', provider, account = '', region = '' } = vector
      const { asset = '', discriminator = '' } = vector
      const identity = { scanner, check, region, discriminator, accountId: account, assetId: asset }
      const print = findingFingerprint({ ...identity, provider: provider as Provider }, sha256)
      return idsOf('finding', vector, print)
    })
    const paths = vectors.attack_paths.map((vector) => {
      const { scenario = '', entry = '', target = '' } = vector
      const identity = { scenario, entryAssetId: entry, targetAssetId: target }
      return idsOf('attack_path', vector, attackPathFingerprint(identity, sha256))
    })

    expect(findings).toEqual(vectors.findings.map(expectedIds))
    expect(paths).toEqual(vectors.attack_paths.map(expectedIds))
  })
})

function idsOf(kind: 'finding' | 'attack_path', { tenant }: Vector, fingerprint: Uint8Array) {
  return {
    fingerprint: Buffer.from(fingerprint).toString('hex'),
    alert_id: alertId(kind, tenant, fingerprint, sha256),
  }
}

function expectedIds({ fingerprint, alert_id }: Vector) {
  return { fingerprint, alert_id }
}
