import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { FindingFilter } from '../store/findings.ts'
import { providers } from '../domain/provider.ts'
import type { Provider } from '../domain/provider.ts'
import { severities } from '../domain/severity.ts'
import type { Severity } from '../domain/severity.ts'
import type { FindingStatus } from '../domain/finding-status.ts'

/** An instant as an option gives it: RFC 3339 with a zone, or a date, which begins at midnight UTC. */
export function parseInstant(text: string): Date {
  const at =
    /^\d{4}-\d{2}-\d{2}$/.test(text) || /[zZ]|[+-]\d{2}:\d{2}$/.test(text)
      ? new Date(text)
      : undefined
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError(
      'expected an instant with its zone, like 2026-03-02T09:15:00Z, or a date',
    )
  }
  return at
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
}

export function toFilter(options: FilterOptions): FindingFilter {
  const { status, severity, provider, account, asset, rule, since } = options
  return {
    ...(status === undefined ? {} : { status }),
    ...(severity === undefined ? {} : { severity }),
    ...(provider === undefined ? {} : { provider }),
    ...(account === undefined ? {} : { accountId: account }),
    ...(asset === undefined ? {} : { assetId: asset }),
    ...(rule === undefined ? {} : { rule }),
    ...(since === undefined ? {} : { since }),
  }
}
