import type { Provider } from './provider.ts'

/**
 * What absence from a report means (life-cycle.md, Words): `observed` covers the units it holds a fail or pass of,
 * `full` every known unit of the accounts it names, `incremental` none.
 */
export const snapshots = ['observed', 'full', 'incremental'] as const
export type Snapshot = (typeof snapshots)[number]

export const scanStatuses = [
  'receiving',
  'completed',
  'held',
  'failed',
  'superseded',
  'duplicate',
] as const
export type ScanStatus = (typeof scanStatuses)[number]

/**
 * What the uploader says beside a report, for what the report itself leaves out. Where both speak, the report's
 * word stands, but for `snapshot`, where the uploader's does.
 */
export interface ScanContext {
  readonly scanner?: string
  readonly provider?: Provider
  /** The account, subscription or project; for Kubernetes the cluster. */
  readonly accountId?: string
  readonly region?: string
  readonly startedAt?: Date
  readonly completedAt?: Date
  readonly snapshot?: Snapshot
  /** `K=V` labels of the scan. */
  readonly labels?: readonly string[]
}

/** What a report says of itself as a whole; a source yields it before the records it holds for. */
export interface ReportHeader {
  readonly scanner: string
  readonly scannerVersion: string
  /** Set when the whole report is about one provider, account or region; a `full` snapshot covers just these. */
  readonly provider?: Provider
  readonly accountId?: string
  readonly region?: string
  /** When the report says that it was produced. */
  readonly completedAt?: Date
  readonly snapshot?: Snapshot
  /** Accounts all of whose attack paths are in this report; none where it does not vouch for that. */
  readonly attackPathAccounts: readonly string[]
  /** The scanner's own word that it could not look at everything. */
  readonly partial: boolean
}
