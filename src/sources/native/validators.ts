import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import {
  NativeAsset,
  NativeAttackPath,
  NativeFinding,
  NativePathPlaces,
  NativeScan,
  NativeUnit,
} from './schema.ts'

export type Validators = ReturnType<typeof compileValidators>

/** The schemas as code. Made for each report and not on import: it takes 3 to 12 ms. */
export function compileValidators() {
  return {
    scan: Compile(NativeScan),
    finding: Compile(NativeFinding),
    unit: Compile(NativeUnit),
    attackPath: Compile(NativeAttackPath),
    pathPlaces: Compile(NativePathPlaces),
    asset: Compile(NativeAsset),
  }
}

export interface Problem {
  /** JSON pointer from the record to what is wrong. */
  readonly at: string
  /** Without the value itself. */
  readonly reason: string
}

/** The first thing that is wrong, in the order of the schema. */
export function firstProblem(errors: readonly TLocalizedValidationError[]): Problem {
  const [error] = errors
  if (error === undefined) throw new Error('a record that did not pass its schema has no error')

  switch (error.keyword) {
    case 'required':
      return {
        at: `${error.instancePath}/${error.params.requiredProperties[0]}`,
        reason: 'is missing',
      }
    case 'enum':
      return {
        at: error.instancePath,
        reason: `must be one of ${error.params.allowedValues.join(', ')}`,
      }
    case 'boolean':
      return { at: error.instancePath, reason: 'is no field of the published schema' }
    default:
      return { at: error.instancePath, reason: error.message }
  }
}
