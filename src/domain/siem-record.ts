import type { RecordFormat } from './export-part.ts'
import type { Change, DetectionType } from './finding.ts'
import { jsonString, utf8Length } from './json-text.ts'
import type { ObservedAttackPath, ObservedFinding } from './observation.ts'
import type { Severity } from './severity.ts'
import {
  bodyOfAttackPath,
  bodyOfFinding,
  MAX_ACCOUNT_ID,
  withoutGlobalRegions,
} from './siem-body.ts'
import type { SiemBody, SiemDecisions } from './siem-body.ts'
import { labelLimits } from './siem-labels.ts'
import { placeParts, siemParts } from './siem-parts.ts'
import type { SiemParts } from './siem-parts.ts'
import { trimSiemBody } from './siem-trim.ts'

/** Bytes of one record going out, without its line feed: Wazuh drops a line over 65,535, Sumo Logic slices one over 64 KB. */
export const MAX_RECORD_BYTES = 60_000

/** What a record says and a scan does not change, as text; made when the finding is written. */
export interface RenderedBody {
  readonly parts: SiemParts
  /** The scanner's labels within the limits, as JSON strings. */
  readonly labelsJson: readonly string[]
  /** What is digested: equal when nothing of it has changed, whether or not regions of globally named assets are written. */
  readonly contentText: string
  readonly truncatedFields: readonly string[]
  /** Why no valid record can be made of it, as far as the rules of size and accounts go; the schemas say the rest. */
  readonly quarantined: string | undefined
}

/** What a scan changes in a record. */
export interface SiemHead {
  readonly detectedAt: Date
  readonly eventId: string
  readonly alertId: string
  readonly detectionType: DetectionType
  readonly severity: Severity
  readonly resolved: boolean
  readonly eventAction: Change
  readonly tenantId: string
  readonly firstSeenAt: Date
  readonly scanId: string
}

/** Valid in every field, and as long as a head can be: stands for the real one where only form and size matter. */
export const longestSiemHead: SiemHead = {
  detectedAt: new Date('9999-12-31T23:59:59.999Z'),
  eventId: '0'.repeat(32),
  alertId: `fnd_${'a'.repeat(26)}`,
  detectionType: 'security_finding',
  severity: 'Information',
  resolved: false,
  eventAction: 'unchanged',
  tenantId: `id${'0'.repeat(61)}`,
  firstSeenAt: new Date('9999-12-31T23:59:59.999Z'),
  // More than any id of ours has.
  scanId: '0'.repeat(64),
}

/** Renders what a finding's record says. Never throws: what cannot be exported carries its reason. */
export function renderFinding(observed: ObservedFinding, decided: SiemDecisions): RenderedBody {
  return render(bodyOfFinding(observed, decided), observed.severity)
}

/** Renders what an attack path's record says, likewise. */
export function renderAttackPath(
  observed: ObservedAttackPath,
  decided: SiemDecisions,
): RenderedBody {
  return render(bodyOfAttackPath(observed, decided), observed.severity)
}

/**
 * A record as one line without its line feed, in the order of siem-record.v1.schema.json; the store puts it together in
 * the same way, in SQL. `labelsJson` holds every label of the main asset, people's too.
 */
export function siemLine(
  head: SiemHead,
  parts: SiemParts,
  labelsJson: readonly string[],
  record: RecordFormat,
): string {
  const additive = (text: string) => (record === 'siem' ? text : '')
  return [
    `{"detection_timestamp":"${head.detectedAt.toISOString()}"`,
    additive(`,"event_id":"${head.eventId}"`),
    `,"alert_id":"${head.alertId}","detection_type":"${head.detectionType}"`,
    `,"severity":"${head.severity}","resolved":${head.resolved}`,
    additive(`,"event_action":"${head.eventAction}"`),
    parts.identity,
    `,"tenant_id":"${head.tenantId}","first_seen_timestamp":"${head.firstSeenAt.toISOString()}"`,
    additive(`,"schema_version":"1","scan_id":"${head.scanId}"${parts.facts}`),
    `,"labels":[${labelsJson.join(',')}]`,
    parts.description,
    additive(parts.remediation),
    parts.resources,
    additive(parts.assets),
    parts.risk,
    '}',
  ].join('')
}

const noParts: SiemParts = {
  identity: '',
  facts: '',
  description: '',
  remediation: '',
  resources: '',
  assets: '',
  risk: '',
}

/**
 * Bytes that parts and labels of one body may take, so that the record fits with any head and with two more lists of
 * labels: what other records say of its asset, and people's. A list that is empty here needs no comma there.
 */
const MAX_BODY_BYTES =
  MAX_RECORD_BYTES -
  utf8Length(siemLine(longestSiemHead, noParts, [], 'siem')) -
  2 * (labelLimits.jsonBytes + 1)

interface RecordText {
  readonly parts: SiemParts
  readonly labelsJson: readonly string[]
  /** Bytes too many. */
  readonly excess: number
}

function render(body: SiemBody, severity: Severity): RenderedBody {
  const text = toText(body)
  if (text.excess <= 0) return rendered(body, text, severity)
  const trimmed = trimSiemBody(body, text.excess)
  return rendered(trimmed, toText(trimmed), severity)
}

function toText(body: SiemBody): RecordText {
  const parts = siemParts(body)
  const labelsJson = body.labels.map(jsonString)
  const text = `${Object.values(parts).join('')}${labelsJson.join(',')}`
  // A unit takes at most three bytes: nearly every record is known to fit without counting.
  const excess = text.length * 3 <= MAX_BODY_BYTES ? 0 : utf8Length(text) - MAX_BODY_BYTES
  return { parts, labelsJson, excess }
}

function rendered(body: SiemBody, text: RecordText, severity: Severity): RenderedBody {
  // JSON text has no raw line feed, so the pieces cannot run into each other. Labels are a set.
  const content = Object.values({ ...text.parts, ...placeParts(withoutGlobalRegions(body)) })
  return {
    parts: text.parts,
    labelsJson: text.labelsJson,
    contentText: [severity, ...content, ...text.labelsJson.toSorted()].join('\n'),
    truncatedFields: body.truncatedFields,
    quarantined: problem(body, text.excess),
  }
}

function problem(body: SiemBody, excess: number): string | undefined {
  const accountLength = [...body.accountId].length
  if (accountLength > MAX_ACCOUNT_ID) {
    return `account_id: ${accountLength} characters, a record takes ${MAX_ACCOUNT_ID}: name the account by a shorter id`
  }
  return excess > 0
    ? `${MAX_RECORD_BYTES + excess} bytes with everything left out that may be, a record takes ${MAX_RECORD_BYTES}`
    : undefined
}
