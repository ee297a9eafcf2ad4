/** A case of the life cycle, as its file holds it: steps at given instants, and what each must answer. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly settings?: CaseSettings
  readonly steps: readonly CaseStep[]
}

export interface CaseSettings {
  readonly drop_guard?: { readonly findings: number; readonly percent: number }
  readonly resolved_days?: number
  readonly full_export?: 'coverage' | 'tenant'
}

/** Exactly one of the fields but `at` and `expect` is set. */
export interface CaseStep {
  readonly at: string
  readonly expect?: object
  readonly scan?: CaseScan
  readonly add?: { readonly scan: string; readonly reports: readonly CaseReport[] }
  readonly complete?: string
  readonly fail?: string
  readonly confirm?: string
  readonly discard?: string
  readonly dismiss?: {
    readonly findings: readonly string[]
    readonly reason: string
    readonly comment?: string
  }
  readonly snooze?: { readonly findings: readonly string[]; readonly until: string }
  readonly restore?: { readonly findings: readonly string[] }
  readonly label?: {
    readonly asset: CaseAsset
    readonly add?: readonly string[]
    readonly remove?: readonly string[]
  }
  readonly expect_status?: Readonly<Record<string, string | null>>
  readonly expect_findings?: Readonly<Record<string, object | null>>
  readonly expect_scans?: Readonly<Record<string, string>>
}

export interface CaseScan {
  readonly id: string
  readonly reports: readonly CaseReport[]
  readonly again?: boolean
  readonly complete?: boolean
}

export interface CaseReport {
  readonly records: readonly CaseRecord[]
  readonly context?: CaseContext
  /** The report ends in the middle of its last record. */
  readonly cut?: boolean
}

/** A native record, or `raw`: a line as it stands. */
export type CaseRecord = Readonly<Record<string, unknown>>

/** What the uploader says beside a report. */
export interface CaseContext {
  readonly scanner?: string
  readonly provider?: string
  readonly account_id?: string
  readonly region?: string
  readonly started_at?: string
  readonly completed_at?: string
  readonly snapshot?: string
}

export interface CaseAsset {
  readonly id: string
  readonly provider: string
  readonly account_id: string
  readonly region?: string
}
