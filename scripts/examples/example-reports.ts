import { aws } from './aws.ts'
import { azure } from './azure.ts'
import { gcp } from './gcp.ts'
import { kubernetes } from './kubernetes.ts'
import { nativeReport } from './native-report.ts'
import { prowlerReport } from './prowler-report.ts'

export interface ExampleReport {
  /** Within examples/. */
  readonly file: string
  readonly text: string
}

/** Two scans, a week apart, of an invented company's clouds; the same texts whenever it is called. */
export function exampleReports(): ExampleReport[] {
  return ([1, 2] as const).flatMap((scan) => [
    ...[aws, azure, gcp, kubernetes].map((estate) => ({
      file: `${estate.provider}-${scan}.ocsf.json`,
      text: prowlerReport(estate, scan),
    })),
    { file: `native-${scan}.jsonl`, text: nativeReport(scan) },
  ])
}
