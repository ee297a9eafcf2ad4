import type { Scan } from '../store/scans.ts'
import { insertScan } from '../store/scans.ts'
import type { Actor, AppDeps } from './deps.ts'

export interface OpenScanRequest extends Actor {
  /** Made by the caller, who may have to own it first. */
  readonly scanId: string
  readonly openedBy: Scan['openedBy']
  /** Takes reports that a completed scan already holds as a new scan (L14). */
  readonly again: boolean
  readonly labels: readonly string[]
}

/** Opens a scan, which then receives reports until it is completed or failed. */
export async function openScan(
  deps: Pick<AppDeps, 'db' | 'clock' | 'log'>,
  request: OpenScanRequest,
): Promise<Scan> {
  const { scanId, openedBy, again, labels } = request
  const scan = await deps.db.transaction(request.tenantId, (tx) =>
    insertScan(tx, { scanId, openedBy, again, labels, openedAt: deps.clock.now() }),
  )
  deps.log.info({ scan_id: scanId }, 'scan opened')
  return scan
}
