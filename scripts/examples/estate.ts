/** What the examples are made from: an invented company's clouds, checked twice. */
export interface Estate {
  readonly provider: 'aws' | 'azure' | 'gcp' | 'kubernetes'
  /** When the first scan began; the second is a week later. */
  readonly startedAt: string
  readonly accounts: readonly Account[]
  readonly resources: Readonly<Record<string, Resource>>
  readonly checks: readonly Check[]
}

export interface Account {
  readonly id: string
  readonly name: string
}

export interface Resource {
  readonly uid: string
  /** Empty in Kubernetes, where the namespace stands for it. */
  readonly region: string
  readonly namespace?: string
  readonly type: string
  readonly account: string
  readonly labels?: readonly string[]
  /** What the cloud says of it, where a reader needs that. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Deleted before the second scan, or made after the first. */
  readonly only?: 1 | 2
}

export interface Check {
  readonly id: string
  readonly service: string
  readonly severity: Severity
  /** The scanner's judgement in the second scan, where it changed. */
  readonly severityThen?: Severity
  readonly title: string
  readonly about: string
  readonly risk: string
  readonly fix: string
  readonly link: string
  readonly categories: readonly string[]
  readonly compliance?: Readonly<Record<string, readonly string[]>>
  /** What is wrong and what is right, `{}` standing for the resource's name. */
  readonly wrong: string
  readonly right: string
  /** How the second scan words what is wrong, where it changed. */
  readonly wrongThen?: string
  readonly fail?: readonly string[]
  readonly pass?: readonly string[]
  readonly manual?: readonly string[]
  readonly muted?: readonly string[]
  /** Between the scans. */
  readonly fixed?: readonly string[]
  readonly broken?: readonly string[]
}

export type Severity = 'Informational' | 'Low' | 'Medium' | 'High' | 'Critical'
