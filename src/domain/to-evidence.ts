import { assetKey } from './asset-key.ts'
import type { Evidence } from './evidence.ts'
import type { Sha256 } from './fingerprint.ts'
import { alertId, attackPathFingerprint, findingFingerprint } from './fingerprint.ts'
import type { ObservedAttackPath, ObservedFinding } from './observation.ts'
import { recordContent } from './record-content.ts'
import { unitOfAttackPaths, unitOfFindings } from './scanned-unit.ts'

/** Whose scan a record stands in. */
export interface RecordOrigin {
  readonly tenantId: string
  readonly scanner: string
  readonly sha256: Sha256
}

/** L1: joins a record to its finding, and says in which unit it stands. */
export function findingEvidence(observed: ObservedFinding, origin: RecordOrigin): Evidence {
  const { scanner, tenantId, sha256 } = origin
  const identity = { ...observed, scanner, assetId: observed.asset.id }
  const fingerprint = findingFingerprint(identity, sha256)
  return {
    alertId: alertId('finding', tenantId, fingerprint, sha256),
    detectionType: 'security_finding',
    unit: unitOfFindings(scanner, observed),
    assetKeys: [assetKey(observed.asset)],
    evaluation: observed.evaluation,
    severity: observed.severity,
    content: recordContent(observed),
    ...(observed.firstSeenAt && { firstSeenAt: observed.firstSeenAt }),
  }
}

/** The same of an attack path: `fail` is its only evaluation, and Ignore counts on its entry and its target. */
export function attackPathEvidence(observed: ObservedAttackPath, origin: RecordOrigin): Evidence {
  const { scanner, tenantId, sha256 } = origin
  const { entry, target } = observed
  const identity = { ...observed, entryAssetId: entry.id, targetAssetId: target.id }
  return {
    alertId: alertId('attack_path', tenantId, attackPathFingerprint(identity, sha256), sha256),
    detectionType: 'attack_path',
    unit: unitOfAttackPaths(scanner, entry.provider, observed.accountIds),
    assetKeys: [assetKey(entry), assetKey(target)],
    evaluation: 'fail',
    severity: observed.severity,
    content: recordContent(observed),
    ...(observed.firstSeenAt && { firstSeenAt: observed.firstSeenAt }),
  }
}
