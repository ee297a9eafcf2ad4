import type { ScanCompletion, ScanOutcome } from '../app/complete-scan.ts'
import type { AssetView } from '../store/assets.ts'
import type { ExportRun, StoredPart } from '../store/export-runs.ts'
import type { FindingEvent, FindingView } from '../store/findings.ts'
import type { Loss } from '../store/reconcile.ts'
import type { Rejection, Report } from '../store/reports.ts'
import type { Scan } from '../store/scans.ts'

// What leaves the program as JSON: snake_case, instants as ISO 8601 in UTC. One function a thing; the API will say the same.

export function toFindingJson(finding: FindingView): object {
  const { decision } = finding
  return {
    alert_id: finding.alertId,
    detection_type: finding.detectionType,
    status: finding.status,
    state: finding.state,
    severity: finding.severity,
    title: finding.title,
    scanner: finding.scanner,
    rule: finding.rule,
    provider: finding.provider,
    account_id: finding.accountId,
    region: finding.region,
    asset_id: finding.assetId,
    asset_name: finding.assetName,
    resource_type: finding.resourceType,
    risk_category: finding.riskCategory,
    first_seen_at: finding.firstSeenAt,
    last_seen_at: finding.lastSeenAt,
    resolved_at: finding.resolvedAt,
    resolved_cause: finding.resolvedCause,
    reopened_count: finding.reopenedCount,
    suppressed_upstream: finding.suppressedUpstream,
    ignored: finding.ignored,
    decision: decision === null ? null : { ...decision },
    quarantined: finding.quarantined,
    ...(finding.riskScore === null ? {} : { risk_score: finding.riskScore }),
  }
}

export function toEventJson(event: FindingEvent): object {
  return {
    at: event.at,
    kind: event.kind,
    scan_id: event.scanId,
    by: event.by,
    details: event.details,
  }
}

export function toAssetJson(asset: AssetView): object {
  return {
    asset_id: asset.assetId,
    name: asset.name,
    provider: asset.provider,
    account_id: asset.accountId,
    region: asset.region,
    native_type: asset.nativeType,
    resource_type: asset.resourceType,
    labels: asset.userLabels,
    scanner_labels: asset.scannerLabels,
    ignored: asset.ignored,
    open_findings: asset.openFindings,
  }
}

export function toScanJson(scan: Scan): object {
  return {
    scan_id: scan.scanId,
    scanner: scan.scanner,
    status: scan.status,
    scan_at: scan.scanAt,
    opened_at: scan.openedAt,
    ended_at: scan.endedAt,
    partial: scan.partial,
    partial_reasons: scan.partialReasons,
    late: scan.late,
    ...(scan.duplicateOf === null ? {} : { duplicate_of: scan.duplicateOf }),
    labels: scan.labels,
    owed_reports: scan.owedReports,
    outcome: scan.outcome as ScanOutcome | null,
  }
}

export function toReportJson(report: Report): object {
  return {
    name: report.name,
    source: report.source,
    scanner_version: report.scannerVersion,
    content_sha256: Buffer.from(report.contentSha256).toString('hex'),
    bytes: report.bytes,
    records: report.records,
    rejected: report.rejected,
    started_at: report.startedAt,
    received_at: report.receivedAt,
    reported_at: report.reportedAt,
    snapshot: report.snapshot,
    ...report.statistics,
  }
}

export function toRejectionJson(rejection: Rejection & { readonly report: string }): object {
  return {
    report: rejection.report,
    pointer: rejection.pointer,
    byte_offset: rejection.byteOffset,
    reason: rejection.reason,
  }
}

export function toLossJson(loss: Loss): object {
  return { detection_type: loss.detectionType, absent: loss.absent, open: loss.open }
}

/** How a completion ended, in one word: a status of the scan, or that it is a duplicate. */
export function completionStatus(completion: ScanCompletion): string {
  return completion.kind === 'duplicate' ? 'duplicate' : completion.scan.status
}

export function toExportJson(run: ExportRun): object {
  return {
    export_id: run.exportId,
    kind: run.kind,
    scan_id: run.scanId,
    rule: run.rule,
    format: run.rendition.record,
    framing: run.rendition.framing,
    compression: run.rendition.compression,
    created_at: run.createdAt,
    previous_export_id: run.previousExportId,
    replay_of: run.replayOf,
    counts: run.counts,
  }
}

export function toPartJson(part: StoredPart): object {
  return {
    stream: part.stream,
    key: part.key,
    records: part.records,
    size: part.bytes,
    uncompressed_size: part.contentBytes,
    content_sha256: part.contentSha256,
  }
}
