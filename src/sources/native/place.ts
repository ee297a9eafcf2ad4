import type { Provider } from '../../domain/provider.ts'
import type { ScanContext } from '../../domain/scan.ts'
import type { Rejected } from '../source.ts'
import type { NativePlace } from './schema.ts'

/** Where a record stands. */
export interface Place {
  readonly provider: Provider
  readonly accountId: string
  /** Empty where nobody says one. */
  readonly region: string
}

/** What holds where a record leaves it out. */
export interface Defaults {
  readonly provider: Provider | undefined
  readonly accountId: string | undefined
  readonly region: string | undefined
}

/** What the uploader says beside the report. */
export function defaultsOfContext(context: ScanContext): Defaults {
  return { provider: context.provider, accountId: context.accountId, region: context.region }
}

/** What holds within a record that may say where it stands itself. A place within a place is a place. */
export function withinRecord<Outer extends Defaults>(
  record: NativePlace,
  outer: Outer,
): {
  readonly provider: Provider | Outer['provider']
  readonly accountId: string | Outer['accountId']
  readonly region: string | Outer['region']
} {
  return {
    provider: record.provider ?? outer.provider,
    accountId: record.account_id ?? outer.accountId,
    region: record.region ?? outer.region,
  }
}

/** The place, when provider and account are known. */
export function placeIn({ provider, accountId, region = '' }: Defaults): Place | undefined {
  if (provider === undefined || accountId === undefined) return undefined
  return { provider, accountId, region }
}

/** What the uploader would have to say for there to be a place. */
export function missingIn({ provider }: Defaults): NonNullable<Rejected['missing']> {
  if (provider === undefined) return 'provider'
  return provider === 'KUBE' ? 'cluster' : 'account'
}
