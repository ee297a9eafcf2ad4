import type { ObservedFinding } from '../src/domain/observation.ts'
import type { ScanContext } from '../src/domain/scan.ts'
import { toResult } from '../src/sources/prowler/mapper.ts'
import { compileValidators } from '../src/sources/prowler/validators.ts'
import type { Rejected } from '../src/sources/source.ts'
import { aProwlerBucket, aProwlerRecord } from './prowler-factories.ts'

/** Where each record stands in its report. */
export const position = { pointer: '/7', offset: 4096 }
const validators = compileValidators()

export type Fields = Readonly<Record<string, unknown>>

/** Undefined takes a field away. */
export function aRecord(fields: Fields = {}): Fields {
  return { ...aProwlerRecord(), ...fields }
}

export function aBucket(fields: Fields = {}): Fields {
  return { ...aProwlerBucket(), ...fields }
}

export function aPodRecord(pod: Fields, fields: Fields = {}): Fields {
  return aRecord({
    cloud: undefined,
    finding_info: { uid: 'prowler-kubernetes-core_x-dev-namespace: web-shop', title: 'Pod' },
    resources: [{ name: 'shop', uid: 'c0ffee', type: 'Pod', namespace: 'web', ...pod }],
    ...fields,
  })
}

export function findingOf(record: unknown, context: ScanContext = {}): ObservedFinding {
  const result = toResult({ value: record, ...position }, context, validators)
  if (result.kind !== 'finding') throw new Error(`not a finding: ${JSON.stringify(result)}`)
  return result.finding
}

export function rejectionOf(record: unknown, context: ScanContext = {}): Rejected {
  const result = toResult({ value: record, ...position }, context, validators)
  if (result.kind !== 'rejected') throw new Error(`not rejected: ${JSON.stringify(result)}`)
  return result
}
