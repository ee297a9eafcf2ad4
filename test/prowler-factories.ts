import type { JsonObject } from '../src/domain/observation.ts'

/** A public bucket as Prowler 5 writes it. */
export function aProwlerRecord(fields: JsonObject = {}): JsonObject {
  return {
    class_uid: 2004,
    metadata: { event_code: 'S3_Bucket_Public_Access', product: { name: 'Prowler' } },
    severity_id: 4,
    severity: 'High',
    status: 'New',
    status_id: 1,
    status_code: 'FAIL',
    status_detail: 'S3 Bucket larkspur-site is public.',
    time: 1772442000,
    time_dt: '2026-03-02T09:00:00.123456',
    finding_info: {
      uid: 'prowler-aws-s3_bucket_public_access-111111111111-eu-west-1-larkspur-site',
      title: 'S3 bucket is not public',
      desc: 'Buckets are checked for public access.',
    },
    resources: [aProwlerBucket()],
    cloud: { provider: 'aws', region: 'eu-west-1', account: { uid: '111111111111' } },
    remediation: { desc: 'Block public access.', references: ['https://example.com/s3'] },
    unmapped: { categories: ['internet-exposed'], compliance: {}, related_url: '' },
    ...fields,
  }
}

export function aProwlerBucket(fields: JsonObject = {}): JsonObject {
  return {
    uid: 'arn:aws:s3:::larkspur-site',
    name: 'larkspur-site',
    type: 'AwsS3Bucket',
    region: 'eu-west-1',
    labels: ['team:web', 'env:prod', 'team:web'],
    group: { name: 's3' },
    ...fields,
  }
}
