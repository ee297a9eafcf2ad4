import { jsonString, jsonValue, utf8Length } from './json-text.ts'
import type { JsonObject, JsonValue } from './observation.ts'
import type { SiemBody } from './siem-body.ts'
import { assetJson } from './siem-parts.ts'

/** Bytes of a text as it stands in the record, to which long ones are cut when a record is too large (delivery.md F.2). */
const SHORT_TEXT = 4_096
/** The same for a title, which every list of a SIEM shows. */
const SHORT_TITLE = 1_024

/** Bytes of a list that stay in any case: less of it would free nothing worth having. */
const SHORT_LIST = 1_024

interface TrimStep {
  /** As `truncated_fields` names it. */
  readonly field: string
  /** Leaves out as much of the field as must go, or all that may; never more than whole items or code points. */
  readonly trim: (body: SiemBody, excess: number) => Trimmed<SiemBody>
}

interface Trimmed<T> {
  readonly value: T
  /** Bytes that the record has become shorter, at least. */
  readonly freed: number
}

/** First what is bulk and can be looked up by the asset, then what says more, last what names the thing. */
const trimSteps: readonly TrimStep[] = [
  inWorkload('vulnerabilities'),
  inWorkload('identity', 'effective_permissions'),
  // Details of what related_resources still names, so they go before it; the main asset stays.
  { field: 'related_assets', trim: (body, excess) => trimAssets(body, excess, 1) },
  { field: 'related_resources', trim: trimRoutes },
  text('description', 'description', SHORT_TEXT),
  text('remediation', 'remediation', SHORT_TEXT),
  list('compliance', 'compliance', 0),
  list('cve_ids', 'cveIds', 0),
  list('account_ids', 'accountIds', 1),
  list('mitre', 'mitre', 0),
  { field: 'risk_params.risk_definitions', trim: trimDefinitionTexts },
  { field: 'risk_params.risk_definitions', trim: trimDefinitions },
  inWorkload('labels'),
  inWorkload('exposure', 'cidrs'),
  inWorkload('exposure', 'ports'),
  text('attack_scenario', 'attackScenario', SHORT_TITLE),
  { field: 'related_assets', trim: (body, excess) => trimAssets(body, excess, 0) },
  list('labels', 'labels', 0),
]

/** What `truncated_fields` itself can add to a record. */
const NAMES_BYTES = utf8Length(
  `,"truncated_fields":${jsonValue(trimSteps.map((step) => step.field))}`,
)

/**
 * The body without as much as must go for its record to be `excess` bytes shorter, in a fixed order, and with the names
 * of the fields concerned. What is left over the limit is made of ids, which are never cut.
 */
export function trimSiemBody(body: SiemBody, excess: number): SiemBody {
  const truncated = new Set(body.truncatedFields)
  let trimmed = body
  let over = excess + NAMES_BYTES
  for (const { field, trim } of trimSteps) {
    if (over <= 0) break
    const { value, freed } = trim(trimmed, over)
    if (freed <= 0) continue
    trimmed = value
    over -= freed
    truncated.add(field)
  }
  return { ...trimmed, truncatedFields: [...truncated] }
}

function text(
  field: string,
  name: 'description' | 'remediation' | 'attackScenario',
  maxBytes: number,
): TrimStep {
  return {
    field,
    trim(body) {
      const { value, freed } = shortenText(body[name], maxBytes)
      return { value: { ...body, [name]: value }, freed }
    },
  }
}

function list(
  field: string,
  name: 'compliance' | 'cveIds' | 'accountIds' | 'mitre' | 'labels',
  least: number,
): TrimStep {
  return {
    field,
    trim(body, excess) {
      const { value, freed } = shortenList(body[name], excess, least, jsonString)
      return { value: { ...body, [name]: value }, freed }
    },
  }
}

function inWorkload(...path: readonly string[]): TrimStep {
  return {
    field: ['risk_params', 'workload', ...path].join('.'),
    trim(body, excess) {
      if (body.risk === undefined) return { value: body, freed: 0 }
      const { value: workload, freed } = shortenAt(body.risk.workload, path, excess)
      return { value: { ...body, risk: { ...body.risk, workload } }, freed }
    },
  }
}

function shortenAt(
  value: JsonObject,
  [name = '', ...rest]: readonly string[],
  excess: number,
): Trimmed<JsonObject> {
  const member = value[name]
  const shorter =
    rest.length === 0
      ? isList(member) && shortenList(member, excess, 0, jsonValue)
      : isObject(member) && shortenAt(member, rest, excess)
  return shorter === false
    ? { value, freed: 0 }
    : { value: { ...value, [name]: shorter.value }, freed: shorter.freed }
}

function trimAssets(body: SiemBody, excess: number, least: number): Trimmed<SiemBody> {
  const { value, freed } = shortenList(body.relatedAssets, excess, least, assetJson)
  return { value: { ...body, relatedAssets: value }, freed }
}

/** Whole routes from the end; then the end of the first, which is all that a finding has. The main asset stays. */
function trimRoutes(body: SiemBody, excess: number): Trimmed<SiemBody> {
  const routes = shortenList(body.relatedResources, excess, 1, jsonValue)
  const [first = [], ...others] = routes.value
  const ids = shortenList(first, excess - routes.freed, 1, jsonString)
  const freed = routes.freed + ids.freed
  return { value: { ...body, relatedResources: [ids.value, ...others] }, freed }
}

function trimDefinitionTexts(body: SiemBody): Trimmed<SiemBody> {
  if (body.risk === undefined) return { value: body, freed: 0 }
  const { definitions } = body.risk
  const bare = definitions.map((definition) => ({ ...definition, text: null }))
  const freed = utf8Length(jsonValue(definitions)) - utf8Length(jsonValue(bare))
  if (freed <= SHORT_LIST) return { value: body, freed: 0 }
  return { value: { ...body, risk: { ...body.risk, definitions: bare } }, freed }
}

function trimDefinitions(body: SiemBody, excess: number): Trimmed<SiemBody> {
  if (body.risk === undefined) return { value: body, freed: 0 }
  const { value: definitions, freed } = shortenList(body.risk.definitions, excess, 1, jsonValue)
  return { value: { ...body, risk: { ...body.risk, definitions } }, freed }
}

/** The items from the front that may stay when `excess` bytes must go; at least so many. */
function shortenList<T>(
  items: readonly T[],
  excess: number,
  least: number,
  toJson: (item: T) => string,
): Trimmed<readonly T[]> {
  // Each with its comma, of which the last has none.
  const sizes = items.map((item) => utf8Length(toJson(item)) + 1)
  const bytes = sizes.reduce((total, size) => total + size, 0)
  const allowed = Math.max(SHORT_LIST, bytes - excess)
  let kept = 0
  let keptBytes = 0
  for (const size of sizes) {
    if (kept >= least && keptBytes + size > allowed) break
    kept += 1
    keptBytes += size
  }
  return { value: items.slice(0, kept), freed: bytes - keptBytes - (kept === 0 ? 1 : 0) }
}

/** The longest beginning, in whole code points, that takes at most `maxBytes` between the quotes of its JSON string. */
function shortenText(value: string, maxBytes: number): Trimmed<string> {
  const bytes = bytesInQuotes(value)
  if (bytes <= maxBytes) return { value, freed: 0 }
  let kept = ''
  let keptBytes = 0
  for (const character of value) {
    const more = bytesInQuotes(character)
    if (keptBytes + more > maxBytes) break
    kept += character
    keptBytes += more
  }
  return { value: kept, freed: bytes - keptBytes }
}

function bytesInQuotes(value: string): number {
  return utf8Length(jsonString(value)) - 2
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
