import type { ReportHeader, ScanContext } from '../../domain/scan.ts'
import { unitOf } from './unit.ts'
import type { Validators } from './validators.ts'

/**
 * What the first record, if there is one, tells of its report. A report may hold several accounts, and
 * whole is only what each record says; so the uploader's account is the report's only where the first
 * record is of it too: a full snapshot must not speak for an account that is not in the report.
 */
export function headerOf(
  record: unknown,
  context: ScanContext,
  validators: Validators,
): ReportHeader {
  const version = validators.report.Check(record) ? record.metadata.product.version : undefined
  const named = validators.unit.Check(record) ? unitOf(record, context) : undefined
  const unit = named?.kind === 'unit' ? named.unit : undefined
  return {
    scanner: 'prowler',
    scannerVersion: version ?? '',
    ...(unit !== undefined && unit.accountId === context.accountId
      ? { provider: unit.provider, accountId: unit.accountId }
      : {}),
    ...(context.region === undefined ? {} : { region: context.region }),
    snapshot: context.snapshot ?? 'observed',
    attackPathAccounts: [],
    partial: false,
  }
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
