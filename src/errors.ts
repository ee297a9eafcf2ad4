/** Every code that a caller may see. `wrong usage` codes end a command with 2, the others with 1. */
export const errorCodes = {
  // wrong usage: the caller can mend it
  invalid_argument: 2,
  invalid_config: 2,
  missing_context: 2,
  unknown_format: 2,
  ambiguous_format: 2,
  scanner_mismatch: 2,
  not_found: 2,
  name_taken: 2,
  in_use: 2,
  conflict: 2,
  // failed: the world, or what was given, does not allow it
  unreadable_report: 1,
  report_unavailable: 1,
  scan_incomplete: 1,
  staged_rows_lost: 1,
  database_unavailable: 1,
  schema_too_new: 1,
  schema_outdated: 1,
  disk_unavailable: 1,
} as const
export type ErrorCode = keyof typeof errorCodes

export interface Detail {
  /** Where: a JSON pointer, a file, an option. */
  readonly at: string
  readonly message: string
}

/** What a caller may see: `message` and `details` are safe to show; what only we may see goes in `cause`, and so to the log. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly details: readonly Detail[]

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: readonly Detail[] } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.details = options.details ?? []
  }
}

/** A caught value as an Error, whatever was thrown. */
export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** The `code` of a system or PostgreSQL error, for decisions that must not rest on message text. */
export function errorCodeOf(thrown: unknown): string | undefined {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  return typeof code === 'string' ? code : undefined
}
