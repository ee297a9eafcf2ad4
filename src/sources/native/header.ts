import type { ReportHeader, ScanContext } from '../../domain/scan.ts'
import { parseInstant } from '../parse-instant.ts'
import { UnreadableReport } from '../source.ts'
import type { NativeScan } from './schema.ts'

/**
 * What the report says of itself as a whole, by its scan record if it has one, else by what the uploader says. The
 * uploader's account is the report's only if it holds nothing else: a full snapshot resolves what is missing in the
 * account of its header, and the accounts that the records name may be others.
 *
 * @param isEmpty Whether no record follows the scan record.
 * @throws UnreadableReport `missing_context` when neither names the scanner: without it no finding has an identity.
 */
export function headerOf(scan: NativeScan, context: ScanContext, isEmpty: boolean): ReportHeader {
  const scanner = scan.scanner ?? context.scanner
  if (scanner === undefined) {
    throw new UnreadableReport(
      'missing_context',
      'the report does not name its scanner: begin it with a scan record that does, or give it beside the report (--scanner)',
    )
  }
  const provider = scan.provider ?? context.provider
  const accountId = scan.account_id ?? (isEmpty ? context.accountId : undefined)
  const region = scan.region ?? context.region
  const completedAt =
    scan.completed_at === undefined ? context.completedAt : parseInstant(scan.completed_at)
  return {
    scanner,
    scannerVersion: scan.scanner_version ?? '',
    ...(provider === undefined ? {} : { provider }),
    ...(accountId === undefined ? {} : { accountId }),
    ...(region === undefined || region === '' ? {} : { region }),
    ...(completedAt === undefined ? {} : { completedAt }),
    snapshot: context.snapshot ?? scan.snapshot ?? 'observed',
    attackPathAccounts: scan.attack_paths === 'full' ? (scan.attack_path_accounts ?? []) : [],
    partial: scan.partial ?? false,
  }
}
