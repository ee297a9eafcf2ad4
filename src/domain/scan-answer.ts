import type { Change } from './finding.ts'
import type { Exclusion } from './finding-status.ts'
import type { ScanStatus } from './scan.ts'
import type { Severity } from './severity.ts'

/** What completing, failing, confirming or discarding a scan answers. */
export interface ScanAnswer {
  readonly status: ScanStatus | 'duplicate'
  /** Of a duplicate: the scan that took these reports first. */
  readonly of?: string
  readonly late: boolean
  readonly partial: boolean
  /** Absent where nothing was applied. */
  readonly counts?: ScanCounts
  /** Absent where none is made. */
  readonly export?: ExportContent
}

/** What a scan did to findings and attack paths, and what it could not use. */
export type ScanCounts = Readonly<Record<Change | 'collisions' | 'rejected', number>>

/** What one scan sends to one alert rule. */
export interface ExportContent {
  readonly records: readonly ExportRecord[]
  readonly excluded: Readonly<Record<Exclusion, number>>
}

/** L13: what a record says of the life of its finding. */
export interface ExportRecord {
  readonly alertId: string
  readonly resolved: boolean
  readonly eventAction: Change
  readonly detectionAt: Date
  readonly firstSeenAt: Date
  readonly severity: Severity
}
