import type { Provider } from './provider.ts'

/** The record's six resource types. */
export const resourceTypes = [
  'Compute',
  'Data',
  'Identity',
  'Network',
  'Service',
  'Storage',
] as const
export type ResourceType = (typeof resourceTypes)[number]

/** An asset as one record of a report names it; an absent text is an empty string. */
export interface ObservedAsset {
  readonly provider: Provider
  readonly accountId: string
  /** Empty where the scanner writes none. */
  readonly region: string
  /** As the cloud writes it: ARN, Azure resource id, GCP full name, Kubernetes uid, plain id. */
  readonly id: string
  readonly name: string
  /** The cloud's or the scanner's own name of the type (`AWS::S3::Bucket`, `AwsS3Bucket`). */
  readonly nativeType: string
  /** Only when the report says it in our words; else the data table decides. */
  readonly resourceType?: ResourceType
  /** What the scanner calls it by; never a person's label. */
  readonly labels: readonly string[]
}
