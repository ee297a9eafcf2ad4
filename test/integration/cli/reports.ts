import type { JsonObject } from '../../../src/domain/observation.ts'
import { aProwlerBucket, aProwlerRecord } from '../../prowler-factories.ts'

/** What Prowler says of a bucket in its product's field, which a first record needs to be known by. */
const product = { name: 'Prowler', version: '5.46.0' }

/** A public bucket of its own number, by one check. */
export function aBucketRecord(number: number, fields: JsonObject = {}): JsonObject {
  const name = `larkspur-${number}`
  return aProwlerRecord({
    metadata: { event_code: 's3_bucket_public_access', product },
    resources: [aProwlerBucket({ uid: `arn:aws:s3:::${name}`, name })],
    ...fields,
  })
}

/** A report of public buckets, as Prowler writes it. */
export function aBucketReport(count: number, fields: JsonObject = {}): string {
  return JSON.stringify(Array.from({ length: count }, (_, number) => aBucketRecord(number, fields)))
}

export const nativeScan: JsonObject = {
  type: 'scan',
  scanner: 'larkspur',
  provider: 'AWS',
  account_id: '111111111111',
  completed_at: '2026-03-02T09:00:00Z',
}

export function aNativeFinding(number: number, fields: JsonObject = {}): JsonObject {
  return {
    type: 'finding',
    check: 'bucket-public',
    evaluation: 'fail',
    severity: 'High',
    title: 'Bucket is public',
    asset: { id: `arn:aws:s3:::larkspur-${number}`, native_type: 'AWS::S3::Bucket' },
    ...fields,
  }
}

export function lines(records: readonly JsonObject[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}
