import type { ScanContext } from '../src/domain/scan.ts'
import type { ReadResult, Source } from '../src/sources/source.ts'

/** Everything that a source yields of a report given in one piece. */
export async function readAll(
  source: Source,
  report: Uint8Array,
  context: ScanContext = {},
): Promise<ReadResult[]> {
  const results: ReadResult[] = []
  for await (const result of source.read(oneChunk(report), context)) results.push(result)
  return results
}

async function* oneChunk(report: Uint8Array): AsyncGenerator<Uint8Array> {
  yield report
}
