import type { Provider } from './provider.ts'

/**
 * The smallest thing of which coverage is known (life-cycle.md, Words): one check of one scanner in one region of
 * one account. The scanner is the scan's.
 */
export interface Unit {
  readonly check: string
  readonly provider: Provider
  readonly accountId: string
  /** Empty where the record has none. */
  readonly region: string
}
