/** Above both of them a scan is held; 0 in either turns the guard off. */
export interface DropGuardSettings {
  readonly findings: number
  /** Of the open ones in the units that the scan covers. */
  readonly percent: number
}

export interface Drop {
  /** Open ones that the scan would resolve because they are missing. */
  readonly absent: number
  /** Open ones in the units that it covers, whatever people decided of them. */
  readonly open: number
}

/** L10: whether so much is missing that a person must look first. Findings and attack paths are asked apart. */
export function guardHolds(drop: Drop, settings: DropGuardSettings): boolean {
  if (settings.findings === 0 || settings.percent === 0) return false
  return drop.absent > settings.findings && drop.absent * 100 > drop.open * settings.percent
}
