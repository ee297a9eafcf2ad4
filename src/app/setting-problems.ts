import { AppError } from '../errors.ts'
import type { Detail, ErrorCode } from '../errors.ts'

/** Long enough for any name that a person reads in a list. */
const MAX_NAME_CHARACTERS = 100

/** What people would mistake for an id: the commands take either. */
const LOOKS_LIKE_ID = /^(?:dst|rul)_/

// oxlint-disable-next-line no-control-regex -- they are what is looked for
const CONTROL_CHARACTER = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** What is wrong with the name of a destination or an alert rule. */
export function nameProblems(name: string): readonly Detail[] {
  const problem = (message: string): readonly Detail[] => [{ at: '/name', message }]
  if (name === '') return problem('must not be empty')
  if (name.length > MAX_NAME_CHARACTERS)
    return problem(`must not be longer than ${MAX_NAME_CHARACTERS} characters`)
  if (name !== name.trim()) return problem('must not begin or end with a space')
  if (CONTROL_CHARACTER.test(name)) return problem('must be one line without control characters')
  return LOOKS_LIKE_ID.test(name) ? problem('must not begin like an id, with dst_ or rul_') : []
}

/** One error that names all problems; `at` of each is a JSON pointer into what was asked for. */
export function settingsError(
  code: ErrorCode,
  what: string,
  problems: readonly Detail[],
): AppError {
  const listed = problems.map(
    ({ at, message }) => `${at.slice(at.lastIndexOf('/') + 1)} ${message}`,
  )
  return new AppError(code, `${what}: ${listed.join('; ')}`, { details: problems })
}
