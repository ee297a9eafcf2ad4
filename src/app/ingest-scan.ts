import type { ScanContext } from '../domain/scan.ts'
import { deleteScan, findScan, listScans } from '../store/scans.ts'
import { completeScan } from './complete-scan.ts'
import type { ScanCompletion } from './complete-scan.ts'
import type { Actor, AppDeps } from './deps.ts'
import { ingestReport } from './ingest-report.ts'
import { openScan } from './open-scan.ts'

export interface NamedReport {
  readonly name: string
  readonly bytes: () => AsyncIterable<Uint8Array>
}

export interface IngestScanRequest extends Actor {
  readonly reports: readonly NamedReport[]
  readonly context: ScanContext
  readonly format?: string
  readonly again: boolean
  readonly labels: readonly string[]
  /** Hears when all reports are in and the scan is being applied. */
  readonly onApplying?: () => void
}

/** More than a machine leaves behind between two runs; what is beyond goes with the next. */
const SWEPT_AT_ONCE = 100

/**
 * Takes a whole scan in one go: opens it, ingests its reports, completes it. All of the reports or none: when one cannot be
 * taken the scan is dropped, so that the same can simply be tried again. What an earlier run left behind when it was killed
 * is dropped first.
 */
export async function ingestScan(
  deps: Pick<AppDeps, 'db' | 'clock' | 'log' | 'randomId' | 'spoolDir' | 'stageReport'>,
  request: IngestScanRequest,
): Promise<ScanCompletion> {
  await dropAbandonedScans(deps, request.tenantId)
  const scanId = deps.randomId('scn')
  const owned = await deps.db.tryHold(ownerOf(scanId))
  try {
    await openScan(deps, { ...request, scanId, openedBy: 'ingest' })
    try {
      for (const { name, bytes } of request.reports) {
        await ingestReport(deps, { ...request, scanId, name, bytes: bytes() })
      }
    } catch (thrown) {
      await dropScan(deps, request.tenantId, scanId)
      throw thrown
    }
    request.onApplying?.()
    return await completeScan(deps, { ...request, scanId })
  } finally {
    await owned?.release()
  }
}

/** What the process that ingests a scan holds for as long as it lives. */
function ownerOf(scanId: string): string {
  return `tocsin ingest ${scanId}`
}

async function dropScan(
  deps: Pick<AppDeps, 'db'>,
  tenantId: string,
  scanId: string,
): Promise<void> {
  await deps.db.transaction(tenantId, async (tx) => {
    const scan = await findScan(tx, scanId, { forUpdate: true })
    if (scan?.status === 'receiving') await deleteScan(tx, scan.scanNo)
  })
}

/** Scans that nobody will complete: their `ingest` is dead. Those that were opened to be added to are left alone. */
async function dropAbandonedScans(
  deps: Pick<AppDeps, 'db' | 'log'>,
  tenantId: string,
): Promise<void> {
  const filter = { status: 'receiving', openedBy: 'ingest', limit: SWEPT_AT_ONCE } as const
  for (const { scanId } of await deps.db.transaction(tenantId, (tx) => listScans(tx, filter))) {
    const abandoned = await deps.db.tryHold(ownerOf(scanId))
    if (abandoned === undefined) continue
    await dropScan(deps, tenantId, scanId)
    await abandoned.release()
    deps.log.info({ scan_id: scanId }, 'abandoned scan dropped')
  }
}
