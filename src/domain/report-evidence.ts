import type { Evidence } from './evidence.ts'
import { isPartial } from './partial.ts'
import type { Provider } from './provider.ts'
import type { Snapshot } from './scan.ts'
import type { ScannedUnit } from './scanned-unit.ts'

/** What the life cycle takes from one whole report. */
export interface ReportEvidence {
  /** Of its bytes and of what the uploader said beside it: equal for the same report given again (L14). */
  readonly digest: string
  readonly scanner: string
  /** When it says that it was produced, never later than its receipt; without such a word, its receipt. */
  readonly reportedAt: Date
  readonly snapshot: Snapshot
  /** Set when the whole report is about one provider, account or region; a `full` snapshot covers just these. */
  readonly provider?: Provider
  readonly accountId?: string
  readonly region?: string
  /** Accounts all of whose attack paths are in it. */
  readonly attackPathAccounts: readonly string[]
  readonly declaredPartial: boolean
  readonly records: readonly Evidence[]
  /** Asset records: entries like others, but of no check. */
  readonly assets: number
  readonly rejected: readonly RejectedRecord[]
}

/** A rejected record: what of its coverage can still be read (L7). */
export type RejectedRecord =
  | { readonly names: 'unit'; readonly unit: ScannedUnit }
  | { readonly names: 'attack_path_accounts'; readonly accountIds: readonly string[] }
  | { readonly names: 'nothing' }
  | { readonly names: 'unreadable' }

/** T of a scan: the latest time of its reports (life-cycle.md, Time). */
export function scanTime(reports: readonly ReportEvidence[], openedAt: Date): Date {
  const times = reports.map((report) => report.reportedAt.getTime())
  return times.length === 0 ? openedAt : new Date(Math.max(...times))
}

/** L7: one partial report makes the whole scan partial. */
export function hasPartialReport(reports: readonly ReportEvidence[]): boolean {
  return reports.some(({ records, assets, rejected, declaredPartial }) =>
    isPartial({
      entries: records.length + assets + rejected.length,
      rejected: rejected.length,
      unreadable: rejected.filter(({ names }) => names === 'unreadable').length,
      declaredPartial,
    }),
  )
}
