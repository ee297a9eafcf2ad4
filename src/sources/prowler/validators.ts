import { Compile } from 'typebox/compile'
import { ProwlerFinding, ProwlerReport, ProwlerUnit } from './schema.ts'

export type Validators = ReturnType<typeof compileValidators>

/**
 * The schemas as code, which takes a fifth of the time that walking them takes. Made
 * for each report and not on import, since it takes some milliseconds.
 */
export function compileValidators() {
  return {
    finding: Compile(ProwlerFinding),
    unit: Compile(ProwlerUnit),
    report: Compile(ProwlerReport),
  }
}
