import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { seededRandom } from '../random.ts'

export interface BenchReport {
  readonly findings: number
  readonly seed: number
  /** In the second scan a twentieth is new, a twentieth is changed, and a twentieth of the first is gone. */
  readonly scan: 1 | 2
}

/** A native report of the shape that scanners write: some 40 checks, three regions, about 1 KB a finding. */
export async function writeBenchReport(path: string, report: BenchReport): Promise<void> {
  await pipeline(Readable.from(batches(report)), createWriteStream(path))
}

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-southeast-2']

function* batches({ findings, seed, scan }: BenchReport): Generator<string> {
  const random = seededRandom(seed)
  let batch = `${JSON.stringify({
    type: 'scan',
    scanner: 'probe',
    provider: 'AWS',
    account_id: '111111111111',
    completed_at: scan === 1 ? '2026-03-02T09:00:00.000Z' : '2026-03-09T09:00:00.000Z',
  })}\n`
  for (let index = 0; index < findings; index += 1) {
    const kind = random()
    const number = scan === 2 && kind < 0.05 ? findings + index : index
    const changed = scan === 2 && kind >= 0.05 && kind < 0.1
    batch += `${JSON.stringify(finding(number, changed))}\n`
    if (batch.length > 256 * 1024) {
      yield batch
      batch = ''
    }
  }
  yield batch
}

function finding(number: number, changed: boolean): object {
  const bucket = `bucket-${Math.floor(number / 4)}`
  return {
    type: 'finding',
    check: `check_${number % 40}`,
    evaluation: 'fail',
    severity: ['Low', 'Medium', 'High', 'Critical'][number % 4],
    title: `Setting ${number % 40} of the bucket is not as it should be`,
    description: `The bucket ${bucket} ${changed ? 'still ' : ''}allows what it should not allow. ${'It can be read by more people than need to read it. '.repeat(4)}`,
    remediation:
      'Change the setting in the console or by code, and see that it stays changed. '.repeat(2),
    region: REGIONS[number % REGIONS.length],
    asset: {
      id: `arn:aws:s3:::${bucket}`,
      native_type: 'AWS::S3::Bucket',
      name: bucket,
      labels: ['env:production', `team:${number % 7}`],
    },
    compliance: ['CIS-3.0: 2.1.1', 'ISO27001-2022: A.8.3'],
  }
}
