/** Native records of a synthetic scanner in account 111111111111. */

/** The first record of a report; without `completed_at` its time is that of its receipt. */
export function scanRecord(overrides: object = {}): object {
  return {
    type: 'scan',
    scanner: 'probe',
    provider: 'AWS',
    account_id: '111111111111',
    region: 'eu-west-1',
    ...overrides,
  }
}

/** A failing check on a bucket of this name. */
export function findingRecord(bucket: string, overrides: object = {}): object {
  return {
    type: 'finding',
    check: 's3_bucket_public_access',
    evaluation: 'fail',
    severity: 'High',
    title: `${bucket} is public`,
    description: 'Anybody can list it.',
    remediation: 'Block public access.',
    asset: { id: bucketArn(bucket), native_type: 'AWS::S3::Bucket', name: bucket },
    ...overrides,
  }
}

/** Failing checks on buckets numbered from one number up to, but not including, another. */
export function bucketRecords(from: number, to: number): object[] {
  return Array.from({ length: to - from }, (_, at) => findingRecord(`bucket-${from + at}`))
}

export function bucketArn(bucket: string): string {
  return `arn:aws:s3:::${bucket}`
}

/** A path from an instance of this name to a bucket of this name. */
export function pathRecord(instance: string, bucket: string, overrides: object = {}): object {
  const entry = instanceArn(instance)
  return {
    type: 'attack_path',
    scenario: 'public-workload-to-data',
    title: 'Public instance reaches a bucket',
    entry: { id: entry, native_type: 'AWS::EC2::Instance', name: instance },
    target: { id: bucketArn(bucket), native_type: 'AWS::S3::Bucket', name: bucket },
    routes: [[entry, bucketArn(bucket)]],
    risk_score: 90,
    workload: {
      asset_id: entry,
      name: instance,
      type: 'virtual_machine',
      provider: 'AWS',
      account_id: '111111111111',
      exposure: { is_public: true },
    },
    risk_definitions: [{ id: 'public', name: 'Public', type: 'EXPOSURE', level: 'High' }],
    ...overrides,
  }
}

export function instanceArn(instance: string): string {
  return `arn:aws:ec2:eu-west-1:111111111111:instance/${instance}`
}

/** The records as NDJSON, in chunks of some size. */
export async function* nativeReport(records: Iterable<object>): AsyncGenerator<Uint8Array, void> {
  let chunk = ''
  for (const record of records) {
    chunk += `${JSON.stringify(record)}\n`
    if (chunk.length > 64 * 1024) {
      yield Buffer.from(chunk)
      chunk = ''
    }
  }
  yield Buffer.from(chunk)
}
