import type { JsonObject } from '../../domain/observation.ts'
import type { Rejected } from '../source.ts'
import { placeIn, withinRecord } from './place.ts'
import type { Defaults } from './place.ts'
import type { Validators } from './validators.ts'

/** What a record that is rejected was about, as far as that can still be read (L7). */
export function namesOf(
  record: JsonObject,
  defaults: Defaults,
  validators: Validators,
): Rejected['names'] {
  switch (record['type']) {
    case 'asset':
      return { kind: 'nothing' }
    case 'finding':
      return unitOf(record, defaults, validators)
    case 'attack_path':
      return pathAccountsOf(record, defaults, validators)
    default:
      return { kind: 'unreadable' }
  }
}

function unitOf(record: JsonObject, defaults: Defaults, { unit }: Validators): Rejected['names'] {
  if (!unit.Check(record)) return { kind: 'unreadable' }
  const place = placeIn(withinRecord(record, defaults))
  if (place === undefined) return { kind: 'unreadable' }
  return { kind: 'unit', unit: { check: record.check, ...place } }
}

/** All of them or none: an account left out would still be taken for covered. */
function pathAccountsOf(
  record: JsonObject,
  defaults: Defaults,
  { pathPlaces }: Validators,
): Rejected['names'] {
  if (!pathPlaces.Check(record)) return { kind: 'unreadable' }
  const own = withinRecord(record, defaults)
  const assets = [record.entry, record.target, ...(record.assets ?? [])]
  const accountIds = assets.map((asset) => withinRecord(asset, own).accountId)
  if (!accountIds.every((accountId) => accountId !== undefined)) return { kind: 'unreadable' }
  return { kind: 'attack_path_accounts', accountIds: pathAccounts(accountIds, record.account_id) }
}

/** Every account on a path once: those of its entry, its target and its other assets, then the one it names itself. */
export function pathAccounts(
  ofAssets: readonly string[],
  named: string | undefined,
): readonly string[] {
  return [...new Set(named === undefined ? ofAssets : [...ofAssets, named])]
}
