/**
 * What one record of a report says of its check on its asset. Only `pass` and `closed_upstream` are
 * evidence that something is resolved; `suppressed_upstream` is the scanner's own mute.
 */
export const evaluations = [
  'fail',
  'not_assessed',
  'suppressed_upstream',
  'pass',
  'closed_upstream',
] as const
export type Evaluation = (typeof evaluations)[number]

/** Which of several records of one finding wins within a scan (L2): the lower rank. */
export function evaluationRank(evaluation: Evaluation): number {
  return evaluations.indexOf(evaluation)
}
