/** The two ways in which a record says when its scan began. */
export interface ScanTime {
  readonly time?: number
  readonly time_dt?: string | null
}

/** Prowler counts in seconds, OCSF in milliseconds; as milliseconds, this is early in 1973. */
const FIRST_IN_MILLISECONDS = 1e11

/**
 * When the scan began. `time` leads, since `time_dt` is the scanning machine's local time without a
 * zone; where the two meet in the same second of UTC, `time_dt` adds its milliseconds.
 */
export function scannedAt({ time, time_dt }: ScanTime): Date | undefined {
  const asUtc = typeof time_dt === 'string' ? utcOf(time_dt) : undefined
  if (time === undefined) return asUtc
  const at = new Date(time < FIRST_IN_MILLISECONDS ? time * 1000 : time)
  return asUtc !== undefined && secondOf(asUtc) === secondOf(at) ? asUtc : at
}

function utcOf(text: string): Date | undefined {
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)
  const date = new Date(hasZone ? text : `${text}Z`)
  return Number.isNaN(date.getTime()) ? undefined : date
}

function secondOf(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}
