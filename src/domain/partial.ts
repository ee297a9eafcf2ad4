/** A report of which more than this share was rejected says too little to judge what is missing. */
export const MAX_REJECTED_PERCENT = 20

export interface ReportCounts {
  /** All entries but the `scan` record, the rejected ones among them. */
  readonly entries: number
  readonly rejected: number
  /** Those of the rejected whose unit or accounts cannot be read either. */
  readonly unreadable: number
  /** The scanner's own word that it could not look at everything. */
  readonly declaredPartial: boolean
}

/** L7: whether a report is partial, and with it its scan; a share of exactly a fifth is not yet. */
export function isPartial(report: ReportCounts): boolean {
  return (
    report.declaredPartial ||
    report.unreadable > 0 ||
    report.rejected * 100 > report.entries * MAX_REJECTED_PERCENT
  )
}
