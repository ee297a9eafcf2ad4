import { attackPaths } from './native-attack-paths.ts'
import { nativeAssets, nativeFindings } from './native-records.ts'
import type { InScan } from './native-records.ts'

/** A report in the native format: what no scanner's own format can carry, a record a line. */
export function nativeReport(scan: 1 | 2): string {
  const day = scan === 1 ? '2026-03-02' : '2026-03-09'
  const header = {
    type: 'scan',
    scanner: 'larkspur-path-review',
    scanner_version: '2.3.0',
    started_at: `${day}T07:30:00Z`,
    completed_at: `${day}T07:34:18Z`,
    snapshot: 'observed',
    attack_paths: 'full',
    attack_path_accounts: ['111111111111', '222222222222', 'larkspur-prod', 'larkspur-shop'],
  }
  const records = [...nativeAssets, ...nativeFindings, ...attackPaths].flatMap((each) =>
    recordIn(scan, each),
  )
  return [header, ...records].map((record) => `${JSON.stringify(record)}\n`).join('')
}

function recordIn(scan: 1 | 2, { record, changed, only }: InScan): readonly object[] {
  if (only !== undefined && only !== scan) return []
  return [scan === 2 ? { ...record, ...changed } : record]
}
