import { describe, expect, it } from 'vitest'
import type { Fields } from '../../../test/prowler-mapping.ts'
import {
  aBucket,
  aPodRecord,
  aRecord,
  findingOf,
  rejectionOf,
} from '../../../test/prowler-mapping.ts'

describe('a finding', () => {
  it('says what the record says', () => {
    const finding = findingOf(aRecord())

    expect(finding).toEqual({
      check: 's3_bucket_public_access',
      evaluation: 'fail',
      severity: 'High',
      title: 'S3 bucket is not public',
      description: 'S3 Bucket larkspur-site is public.\n\nBuckets are checked for public access.',
      remediation: 'Block public access.\n\nhttps://example.com/s3',
      provider: 'AWS',
      accountId: '111111111111',
      region: 'eu-west-1',
      asset: {
        provider: 'AWS',
        accountId: '111111111111',
        region: 'eu-west-1',
        id: 'arn:aws:s3:::larkspur-site',
        name: 'larkspur-site',
        nativeType: 'AwsS3Bucket',
        labels: ['env:prod', 'team:web'],
      },
      discriminator: '',
      service: 's3',
      categories: ['internet-exposed'],
      observedAt: new Date('2026-03-02T09:00:00.123Z'),
      relatedAssets: [],
      cveIds: [],
      compliance: [],
      sourceId: 'prowler-aws-s3_bucket_public_access-111111111111-eu-west-1-larkspur-site',
      url: 'https://example.com/s3',
    })
  })

  it('does without everything that is not needed', () => {
    const finding = findingOf({
      class_uid: 2004,
      metadata: { event_code: 'c1' },
      severity: 'low',
      status_code: 'fail',
      resources: [{ name: 'x', uid: null }],
      cloud: { provider: 'gcp', account: { uid: 'larkspur-dev' } },
    })

    expect(finding).toMatchObject({ title: 'c1', severity: 'Low', region: '', description: '' })
    expect(finding.asset).toMatchObject({ id: 'x', nativeType: '', labels: [] })
    expect(finding).not.toHaveProperty('observedAt')
  })
})

describe('evaluation', () => {
  it.each([
    ['FAIL', 'New', 1, 'fail'],
    ['PASS', 'New', 1, 'pass'],
    ['MANUAL', 'New', 1, 'not_assessed'],
    ['MANUAL', 'New', 99, 'not_assessed'],
    ['FAIL', 'Suppressed', 3, 'suppressed_upstream'],
    ['MANUAL', 'Suppressed', 3, 'not_assessed'],
    ['FAIL', 'suppressed', 3, 'suppressed_upstream'],
    ['FAIL', 'Suppressed', 1, 'fail'],
    ['FAIL', 'Suppressed', undefined, 'fail'],
    ['PASS', 'Suppressed', 3, 'pass'],
    ['FAIL', 'New', 3, 'fail'],
    ['FAIL', undefined, 3, 'fail'],
    ['FAIL', undefined, undefined, 'fail'],
  ])('of %s, status %s, status id %s is %s', (status_code, status, status_id, evaluation) => {
    const finding = findingOf(aRecord({ status_code, status, status_id }))

    expect(finding.evaluation).toBe(evaluation)
  })
})

describe('severity', () => {
  it.each([
    [0, 'Unknown', 'Information'],
    [1, 'Informational', 'Information'],
    [2, 'Low', 'Low'],
    [3, 'Medium', 'Medium'],
    [4, 'High', 'High'],
    [5, 'Critical', 'Critical'],
    [6, 'Fatal', 'Critical'],
    [99, 'Other', 'Information'],
    [undefined, 'Informational', 'Information'],
    [undefined, 'CRITICAL', 'Critical'],
    [42, 'Medium', 'Medium'],
  ])('of %s, %s is %s', (severity_id, severity, expected) => {
    const finding = findingOf(aRecord({ severity_id, severity }))

    expect(finding.severity).toBe(expected)
  })
})

describe('provider, account and region', () => {
  it.each([
    ['aws', 'AWS'],
    ['azure', 'AZURE'],
    ['gcp', 'GCP'],
    ['AWS', 'AWS'],
  ])('reads the cloud %s as %s', (provider, expected) => {
    const finding = findingOf(aRecord({ cloud: { provider, account: { uid: 'a1' } } }))

    expect(finding.provider).toBe(expected)
  })

  it('falls back to the unmapped provider, the uid, then what the uploader said', () => {
    const silent = { cloud: { account: { uid: 'a1' } }, finding_info: { title: 't' } }

    expect(findingOf(aRecord({ ...silent, unmapped: { provider: 'azure' } })).provider).toBe(
      'AZURE',
    )
    expect(findingOf(aRecord({ ...silent, finding_info: { uid: 'prowler-gcp-x' } })).provider).toBe(
      'GCP',
    )
    expect(findingOf(aRecord(silent), { provider: 'AWS' }).provider).toBe('AWS')
  })

  it('takes the account from the record before the one from the uploader', () => {
    const context = { accountId: '222222222222' }
    const silent = aRecord({ cloud: { provider: 'aws' } })

    expect(findingOf(aRecord(), context).accountId).toBe('111111111111')
    expect(findingOf(silent, context).accountId).toBe('222222222222')
  })

  it('takes the region of the resource before that of the cloud', () => {
    const elsewhere = aRecord({ resources: [aBucket({ region: 'us-east-1' })] })
    const nowhere = aRecord({ resources: [aBucket({ region: '' })] })

    expect(findingOf(elsewhere).region).toBe('us-east-1')
    expect(findingOf(nowhere)).toMatchObject({
      region: 'eu-west-1',
      asset: { region: 'eu-west-1' },
    })
  })

  it('lower-cases the ids of Azure, whose case means nothing', () => {
    const uid = '/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/Web'
    const record = aRecord({
      cloud: { provider: 'azure', account: { uid: '00000000-0000-4000-8000-000000000001' } },
      resources: [aBucket({ uid })],
    })

    expect(findingOf(record).asset.id).toBe(uid.toLowerCase())
  })
})

describe('a Kubernetes record', () => {
  it('is of the cluster that the uploader names, and keeps its namespace as region', () => {
    const finding = findingOf(aPodRecord({}), { accountId: 'dev' })

    expect(finding).toMatchObject({ provider: 'KUBE', accountId: 'dev', region: 'web' })
    expect(finding.asset).toMatchObject({
      id: 'k8s://dev/web/Pod/shop',
      name: 'shop',
      region: 'web',
    })
  })

  it('is of the cluster that it names itself', () => {
    const unmapped = { provider: 'kubernetes', provider_uid: 'prod' }
    const finding = findingOf(aPodRecord({}, { unmapped }), { accountId: 'dev' })

    expect(finding.accountId).toBe('prod')
  })

  it.each(['in-cluster', 'In-Cluster', ''])('takes %j for no name of a cluster', (provider_uid) => {
    const record = aPodRecord({}, { unmapped: { provider_uid } })

    expect(rejectionOf(record)).toMatchObject({ missing: 'cluster', reason: 'names no cluster' })
    expect(findingOf(record, { accountId: 'dev' }).accountId).toBe('dev')
  })

  it('has no region where its resource belongs to no namespace', () => {
    const role = { name: 'admin', type: 'ClusterRole', namespace: 'cluster-wide' }
    const finding = findingOf(aPodRecord(role), { accountId: 'dev' })

    expect(finding).toMatchObject({ region: '', asset: { id: 'k8s://dev//ClusterRole/admin' } })
  })

  it('tells of a pod under the name of its controller', () => {
    const name = 'shop-67644fb9d8-x7k2p'
    const data = { metadata: { labels: { 'pod-template-hash': '67644fb9d8' } } }
    const record = aPodRecord(
      { name, data },
      {
        status_detail: `Pod ${name} uses HostPorts.`,
        finding_info: { uid: `prowler-kubernetes-core_x-dev-namespace: web-${name}` },
      },
    )

    const finding = findingOf(record, { accountId: 'dev' })

    expect(finding.asset).toMatchObject({
      id: 'k8s://dev/web/Deployment/shop',
      name: 'shop',
      nativeType: 'Deployment',
    })
    expect(finding.description).toBe('Pod shop uses HostPorts.')
    expect(finding.sourceId).toBe('prowler-kubernetes-core_x-dev-namespace: web-shop')
  })
})

describe('texts', () => {
  it.each([
    ['User a has not rotated access key 1 in over 90 days (214 days).', 'in over 90 days.'],
    ['User a has not used access key 1 in the last 45 days (60 days).', 'in the last 45 days.'],
    ['EC2 Instance i is older than 180 days (300 days).', 'is older than 180 days.'],
    ['ACM Certificate c for d expires in 23 days.', 'for d expires in some days.'],
    ['ACM Certificate c is about to expire in 3 days.', 'is about to expire in some days.'],
    ['IAM Certificate c has expired 12 days ago.', 'has expired some days ago.'],
    ['Disk snapshot s is 91 days old.', 'is some days old.'],
    ['Scanned more than 30 days ago.', 'Scanned more than 30 days ago.'],
    ['Backup is kept for 7 days.', 'Backup is kept for 7 days.'],
  ])('say %j without what only time changes', (status_detail, ending) => {
    const finding = findingOf(aRecord({ status_detail, finding_info: {} }))

    expect(finding.description.endsWith(ending)).toBe(true)
    expect(finding.description).not.toContain(' (')
  })

  it('lists each requirement once, in order, and at most 300', () => {
    const ids = Array.from({ length: 400 }, (_, at) => `1.${at + 1000}`)
    const few = { 'CIS-1.4': ['2.1', '1.1', '1.1'], 'C5-2025': ['IAM-03.01AS'] }

    expect(findingOf(aRecord({ unmapped: { compliance: few } })).compliance).toEqual([
      'C5-2025: IAM-03.01AS',
      'CIS-1.4: 1.1',
      'CIS-1.4: 2.1',
    ])
    expect(findingOf(aRecord({ unmapped: { compliance: { x: ids } } })).compliance).toHaveLength(
      300,
    )
  })

  it.each([
    ['https://example.com/check', ['https://example.com/ref'], 'https://example.com/check'],
    ['', ['gcloud services disable', 'https://example.com/a b'], 'https://example.com/a%20b'],
    ['javascript:alert(1)', ['ftp://example.com', 'example.com'], ''],
    [null, [], ''],
  ])('link to %j or one of %j as %j', (related_url, references, url) => {
    const finding = findingOf(aRecord({ unmapped: { related_url }, remediation: { references } }))

    expect(finding.url).toBe(url)
  })

  it('name the other resources as related assets', () => {
    const other = aBucket({ uid: 'arn:aws:s3:::larkspur-logs', region: 'us-east-1' })
    const finding = findingOf(aRecord({ resources: [aBucket(), other, { uid: '' }] }))

    expect(finding.relatedAssets).toMatchObject([
      { id: 'arn:aws:s3:::larkspur-logs', region: 'us-east-1', accountId: '111111111111' },
    ])
  })
})

describe('a broken record', () => {
  const unit = {
    check: 's3_bucket_public_access',
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
  }

  it.each<[string, Fields, string]>([
    ['no resource', { resources: [] }, '/7/resources'],
    ['a time in words', { time: 'yesterday' }, '/7/time'],
    ['a time past all dates', { time: 1e300 }, '/7/time'],
    [
      'a label that is no text',
      { resources: [aBucket({ labels: [1] })] },
      '/7/resources/0/labels/0',
    ],
    ['no status code', { status_code: undefined }, '/7/status_code'],
    ['an unknown status code', { status_code: 'MAYBE' }, '/7/status_code'],
    ['no severity', { severity: undefined, severity_id: 7 }, '/7/severity_id'],
    ['another class', { class_uid: 2003 }, '/7/class_uid'],
    [
      'an asset without id and name',
      { resources: [aBucket({ uid: '', name: '' })] },
      '/7/resources/0/uid',
    ],
  ])('with %s is rejected with its pointer and its unit', (_, fields, pointer) => {
    const rejected = rejectionOf(aRecord(fields))

    expect(rejected).toMatchObject({ pointer, offset: 4096, names: { kind: 'unit', unit } })
    expect(rejected.reason).not.toContain('larkspur')
    expect(rejected).not.toHaveProperty('missing')
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a list', []],
    ['a text', 'x'],
    ['no check', aRecord({ metadata: {} })],
    ['a check that is no text', aRecord({ metadata: { event_code: 5 } })],
    ['a region that is no text', aRecord({ resources: [aBucket({ region: 5 })] })],
    [
      'no region at all',
      aRecord({ resources: [], cloud: { provider: 'aws', account: { uid: 'a' } } }),
    ],
    ['no namespace', aPodRecord({}, { resources: [], unmapped: { provider_uid: 'dev' } })],
  ])('that is %s names no unit', (_, record) => {
    const rejected = rejectionOf(record)

    expect(rejected.names).toEqual({ kind: 'unreadable' })
  })

  it('of an account that nobody names says what is missing', () => {
    const rejected = rejectionOf(aRecord({ cloud: { provider: 'aws', account: { uid: '' } } }))

    expect(rejected).toMatchObject({ missing: 'account', names: { kind: 'unreadable' } })
  })

  it('of a provider that nobody names says what is missing', () => {
    const rejected = rejectionOf(aRecord({ cloud: undefined, finding_info: {} }))

    expect(rejected).toMatchObject({ missing: 'provider', names: { kind: 'unreadable' } })
  })

  it.each([
    ['github', 'is of github, not'],
    ['m365', 'is of m365, not'],
    ['x'.repeat(99), 'is of another provider, not'],
  ])('of %s takes nothing out of coverage', (provider, reason) => {
    const rejected = rejectionOf(aRecord({ cloud: { provider, account: { uid: 'larkspur' } } }))

    expect(rejected.reason).toContain(reason)
    expect(rejected.names).toEqual({ kind: 'nothing' })
  })
})
