import type { Provider } from './provider.ts'
import type { Unit } from './unit.ts'

/** A unit with its scanner, as the life cycle keeps it. Units of findings and of attack paths never meet. */
export type ScannedUnit = UnitOfFindings | UnitOfAttackPaths

export interface UnitOfFindings extends Unit {
  readonly of: 'findings'
  /** Equal for equal units, and for no others. */
  readonly key: string
  readonly scanner: string
}

export interface UnitOfAttackPaths {
  readonly of: 'attack_paths'
  readonly key: string
  readonly scanner: string
  /** Of the entry. */
  readonly provider: Provider
  /** Every account on the path, sorted, each once. */
  readonly accountIds: readonly string[]
}

export function unitOfFindings(scanner: string, unit: Unit): UnitOfFindings {
  const { check, provider, accountId, region } = unit
  const key = JSON.stringify([scanner, check, provider, accountId, region])
  return { of: 'findings', key, scanner, check, provider, accountId, region }
}

export function unitOfAttackPaths(
  scanner: string,
  provider: Provider,
  accountIds: readonly string[],
): UnitOfAttackPaths {
  const sorted = [...new Set(accountIds)].toSorted()
  const key = JSON.stringify([scanner, 'attack-paths', provider, sorted])
  return { of: 'attack_paths', key, scanner, provider, accountIds: sorted }
}
