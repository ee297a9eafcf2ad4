import type { Transaction } from './database.ts'

/** An asset as people see it. */
export interface AssetView {
  readonly assetNo: number
  readonly provider: string
  readonly accountId: string
  readonly region: string
  readonly assetId: string
  readonly name: string
  readonly nativeType: string
  readonly resourceType: string
  readonly scannerLabels: readonly string[]
  readonly userLabels: readonly string[]
  readonly ignored: boolean
  readonly openFindings: number
}

export interface AssetFilter {
  readonly assetId?: string
  readonly provider?: string
  readonly accountId?: string
  readonly region?: string
  /** Set by a person or a scanner. */
  readonly label?: string
}

export async function listAssets(
  tx: Transaction,
  filter: AssetFilter,
  page: { readonly limit: number; readonly after?: number },
): Promise<readonly AssetView[]> {
  const { rows } = await tx.query<AssetRow>(
    `
    select a.*, (select count(*) from findings f where f.tenant_id = a.tenant_id and f.asset_no = a.asset_no and f.state = 'open') as open_findings
    from assets a where a.tenant_id = $1
      and ($2::text is null or a.asset_id_hash = hashtextextended($2, 0) and a.asset_id = $2)
      and ($3::text is null or a.provider = $3)
      and ($4::text is null or a.account_id = $4)
      and ($5::text is null or a.region = $5)
      and ($6::text is null or $6 = any (a.user_labels || a.scanner_labels))
      and a.asset_no > coalesce($7::bigint, 0)
    order by a.asset_no limit $8`,
    [
      tx.tenantId,
      filter.assetId ?? null,
      filter.provider ?? null,
      filter.accountId ?? null,
      filter.region ?? null,
      filter.label ?? null,
      page.after ?? null,
      page.limit,
    ],
  )
  return rows.map(rowToAsset)
}

/** One that no report has named yet: what it is comes with the first that does. */
export async function insertAsset(
  tx: Transaction,
  asset: {
    readonly assetKey: Uint8Array
    readonly provider: string
    readonly accountId: string
    readonly region: string
    readonly assetId: string
    readonly resourceType: string
  },
): Promise<void> {
  await tx.query(
    `
    insert into assets (tenant_id, asset_key, provider, account_id, region, asset_id, resource_type) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tx.tenantId,
      asset.assetKey,
      asset.provider,
      asset.accountId,
      asset.region,
      asset.assetId,
      asset.resourceType,
    ],
  )
}

/** The labels as people set them, and the same as JSON strings. */
export async function updateUserLabels(
  tx: Transaction,
  assetNo: number,
  labels: readonly string[],
  labelsJson: readonly string[],
  ignored: boolean,
): Promise<void> {
  await tx.query(
    'update assets set user_labels = $3, user_labels_json = $4, ignored = $5 where tenant_id = $1 and asset_no = $2',
    [tx.tenantId, assetNo, labels, labelsJson, ignored],
  )
}

interface AssetRow {
  asset_no: number
  provider: string
  account_id: string
  region: string
  asset_id: string
  name: string
  native_type: string
  resource_type: string
  scanner_labels: string[]
  user_labels: string[]
  ignored: boolean
  open_findings: number
}

function rowToAsset(row: AssetRow): AssetView {
  return {
    assetNo: row.asset_no,
    provider: row.provider,
    accountId: row.account_id,
    region: row.region,
    assetId: row.asset_id,
    name: row.name,
    nativeType: row.native_type,
    resourceType: row.resource_type,
    scannerLabels: row.scanner_labels,
    userLabels: row.user_labels,
    ignored: row.ignored,
    openFindings: row.open_findings,
  }
}
