import { assetKey } from '../domain/asset-key.ts'
import { isGlobalAssetId } from '../domain/fingerprint.ts'
import { jsonString } from '../domain/json-text.ts'
import type { Provider } from '../domain/provider.ts'
import { defaultResourceType } from '../domain/resource-type.ts'
import { IGNORE_LABEL, labelsProblem } from '../domain/siem-labels.ts'
import { AppError } from '../errors.ts'
import { insertAsset, listAssets, updateUserLabels } from '../store/assets.ts'
import type { AssetView } from '../store/assets.ts'
import { insertAuditEntry } from '../store/audit-log.ts'
import type { Transaction } from '../store/database.ts'
import { lockTenant } from '../store/scans.ts'
import type { Actor, AppDeps } from './deps.ts'
import { sha256 } from './sha256.ts'

export interface LabelAssetRequest extends Actor {
  /** Must match one asset: an id, and where it lies if several have it, or none is known yet. */
  readonly asset: {
    readonly assetId: string
    readonly provider?: Provider
    readonly accountId?: string
    readonly region?: string
  }
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/**
 * Puts a person's labels on an asset, or takes them off. Ignore leaves its findings, and the attack paths that begin or end at
 * it, out of exports for as long as it is there (L11); the others are stored and exported.
 */
export async function labelAsset(
  deps: Pick<AppDeps, 'db' | 'clock'>,
  request: LabelAssetRequest,
): Promise<AssetView> {
  return deps.db.transaction(request.tenantId, async (tx) => {
    // A completion may be making the same asset, and reads its labels: one after the other.
    await lockTenant(tx)
    const asset = await getAsset(tx, request.asset)
    const removed = new Set(request.remove)
    const labels = [...new Set([...asset.userLabels, ...request.add])].filter(
      (label) => !removed.has(label),
    )
    const problem = labelsProblem(labels)
    if (problem !== undefined)
      throw new AppError('invalid_argument', `${request.asset.assetId}: ${problem}`)
    const ignored = labels.includes(IGNORE_LABEL)
    await updateUserLabels(tx, asset.assetNo, labels, labels.map(jsonString), ignored)
    await insertAuditEntry(tx, {
      at: deps.clock.now(),
      by: request.by,
      action: 'asset.label',
      subject: request.asset.assetId,
      before: { labels: asset.userLabels },
      after: { labels },
    })
    return { ...asset, userLabels: labels, ignored }
  })
}

/** The one that is meant; one that no report has named yet is made, where it is said where it lies. */
async function getAsset(tx: Transaction, place: LabelAssetRequest['asset']): Promise<AssetView> {
  const { region, ...anywhere } = place
  const { assetId, provider, accountId } = place
  const filter = isGlobalAssetId(assetId) || region === undefined ? anywhere : place
  const [asset, ...others] = await listAssets(tx, filter, { limit: 3 })
  if (others.length > 0) {
    const places = [asset, ...others].map((one) =>
      [one?.provider, one?.accountId, one?.region].filter((part) => part !== '').join(' '),
    )
    throw new AppError(
      'invalid_argument',
      `Several assets have the id ${assetId}: ${places.join(', ')}. Say which with --provider, --account or --region`,
    )
  }
  if (asset !== undefined) return asset
  if (provider === undefined || accountId === undefined) {
    throw new AppError(
      'not_found',
      `There is no asset ${assetId}. See: tocsin assets list; or say where it lies, with --provider and --account`,
    )
  }
  const key = assetKey({ provider, accountId, region: region ?? '', id: assetId })
  await insertAsset(tx, {
    assetKey: sha256(Buffer.from(key)),
    provider,
    accountId,
    region: region ?? '',
    assetId,
    resourceType: defaultResourceType,
  })
  const [made] = await listAssets(tx, filter, { limit: 1 })
  if (made === undefined) throw new Error('an asset vanished in its own transaction')
  return made
}
