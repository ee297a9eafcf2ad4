import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { FindingFilter } from '../store/findings.ts'
import { providers } from '../domain/provider.ts'
import type { Provider } from '../domain/provider.ts'
import { severities } from '../domain/severity.ts'
import type { Severity } from '../domain/severity.ts'
import type { FindingStatus } from '../domain/finding-status.ts'

/** RFC 3339 in any case of letters, with or without seconds; or a date alone. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?$/i

/**
 * An instant as an option gives it: date, time and zone, or a date, which begins at midnight UTC.
 *
 * @throws InvalidArgumentError for any other text, a day that its month has not, or a year (in UTC) outside 1 to 9999.
 */
export function parseInstant(text: string): Date {
  const [, date = ''] = INSTANT.exec(text) ?? []
  const at = new Date(isDay(date) ? text.toUpperCase().replace(' ', 'T') : '')
  const year = at.getUTCFullYear()
  if (year >= 1 && year <= 9999) return at
  throw new InvalidArgumentError(
    'expected an instant with its zone, like 2026-03-02T09:15:00Z, or a date',
  )
}

/** `Date` takes the 30th of February for the 2nd of March. */
function isDay(date: string): boolean {
  const midnight = new Date(date)
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date)
}

const DURATION_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** An instant, or how far it lies ahead of `now`: 30d, 12h, 90m. */
export function parseUntil(text: string): (now: Date) => Date {
  const ahead = /^(\d{1,5})([mhd])$/.exec(text)
  if (ahead === null) {
    const at = parseInstant(text)
    return () => at
  }
  const ms = Number(ahead[1]) * DURATION_MS[ahead[2] as keyof typeof DURATION_MS]
  return (now) => new Date(now.getTime() + ms)
}

/** One of a list, in any case of letters, as the list spells it. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate.toLowerCase() === text.toLowerCase())
    if (word === undefined) throw new InvalidArgumentError(`expected one of ${words.join(', ')}`)
    return word
  }
}

/** How many rows a list shows. */
export function parseLimit(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 100_000)
    throw new InvalidArgumentError('expected a number from 1 to 100000')
  return limit
}

/** An option that may be given several times. */
export function collect(text: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, text]
}

/** Labels of a scan, `K=V` each. */
export function collectLabel(text: string, earlier: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=/.test(text)) throw new InvalidArgumentError('expected K=V, like team=payments')
  return collect(text, earlier)
}

export const providerOption = oneOf<Provider>(providers)

export interface FilterOptions {
  readonly status?: FindingStatus
  readonly severity?: Severity
  readonly provider?: Provider
  readonly account?: string
  readonly asset?: string
  readonly rule?: string
  readonly since?: Date
  readonly quarantined?: boolean
}

/** The filters that findings and attack paths are listed and selected by. */
export function addFilterOptions(command: Command): Command {
  return command
    .option(
      '--status <status>',
      'open, snoozed, dismissed or resolved',
      oneOf<FindingStatus>(['open', 'snoozed', 'dismissed', 'resolved']),
    )
    .option(
      '--severity <severity>',
      'Information, Low, Medium, High or Critical',
      oneOf<Severity>(severities),
    )
    .option('--provider <provider>', 'AWS, KUBE, AZURE or GCP', providerOption)
    .option('--account <id>', 'account, subscription, project or cluster')
    .option('--asset <id>', 'main asset')
    .option('--rule <check>', "the scanner's check")
    .option('--since <instant>', 'last seen then or later', parseInstant)
    .option('--quarantined', 'whose record fits no SIEM, so that exports leave it out')
}

export function toFilter(options: FilterOptions): FindingFilter {
  const { status, severity, provider, account, asset, rule, since, quarantined } = options
  return {
    ...(status === undefined ? {} : { status }),
    ...(severity === undefined ? {} : { severity }),
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { accountId: account }),
    ...(asset === undefined ? {} : { assetId: asset }),
    ...(rule === undefined ? {} : { rule }),
    ...(since === undefined ? {} : { since }),
    ...(quarantined === undefined ? {} : { quarantined }),
  }
}
