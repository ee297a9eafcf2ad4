import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import type { ScanContext } from '../domain/scan.ts'
import { AppError, toError } from '../errors.ts'
import type { ErrorCode } from '../errors.ts'
import { UnreadableReport } from '../sources/source.ts'
import type { Transaction } from '../store/database.ts'
import {
  deleteReport,
  insertRejections,
  insertReport,
  listReports,
  nextReportNo,
} from '../store/reports.ts'
import type { Report } from '../store/reports.ts'
import { findScan, updateOwedReports, updateScanner } from '../store/scans.ts'
import type { Scan } from '../store/scans.ts'
import {
  copyIntoStagedRecords,
  countStagedRowsOf,
  deleteStagedRowsOf,
} from '../store/staged-records.ts'
import { storableText } from '../store/storable-text.ts'
import type { Actor, AppDeps } from './deps.ts'
import { sha256 } from './sha256.ts'
import { MAX_KEPT_REJECTIONS } from './stage-report.ts'
import type { StagedReport, StageRequest } from './stage-report.ts'

export interface IngestReportRequest extends Actor {
  readonly scanId: string
  /** For people, and to know a truncated report again when it is given whole. */
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
  readonly context: ScanContext
  readonly format?: string
}

export type IngestReportResult =
  | { readonly kind: 'ingested'; readonly report: Report }
  /** The same bytes, with the same words beside them, stand in this scan already: they count once (L14). */
  | { readonly kind: 'already_ingested'; readonly report: Report }

/**
 * Streams one report into a scan. Its row is written with its last record, in one transaction: a report that is cut off on
 * the way leaves nothing behind, but that a truncated one is owed (L7).
 *
 * @throws AppError unreadable_report, unknown_format, missing_context …: each says what, where and what to do.
 */
export async function ingestReport(
  deps: Pick<AppDeps, 'db' | 'clock' | 'log' | 'stageReport'>,
  request: IngestReportRequest,
): Promise<IngestReportResult> {
  const receivedAt = deps.clock.now()
  try {
    const result = await deps.db.transaction(request.tenantId, async (tx) => {
      const scan = await receivingScan(tx, request.scanId)
      const reportNo = await nextReportNo(tx)
      const staged = await copyReport(tx, deps, request, scan.scanNo, reportNo)
      return recordReport(
        tx,
        request,
        scan,
        staged,
        toReport(staged, request, reportNo, receivedAt),
      )
    })
    const { records, rejected } = result.report
    deps.log.info(
      { scan_id: request.scanId, report: request.name, records, rejected },
      'report ingested',
    )
    return result
  } catch (thrown) {
    if (thrown instanceof UnreadableReport && thrown.reason === 'truncated')
      await oweReport(deps, request)
    throw refusalOf(request.name, thrown)
  }
}

/** What to do about a report that cannot be read, where that is the same for all of its kind. */
const remedies: Readonly<Record<UnreadableReport['reason'], string>> = {
  truncated: '. Nothing of it was taken: give it again when it is whole',
  malformed: '. Nothing of it was taken',
  expands: '. Nothing of it was taken: if it is really so large, unpack it first',
  encoding: '',
  missing_context: '',
}

/** Codes of what is said of a report before its scan is looked at. */
const codesOfReports: ReadonlySet<ErrorCode> = new Set([
  'unknown_format',
  'ambiguous_format',
  'missing_context',
])

/** The same with the report's name: there may be several of them. */
function refusalOf(name: string, thrown: unknown): unknown {
  if (thrown instanceof UnreadableReport) {
    const code = thrown.reason === 'missing_context' ? 'missing_context' : 'unreadable_report'
    const message = `${name}: ${thrown.message}${remedies[thrown.reason]}`
    return new AppError(code, message, { cause: thrown })
  }
  if (!(thrown instanceof AppError) || !codesOfReports.has(thrown.code)) return thrown
  const { code, message, details } = thrown
  return new AppError(code, `${name}: ${message}`, { cause: thrown, details })
}

async function receivingScan(tx: Transaction, scanId: string): Promise<Scan> {
  const scan = await findScan(tx, scanId)
  if (scan === undefined) throw new AppError('not_found', `There is no scan ${scanId}`)
  if (scan.status !== 'receiving') {
    throw new AppError('conflict', `Scan ${scanId} is ${scan.status}: it takes no more reports`)
  }
  return scan
}

async function copyReport(
  tx: Transaction,
  deps: Pick<AppDeps, 'stageReport'>,
  request: IngestReportRequest,
  scanNo: number,
  reportNo: number,
): Promise<StagedReport> {
  const { tenantId, context, format } = request
  const stageRequest: StageRequest = {
    tenantId,
    scanNo,
    reportNo,
    context,
    ...(format === undefined ? {} : { format }),
  }
  const rows = deps.stageReport(request.bytes, stageRequest)
  const copy = copyIntoStagedRecords(tx)
  const done = finished(copy)
  let broken: Error | undefined
  done.catch((thrown: unknown) => {
    broken = toError(thrown)
  })
  try {
    for (;;) {
      const next = await rows.next()
      // A COPY that the server ended has let go of its connection: it takes neither rows nor word that it is over.
      if (broken !== undefined) throw broken
      if (next.done === true) {
        copy.end()
        await done
        return next.value
      }
      if (!copy.write(next.value)) await Promise.race([once(copy, 'drain'), done])
    }
  } catch (thrown) {
    await rows.return(undefined as never).catch(() => {})
    if (broken === undefined) copy.destroy()
    await done.catch(() => {})
    throw thrown
  }
}

function toReport(
  staged: StagedReport,
  request: IngestReportRequest,
  reportNo: number,
  receivedAt: Date,
): Report {
  const { header } = staged
  const reportedAt = staged.reportedAt
  return {
    reportNo,
    name: request.name,
    source: staged.source,
    scannerVersion: storableText(header.scannerVersion),
    contentSha256: staged.contentSha256,
    contextSha256: contextDigest(request),
    bytes: staged.bytes,
    records: staged.records,
    rejected: staged.rejected,
    stagedRows: staged.stagedRows,
    receivedAt,
    startedAt: request.context.startedAt ?? null,
    // A scanner's clock that runs ahead must not make every later scan late.
    reportedAt: reportedAt === undefined || reportedAt > receivedAt ? receivedAt : reportedAt,
    provider: header.provider ?? null,
    accountId: header.accountId ?? null,
    region: header.region ?? null,
    snapshot: header.snapshot ?? 'observed',
    partialReasons: staged.partialReasons.map((reason) => `${request.name}: ${reason}`),
    attackPathAccounts: header.snapshot === 'incremental' ? [] : header.attackPathAccounts,
    statistics: staged.statistics,
  }
}

async function recordReport(
  tx: Transaction,
  request: IngestReportRequest,
  scan: Scan,
  staged: StagedReport,
  report: Report,
): Promise<IngestReportResult> {
  const { scanner } = staged.header
  // Reports of one scan arrive side by side; from here on one at a time.
  const current = await findScan(tx, request.scanId, { forUpdate: true })
  if (current === undefined || current.status !== 'receiving') {
    throw new AppError(
      'conflict',
      `Scan ${request.scanId} ended while ${request.name} was arriving`,
    )
  }
  if (current.scanner !== '' && current.scanner !== scanner) {
    throw new AppError(
      'scanner_mismatch',
      `${request.name} is of ${scanner}, the scan is of ${current.scanner}: one scan, one scanner. Ingest them apart`,
    )
  }
  const earlier = await listReports(tx, scan.scanNo)
  const same = earlier.find(
    (other) =>
      sameBytes(other.contentSha256, report.contentSha256) &&
      sameBytes(other.contextSha256, report.contextSha256),
  )
  await settleOwedReport(tx, current, request.name)
  if (same !== undefined) {
    const itsRows = await countStagedRowsOf(tx, scan.scanNo, same.reportNo)
    if (itsRows === same.stagedRows) {
      await deleteStagedRowsOf(tx, scan.scanNo, report.reportNo)
      return { kind: 'already_ingested', report: same }
    }
    // A crash of the server took its rows: this one takes its place.
    await deleteStagedRowsOf(tx, scan.scanNo, same.reportNo)
    await deleteReport(tx, same.reportNo)
  }
  if (current.scanner === '') await updateScanner(tx, scan.scanNo, scanner)
  await insertReport(tx, scan.scanNo, report)
  const kept = earlier.reduce(
    (total, other) => total + Math.min(other.rejected, MAX_KEPT_REJECTIONS),
    0,
  )
  await insertRejections(
    tx,
    report.reportNo,
    staged.rejections.slice(0, Math.max(0, MAX_KEPT_REJECTIONS - kept)),
  )
  return { kind: 'ingested', report }
}

/** A truncated report is given again when a whole one of its name takes its place; another one settles nothing. */
async function settleOwedReport(tx: Transaction, scan: Scan, name: string): Promise<void> {
  const owed = scan.owedReports.filter((other) => other !== name)
  if (owed.length < scan.owedReports.length) await updateOwedReports(tx, scan.scanNo, owed)
}

/** Should the database fail at this moment, the report is not owed, and the caller still hears what was wrong with it. */
async function oweReport(
  deps: Pick<AppDeps, 'db' | 'log'>,
  request: IngestReportRequest,
): Promise<void> {
  try {
    await deps.db.transaction(request.tenantId, async (tx) => {
      const scan = await findScan(tx, request.scanId, { forUpdate: true })
      if (scan?.status !== 'receiving') return
      await updateOwedReports(tx, scan.scanNo, [...scan.owedReports, request.name])
    })
  } catch (thrown) {
    deps.log.error({ scan_id: request.scanId, err: toError(thrown) }, 'owed report not recorded')
  }
}

/** The uploader's words beside a report are part of what tells it again. */
function contextDigest(request: IngestReportRequest): Uint8Array {
  const { context, format } = request
  return sha256(
    Buffer.from(
      JSON.stringify([
        context.scanner,
        context.provider,
        context.accountId,
        context.region,
        context.startedAt,
        context.completedAt,
        context.snapshot,
        context.labels,
        format,
      ]),
    ),
  )
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
