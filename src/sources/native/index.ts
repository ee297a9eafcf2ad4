import type { ScanContext } from '../../domain/scan.ts'
import { firstJsonRecord, jsonRecords } from '../json-records.ts'
import type { JsonRecord } from '../json-records.ts'
import { UnreadableReport } from '../source.ts'
import type { ReadResult, Rejected, Source } from '../source.ts'
import { headerOf } from './header.ts'
import { toResult } from './mapper.ts'
import { defaultsOfContext, withinRecord } from './place.ts'
import type { Defaults } from './place.ts'
import type { NativeScan } from './schema.ts'
import { compileValidators, firstProblem } from './validators.ts'
import type { Validators } from './validators.ts'

/** Reads native records, version 1 (docs/formats/native-record.v1.schema.json): the door for whatever has no reader of its own. */
export const native: Source = {
  id: 'native',
  title: 'Tocsin native records',
  stability: 'stable',
  recognizes,
  read,
}

/** Fields of which a record of the type has one at least: the type alone is a word of many formats. */
const marks: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['scan', ['scanner', 'provider', 'account_id', 'completed_at', 'snapshot', 'attack_paths']],
  ['finding', ['check', 'evaluation']],
  ['attack_path', ['scenario', 'entry']],
  ['asset', ['id']],
])

function recognizes(head: Uint8Array): boolean {
  const record = firstJsonRecord(head)
  if (record === undefined) return false
  return (marks.get(record['type']) ?? []).some((field) => Object.hasOwn(record, field))
}

async function* read(
  report: AsyncIterable<Uint8Array>,
  context: ScanContext,
): AsyncGenerator<ReadResult> {
  const validators = compileValidators()
  const beside = defaultsOfContext(context)
  /** Held back until it shows whether a record follows. */
  let scan: NativeScan | undefined
  /** Known once the header is out. */
  let defaults: Defaults | undefined
  for await (const record of jsonRecords(report)) {
    if (defaults === undefined) {
      if (scan === undefined && isScan(record)) {
        scan = scanOf(record, validators)
        continue
      }
      yield { kind: 'header', header: headerOf(scan ?? {}, context, false) }
      defaults = withinRecord(scan ?? {}, beside)
    }
    if (isScan(record)) {
      // Which of two scan records the rest belongs to is not known, so none of them speaks for it any more.
      defaults = beside
      yield outOfPlace(record)
    } else if (record.kind === 'record') yield toResult(record, defaults, validators)
    else yield unreadable(record)
  }
  if (defaults === undefined) yield { kind: 'header', header: headerOf(scan ?? {}, context, true) }
}

type Readable = Extract<JsonRecord, { kind: 'record' }>
type ScanRecord = Readable & { readonly value: { readonly type: 'scan' } }
type Broken = Extract<JsonRecord, { kind: 'broken' }>

function isScan(record: JsonRecord): record is ScanRecord {
  return record.kind === 'record' && record.value['type'] === 'scan'
}

/**
 * What it says holds for all records, their time among it, and a scan put into the wrong order could resolve what is
 * open: so a report whose scan record is wrong is not read at all.
 */
function scanOf({ value, pointer, offset }: ScanRecord, { scan }: Validators): NativeScan {
  if (scan.Check(value)) return value
  const { at, reason } = firstProblem(scan.Errors(value))
  throw new UnreadableReport('malformed', `the scan record is wrong: ${pointer}${at} ${reason}`, {
    offset,
  })
}

/** It observes nothing, so no coverage is lost with it; what relied on it is rejected by itself. */
function outOfPlace({ pointer, offset }: ScanRecord): Rejected {
  return {
    kind: 'rejected',
    pointer,
    offset,
    reason: 'is a scan record out of place: a report has one at most, and it comes first',
    names: { kind: 'nothing' },
  }
}

function unreadable({ pointer, offset, reason }: Broken): Rejected {
  return { kind: 'rejected', pointer, offset, reason, names: { kind: 'unreadable' } }
}
