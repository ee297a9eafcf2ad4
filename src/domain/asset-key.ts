import type { ObservedAsset } from './asset.ts'
import { isGlobalAssetId } from './fingerprint.ts'

/** An asset is (provider, account, region*, id): the region counts only where the id alone is not unique. */
export function assetKey(
  asset: Pick<ObservedAsset, 'provider' | 'accountId' | 'region' | 'id'>,
): string {
  const { provider, accountId, region, id } = asset
  return JSON.stringify([provider, accountId, isGlobalAssetId(id) ? '' : region, id])
}
