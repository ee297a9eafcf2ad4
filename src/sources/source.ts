import type { ObservedAsset } from '../domain/asset.ts'
import type { ObservedAttackPath, ObservedFinding } from '../domain/observation.ts'
import type { ReportHeader, ScanContext } from '../domain/scan.ts'
import type { Unit } from '../domain/unit.ts'

export type Stability = 'experimental' | 'stable' | 'deprecated'

/**
 * A scanner's report format: reads the bytes of one report and yields what the scanner observed.
 * Pure: no network, clock, database or environment. The same bytes yield the same results in the same
 * order, so a report can be ingested again safely.
 */
export interface Source {
  /** Kebab-case; stored with every report and used in URLs. Never changes once released. */
  readonly id: string
  readonly title: string
  readonly stability: Stability
  /** Whether a report that begins with these bytes (UTF-8 text, at most 64 KiB) is in this format. */
  recognizes(head: Uint8Array): boolean
  /**
   * Yields one `header` first, then one result a record while reading; memory does not grow with the report. A record
   * that cannot be read is yielded as `rejected` and reading goes on. Throws UnreadableReport only when the report as
   * a whole is broken or cut inside a record: a truncated report must never look like a smaller complete one.
   *
   * @param report UTF-8 without a byte-order mark, in chunks of any size.
   * @param context What the uploader says beside the report.
   */
  read(report: AsyncIterable<Uint8Array>, context: ScanContext): AsyncIterable<ReadResult>
}

export type ReadResult =
  | { readonly kind: 'header'; readonly header: ReportHeader }
  | { readonly kind: 'finding'; readonly finding: ObservedFinding }
  | { readonly kind: 'attack_path'; readonly attackPath: ObservedAttackPath }
  | { readonly kind: 'asset'; readonly asset: ObservedAsset }
  | Rejected

/** A record that could not be read. */
export interface Rejected {
  readonly kind: 'rejected'
  /** JSON pointer (RFC 6901) from the top of the report to what is wrong. In NDJSON the first token is the record's number from 0. */
  readonly pointer: string
  /** Offset of the record's first byte in the unpacked report. */
  readonly offset: number
  /** What is wrong, in a few words, without the value itself. */
  readonly reason: string
  /** What of its coverage can still be read (L7). */
  readonly names:
    | { readonly kind: 'unit'; readonly unit: Unit }
    | { readonly kind: 'attack_path_accounts'; readonly accountIds: readonly string[] }
    /** An asset record: it covers nothing, so nothing is lost with it. */
    | { readonly kind: 'nothing' }
    | { readonly kind: 'unreadable' }
  /** Set when all that the record lacks is something that the uploader can say beside the report. */
  readonly missing?: 'account' | 'cluster' | 'provider'
}

/**
 * The report as a whole cannot be taken. `offset` is where reading stopped, in bytes of the unpacked report.
 * `truncated` tells a report that was cut on its way, and so is owed again, from one that is no such report at all.
 */
export class UnreadableReport extends Error {
  readonly reason: 'truncated' | 'malformed' | 'encoding' | 'expands' | 'missing_context'
  readonly offset: number

  constructor(
    reason: UnreadableReport['reason'],
    message: string,
    options: { readonly offset?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'UnreadableReport'
    this.reason = reason
    this.offset = options.offset ?? 0
  }
}
