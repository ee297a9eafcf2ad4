import type { Compression, Framing, RecordFormat, Rendition } from '../domain/export-part.ts'
import { AppError, errorCodeOf } from '../errors.ts'
import type { Transaction } from './database.ts'

/** What an export holds: the units that the scan covers and what it saw, or all open findings of the tenant. */
export const exportRanges = ['coverage', 'tenant'] as const
export type ExportRange = (typeof exportRanges)[number]

/** The saved form of "+ Create Alert". */
export interface AlertRule {
  readonly ruleNo: number
  readonly ruleId: string
  readonly name: string
  readonly eventType: 'siem'
  readonly enabled: boolean
  readonly fullExport: ExportRange
  readonly createdAt: Date
  /** By name. */
  readonly destinations: readonly RuleDestination[]
}

/** A destination of a rule, and the form in which it wants its exports. */
export interface RuleDestination {
  readonly destinationNo: number
  readonly destinationId: string
  readonly name: string
  readonly rendition: Rendition
}

/** A rule that the completion of a scan must serve, and where its exports go. */
export type RuleToExport = Pick<AlertRule, 'ruleNo' | 'name' | 'fullExport' | 'destinations'>

const SELECT = `
  select r.*, coalesce(
    (select jsonb_agg(to_jsonb(d) order by d.name)
     from (
       select d.destination_no, d.destination_id, d.name, d.record_format, d.framing, d.compression
       from rule_destinations rd
       join destinations d using (tenant_id, destination_no)
       where rd.tenant_id = r.tenant_id and rd.rule_no = r.rule_no and d.removed_at is null
     ) d),
    '[]') as destinations
  from alert_rules r
  where r.tenant_id = $1 and r.removed_at is null`

/** Adds it without destinations; undefined when another one has the name. */
export async function insertAlertRule(
  tx: Transaction,
  rule: Omit<AlertRule, 'ruleNo' | 'destinations'>,
): Promise<number | undefined> {
  const { rows } = await tx.query<{ rule_no: number }>(
    `insert into alert_rules (tenant_id, rule_id, name, event_type, enabled, full_export, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (tenant_id, name) where removed_at is null do nothing
     returning rule_no`,
    [
      tx.tenantId,
      rule.ruleId,
      rule.name,
      rule.eventType,
      rule.enabled,
      rule.fullExport,
      rule.createdAt,
    ],
  )
  return rows[0]?.rule_no
}

/** Throws `name_taken`. */
export async function updateAlertRule(
  tx: Transaction,
  ruleNo: number,
  rule: Pick<AlertRule, 'name' | 'enabled' | 'fullExport'>,
): Promise<void> {
  try {
    await tx.query(
      'update alert_rules set name = $3, enabled = $4, full_export = $5 where tenant_id = $1 and rule_no = $2',
      [tx.tenantId, ruleNo, rule.name, rule.enabled, rule.fullExport],
    )
  } catch (thrown) {
    if (errorCodeOf(thrown) !== UNIQUE_VIOLATION) throw thrown
    throw new AppError(
      'name_taken',
      `There is another alert rule ${rule.name}. Choose another name.`,
      { cause: thrown },
    )
  }
}

/** PostgreSQL's unique_violation; the name is all that an update can bring into conflict. */
const UNIQUE_VIOLATION = '23505'

/** Replaces where its exports go, from the next completed scan on. */
export async function updateRuleDestinations(
  tx: Transaction,
  ruleNo: number,
  destinationNos: readonly number[],
): Promise<void> {
  await tx.query('delete from rule_destinations where tenant_id = $1 and rule_no = $2', [
    tx.tenantId,
    ruleNo,
  ])
  await tx.query(
    `insert into rule_destinations (tenant_id, rule_no, destination_no)
     select distinct $1, $2::bigint, destination_no from unnest($3::bigint[]) as destination_no`,
    [tx.tenantId, ruleNo, destinationNos],
  )
}

/** Takes it off every list and frees its name; its exports stay. */
export async function updateRemovedRule(tx: Transaction, ruleNo: number, at: Date): Promise<void> {
  await tx.query('update alert_rules set removed_at = $3 where tenant_id = $1 and rule_no = $2', [
    tx.tenantId,
    ruleNo,
    at,
  ])
}

/** All that are not removed, by name. */
export async function listAlertRules(tx: Transaction): Promise<readonly AlertRule[]> {
  const { rows } = await tx.query<RuleRow>(`${SELECT} order by r.name`, [tx.tenantId])
  return rows.map(toAlertRule)
}

/** By its name or its `rul_` id. Throws `not_found`. */
export async function getAlertRule(
  tx: Transaction,
  nameOrId: string,
  lock?: 'change',
): Promise<AlertRule> {
  const { rows } = await tx.query<RuleRow>(
    `${SELECT} and (r.name = $2 or r.rule_id = $2) ${lock === undefined ? '' : 'for no key update of r'}`,
    [tx.tenantId, nameOrId],
  )
  const [found] = rows
  if (found !== undefined) return toAlertRule(found)
  throw new AppError(
    'not_found',
    `There is no alert rule ${nameOrId}. See: tocsin alert-rules list`,
  )
}

/** The names of the rules that use a destination. */
export async function listRulesUsing(
  tx: Transaction,
  destinationNo: number,
): Promise<readonly string[]> {
  const { rows } = await tx.query<{ name: string }>(
    `select r.name from rule_destinations rd
     join alert_rules r using (tenant_id, rule_no)
     where rd.tenant_id = $1 and rd.destination_no = $2 and r.removed_at is null
     order by r.name`,
    [tx.tenantId, destinationNo],
  )
  return rows.map((row) => row.name)
}

/**
 * The enabled rules with the destinations of each, paused ones too, in the order in which they were made. No destination
 * can be removed until the transaction ends, so that no delivery is made for a removed one.
 */
export async function listRulesToExport(tx: Transaction): Promise<readonly RuleToExport[]> {
  await tx.query(
    'select from destinations where tenant_id = $1 and removed_at is null for key share',
    [tx.tenantId],
  )
  const { rows } = await tx.query<RuleRow>(`${SELECT} and r.enabled order by r.rule_no`, [
    tx.tenantId,
  ])
  return rows.map(toAlertRule)
}

interface RuleRow {
  readonly rule_no: number
  readonly rule_id: string
  readonly name: string
  readonly event_type: 'siem'
  readonly enabled: boolean
  readonly full_export: ExportRange
  readonly created_at: Date
  readonly destinations: readonly RuleDestinationRow[]
}

interface RuleDestinationRow {
  readonly destination_no: number
  readonly destination_id: string
  readonly name: string
  readonly record_format: RecordFormat
  readonly framing: Framing
  readonly compression: Compression
}

function toAlertRule(row: RuleRow): AlertRule {
  return {
    ruleNo: row.rule_no,
    ruleId: row.rule_id,
    name: row.name,
    eventType: row.event_type,
    enabled: row.enabled,
    fullExport: row.full_export,
    createdAt: row.created_at,
    destinations: row.destinations.map(toRuleDestination),
  }
}

function toRuleDestination(row: RuleDestinationRow): RuleDestination {
  return {
    destinationNo: row.destination_no,
    destinationId: row.destination_id,
    name: row.name,
    rendition: { record: row.record_format, framing: row.framing, compression: row.compression },
  }
}
