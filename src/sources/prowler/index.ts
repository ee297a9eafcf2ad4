import type { ReportHeader, ScanContext } from '../../domain/scan.ts'
import { jsonRecords } from '../json-records.ts'
import type { JsonRecord } from '../json-records.ts'
import { UnreadableReport } from '../source.ts'
import type { ReadResult, Source } from '../source.ts'
import { headerOf, refusalOf } from './header.ts'
import { toResult } from './mapper.ts'
import { recognizes } from './recognizes.ts'
import { compileValidators } from './validators.ts'
import type { Validators } from './validators.ts'

/** Prowler's OCSF reports, of release 4.5 and newer. */
export const prowler: Source = {
  id: 'prowler',
  title: 'Prowler (OCSF)',
  stability: 'stable',
  recognizes,
  read,
}

async function* read(
  report: AsyncIterable<Uint8Array>,
  context: ScanContext,
): AsyncGenerator<ReadResult, void> {
  const validators = compileValidators()
  let isFirst = true
  for await (const entry of jsonRecords(report)) {
    if (isFirst) yield { kind: 'header', header: headerFrom(entry, context, validators) }
    isFirst = false
    yield resultOf(entry, context, validators)
  }
  if (isFirst) yield { kind: 'header', header: headerOf(undefined, context, validators) }
}

function headerFrom(entry: JsonRecord, context: ScanContext, validators: Validators): ReportHeader {
  const record = entry.kind === 'record' ? entry.value : null
  const refusal = refusalOf(record, validators)
  if (refusal !== undefined) {
    throw new UnreadableReport('malformed', refusal, { offset: entry.offset })
  }
  return headerOf(record, context, validators)
}

function resultOf(entry: JsonRecord, context: ScanContext, validators: Validators): ReadResult {
  if (entry.kind === 'record') return toResult(entry, context, validators)
  const { pointer, offset, reason } = entry
  return { kind: 'rejected', pointer, offset, reason, names: { kind: 'unreadable' } }
}
