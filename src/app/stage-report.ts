import { createHash } from 'node:crypto'
import { isPartial } from '../domain/partial.ts'
import type { ReportHeader, ScanContext } from '../domain/scan.ts'
import { AppError } from '../errors.ts'
import { decodeText } from '../sources/decode-text.ts'
import { peek } from '../sources/peek.ts'
import { HEAD_BYTES, recognizeFormat } from '../sources/recognize-format.ts'
import type { UnknownContent } from '../sources/recognize-format.ts'
import { UnreadableReport } from '../sources/source.ts'
import type { ReadResult, Rejected, Source } from '../sources/source.ts'
import { unpack } from '../sources/unpack.ts'
import { encodeStagedRow } from '../store/staged-records.ts'
import { storableText } from '../store/storable-text.ts'
import type { Rejection, ReportStatistics } from '../store/reports.ts'
import { createObservationStager } from './stage-observation.ts'
import type { QuarantineReason } from './stage-observation.ts'

/** What staging needs to know; all of it can be sent to a thread. */
export interface StageRequest {
  readonly tenantId: string
  readonly scanNo: number
  readonly reportNo: number
  readonly context: ScanContext
  /** The id of a source, where the uploader names the format. */
  readonly format?: string
}

export interface StageDeps {
  readonly sources: readonly Source[]
  readonly quarantineReason: QuarantineReason
}

/** What a report came to, once its last record was read. */
export interface StagedReport {
  readonly source: string
  readonly header: ReportHeader
  /** Of the unpacked bytes, so that a report is known again however it was packed. */
  readonly contentSha256: Uint8Array
  readonly bytes: number
  readonly records: number
  readonly rejected: number
  readonly stagedRows: number
  /** The latest time at which the report says that it was made. */
  readonly reportedAt?: Date
  /** Why absence from it says nothing (L7); empty for a whole report. */
  readonly partialReasons: readonly string[]
  readonly rejections: readonly Rejection[]
  readonly statistics: ReportStatistics
}

/** How many rejections of one report are kept with their pointers; beyond, they are counted. */
export const MAX_KEPT_REJECTIONS = 1_000

/** Rows leave in pieces of about this many characters: large enough that a hand-over costs nothing beside the row's making. */
const CHUNK_LENGTH = 256 * 1024

/**
 * Reads one report and turns it into rows for staged_records, as COPY text, in pieces; answers what the report came to.
 * Pure but for its input: it can run in a thread. Memory does not grow with the report.
 *
 * @throws UnreadableReport when the report as a whole cannot be taken; AppError for a format that is not known.
 */
export async function* stageReport(
  report: AsyncIterable<Uint8Array>,
  request: StageRequest,
  deps: StageDeps,
): AsyncGenerator<Uint8Array, StagedReport> {
  const digest = createHash('sha256')
  let bytes = 0
  async function* digested(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of chunks) {
      digest.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  const text = decodeText(digested(unpack(report)))
  const { source, whole } = await chooseSource(text, request, deps.sources)
  const tally = new Tally()
  const stager = createObservationStager(request.tenantId, deps.quarantineReason)
  let rows = ''
  let stagedRows = 0
  for await (const result of source.read(whole, request.context)) {
    tally.count(result)
    if (result.kind === 'header') stager.begin(result.header)
    for (const row of stager.rows(result)) {
      rows += encodeStagedRow(request.scanNo, request.reportNo, row)
      stagedRows += 1
    }
    if (rows.length >= CHUNK_LENGTH) {
      yield Buffer.from(rows)
      rows = ''
    }
  }
  if (rows !== '') yield Buffer.from(rows)

  const header = tally.header
  if (header === undefined) throw new Error(`source ${source.id} yielded no header`)
  tally.refuseMissingContext()
  return {
    source: source.id,
    header,
    contentSha256: digest.digest(),
    bytes,
    records: tally.records,
    rejected: tally.rejected,
    stagedRows,
    ...(tally.reportedAt === undefined ? {} : { reportedAt: tally.reportedAt }),
    partialReasons: tally.partialReasons(),
    rejections: tally.rejections,
    statistics: { ...tally.statistics(), ...stager.statistics() },
  }
}

async function chooseSource(
  text: AsyncIterable<Uint8Array>,
  request: StageRequest,
  sources: readonly Source[],
): Promise<{ source: Source; whole: AsyncIterable<Uint8Array> }> {
  const known = sources.map(({ id }) => id).join(', ')
  if (request.format !== undefined) {
    const source = sources.find(({ id }) => id === request.format)
    if (source === undefined)
      throw new AppError('unknown_format', `there is no format ${request.format}. Known: ${known}`)
    return { source, whole: text }
  }
  const { head, whole } = await peek(text, HEAD_BYTES)
  const recognition = recognizeFormat(head, sources)
  if (recognition.kind !== 'recognized') await whole.return?.()
  switch (recognition.kind) {
    case 'recognized':
      return { source: recognition.source, whole }
    case 'unknown':
      throw unknownFormat(recognition.content, known)
    case 'ambiguous': {
      const candidates = recognition.candidates.map(({ id }) => id).join(' or ')
      throw new AppError(
        'ambiguous_format',
        `the report could be ${candidates}. Say which with --format`,
      )
    }
  }
}

function unknownFormat(content: UnknownContent, known: string): Error {
  switch (content.kind) {
    case 'not_json':
      return new UnreadableReport(
        'malformed',
        `the report is not JSON: byte ${content.offset} begins neither a list nor a record. Check the scanner that wrote it`,
        { offset: content.offset },
      )
    case 'empty_list':
      return new AppError(
        'unknown_format',
        `an empty list does not say its format. Name it with --format (${known})`,
      )
    case 'other':
      return new AppError(
        'unknown_format',
        `the format is not one that Tocsin reads (${known}). Name it with --format if you know better`,
      )
  }
}

/** Counts what a source yields. */
class Tally {
  header: ReportHeader | undefined
  records = 0
  rejected = 0
  readonly rejections: Rejection[] = []
  #observedAt: Date | undefined
  #unreadable = 0
  #missing: Rejected['missing']
  #attackPaths = 0
  #assets = 0
  readonly #evaluations: Record<string, number> = {}

  count(result: ReadResult): void {
    switch (result.kind) {
      case 'header':
        this.header = result.header
        return
      case 'finding': {
        const { evaluation, observedAt } = result.finding
        this.records += 1
        this.#evaluations[evaluation] = (this.#evaluations[evaluation] ?? 0) + 1
        if (
          observedAt !== undefined &&
          !(this.#observedAt !== undefined && this.#observedAt >= observedAt)
        )
          this.#observedAt = observedAt
        return
      }
      case 'attack_path':
        this.records += 1
        this.#attackPaths += 1
        return
      case 'asset':
        this.records += 1
        this.#assets += 1
        return
      case 'rejected':
        this.#reject(result)
    }
  }

  /** When the report says that it was made: by its own word, else by the latest of its records'. */
  get reportedAt(): Date | undefined {
    return this.header?.completedAt ?? this.#observedAt
  }

  /** A report none of whose records can be placed lacks the uploader's word: it is refused, and not taken as an empty one. */
  refuseMissingContext(): void {
    if (this.records > 0 || this.#missing === undefined) return
    const option = `--${this.#missing}`
    throw new AppError(
      'missing_context',
      `the report does not say its ${this.#missing}. Give it with ${option}`,
      {
        details: [{ at: option, message: 'is needed for this report' }],
      },
    )
  }

  partialReasons(): readonly string[] {
    const counts = {
      entries: this.records + this.rejected,
      rejected: this.rejected,
      unreadable: this.#unreadable,
    }
    const declaredPartial = this.header?.partial === true
    if (!isPartial({ ...counts, declaredPartial })) return []
    return [
      ...(declaredPartial ? ['its scanner calls it partial'] : []),
      ...(this.#unreadable > 0 ? [`${this.#unreadable} records cannot be read at all`] : []),
      ...(isPartial({ ...counts, unreadable: 0, declaredPartial: false })
        ? [`${this.rejected} of its ${counts.entries} records are rejected`]
        : []),
    ]
  }

  statistics(): Pick<ReportStatistics, 'evaluations' | 'attack_paths' | 'assets'> {
    return { evaluations: this.#evaluations, attack_paths: this.#attackPaths, assets: this.#assets }
  }

  #reject(rejected: Rejected): void {
    this.rejected += 1
    this.#missing ??= rejected.missing
    if (rejected.names.kind === 'unreadable') this.#unreadable += 1
    if (this.rejections.length < MAX_KEPT_REJECTIONS) {
      const { pointer, offset, reason } = rejected
      this.rejections.push({
        pointer: storableText(pointer),
        byteOffset: offset,
        reason: storableText(reason),
      })
    }
  }
}
