import { createHash } from 'node:crypto'
import {
  alertId,
  attackPathFingerprint,
  findingFingerprint,
  isGlobalAssetId,
} from '../../src/domain/fingerprint.ts'
import type { Provider } from '../../src/domain/provider.ts'
import type { CaseRecord, CaseReport } from './case.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

/** The keys by which a case calls its findings, and the ids that the product gives them: worked out from the records. */
export interface KeyRegister {
  /** Takes in the records of a report; what cannot be read has no key. */
  register(report: CaseReport): void
  idOf(key: string): string | undefined
  /** The key, or the id itself where no record explains it. */
  keyOf(alertId: string): string
}

export function keyRegister(tenantId: string): KeyRegister {
  const idsByKey = new Map<string, string>()
  const keysById = new Map<string, string>()
  return {
    register(report) {
      const header = report.records.find(({ type }) => type === 'scan') ?? {}
      for (const record of report.records) {
        const named = nameOf(record, { ...report.context, ...header }, tenantId)
        if (named === undefined) continue
        idsByKey.set(named.key, named.id)
        keysById.set(named.id, named.key)
      }
    },
    idOf: (key) => idsByKey.get(key),
    keyOf: (id) => keysById.get(id) ?? id,
  }
}

interface Named {
  readonly key: string
  readonly id: string
}

function nameOf(record: CaseRecord, defaults: CaseRecord, tenantId: string): Named | undefined {
  if (record['type'] === 'finding') return nameOfFinding({ ...defaults, ...record }, tenantId)
  if (record['type'] === 'attack_path') return nameOfAttackPath(record, tenantId)
  return undefined
}

function nameOfFinding(record: CaseRecord, tenantId: string): Named {
  const assetId = idIn(record['asset'])
  const identity = {
    scanner: text(record['scanner']),
    check: text(record['check']),
    provider: text(record['provider']) as Provider,
    accountId: text(record['account_id']),
    region: isGlobalAssetId(assetId) ? '' : text(record['region']),
    assetId,
    discriminator: text(record['discriminator']),
  }
  const { scanner, check, accountId, region, discriminator } = identity
  const path = [check, accountId, region, assetId, ...(discriminator === '' ? [] : [discriminator])]
  return {
    key: `${scanner === 'probe' ? '' : `${scanner}:`}${path.join('/')}`,
    id: alertId('finding', tenantId, findingFingerprint(identity, sha256), sha256),
  }
}

function nameOfAttackPath(record: CaseRecord, tenantId: string): Named {
  const identity = {
    scenario: text(record['scenario']),
    entryAssetId: idIn(record['entry']),
    targetAssetId: idIn(record['target']),
  }
  return {
    key: `${identity.scenario}:${identity.entryAssetId}>${identity.targetAssetId}`,
    id: alertId('attack_path', tenantId, attackPathFingerprint(identity, sha256), sha256),
  }
}

function idIn(asset: unknown): string {
  return typeof asset === 'object' && asset !== null && 'id' in asset ? text(asset.id) : ''
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
