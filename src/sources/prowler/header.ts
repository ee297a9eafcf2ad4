import type { ReportHeader, ScanContext } from '../../domain/scan.ts'
import type { Validators } from './validators.ts'

/**
 * What the first record, if there is one, tells of its report. It never names an account: a report may hold several, and
 * each record says its own. Only of a report without a record the uploader's account is all there is, and he vouches for it.
 *
 * @param record Undefined for a report without a record.
 */
export function headerOf(
  record: unknown,
  context: ScanContext,
  validators: Validators,
): ReportHeader {
  const version = validators.report.Check(record) ? record.metadata.product.version : undefined
  return {
    scanner: 'prowler',
    scannerVersion: version ?? '',
    ...(record === undefined ? accountBeside(context) : {}),
    ...(context.region === undefined ? {} : { region: context.region }),
    snapshot: context.snapshot ?? 'observed',
    attackPathAccounts: [],
    partial: false,
  }
}

function accountBeside({
  provider,
  accountId,
}: ScanContext): Pick<ReportHeader, 'provider' | 'accountId'> {
  if (accountId === undefined) return {}
  return provider === undefined ? { accountId } : { provider, accountId }
}

/**
 * Why a report is not read at all: releases before 4.5 name their checks, times and accounts in other
 * ways. Undefined when the release is ours, or cannot be told.
 */
export function refusalOf(record: unknown, validators: Validators): string | undefined {
  if (!validators.report.Check(record)) return undefined
  const isOfRelease3 = record.class_uid === 2001
  const isBefore45 = record.event_time !== undefined && record.time === undefined
  if (!isOfRelease3 && !isBefore45) return undefined
  const version = record.metadata.product.version || (isOfRelease3 ? '3' : '4.4 or older')
  return `the report is by Prowler ${version}; 4.5 or newer is needed: update Prowler and scan again`
}
