import type { CaseAsset, CaseContext, CaseSettings } from './case.ts'

/** One way to live the life cycle: the domain in memory, the product on its database. */
export interface Engine {
  readonly name: string
  /** Begins a case in a tenant of its own. */
  openCase(settings: CaseSettings): Promise<CaseRun>
  /** Frees what the engine holds; no case runs afterwards. */
  close(): Promise<void>
}

/** A case under way. `at` is the clock while the step runs; scans are called by the case's own names. */
export interface CaseRun {
  readonly tenantId: string
  scan(at: Date, scan: GivenScan): Promise<Answer>
  add(at: Date, scanId: string, reports: readonly GivenReport[]): Promise<void>
  complete(at: Date, scanId: string): Promise<Answer>
  fail(at: Date, scanId: string): Promise<Answer>
  confirm(at: Date, scanId: string): Promise<Answer>
  discard(at: Date, scanId: string): Promise<Answer>
  dismiss(
    at: Date,
    alertIds: readonly string[],
    why: { readonly reason: string; readonly comment?: string },
  ): Promise<Decided>
  snooze(at: Date, alertIds: readonly string[], until: Date): Promise<Decided>
  restore(at: Date, alertIds: readonly string[]): Promise<Decided>
  label(at: Date, asset: CaseAsset, labels: GivenLabels): Promise<Decided>
  /** What people see of a finding; undefined when it is not known. */
  finding(at: Date, alertId: string): Promise<FindingView | undefined>
  scanStatus(scanId: string): Promise<string>
  close(): Promise<void>
}

export interface GivenScan {
  readonly id: string
  readonly reports: readonly GivenReport[]
  readonly again: boolean
  /** Left open for more reports when false. */
  readonly complete: boolean
}

export interface GivenReport {
  /** Equal for a report that was cut and the whole one that takes its place. */
  readonly name: string
  readonly bytes: Uint8Array
  readonly context: CaseContext
}

export interface GivenLabels {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

export interface Decided {
  readonly status: 'done' | 'refused'
}

/** The answer of completing, in the words of the cases; `of` stands on a duplicate alone. */
export interface Answer {
  readonly status: string
  readonly of?: string
  readonly late: boolean
  readonly partial: boolean
  readonly counts: Readonly<Record<string, number>> | null
  readonly export: AnsweredExport | null
}

export interface AnsweredExport {
  /** In any order. */
  readonly records: readonly AnsweredRecord[]
  readonly excluded: Readonly<Record<string, number>>
}

export interface AnsweredRecord {
  readonly alert_id: string
  readonly resolved: boolean
  readonly event_action: string
  readonly detection_timestamp: string
  readonly first_seen_timestamp: string
  readonly severity: string
}

/** Instants as ISO 8601 with milliseconds, UTC; null where there is none. */
export interface FindingView {
  readonly status: string
  readonly state: string
  readonly cause: string | null
  readonly severity: string
  readonly first_seen: string
  readonly last_seen: string
  readonly resolved_at: string | null
  readonly reopened_count: number
  readonly suppressed: boolean
}
