import type { ObservedAsset } from '../src/domain/asset.ts'
import type { ObservedAttackPath, ObservedFinding } from '../src/domain/observation.ts'
import type { SiemDecisions } from '../src/domain/siem-body.ts'

/** An S3 bucket of account 111111111111. */
export function anAsset(overrides: Partial<ObservedAsset> = {}): ObservedAsset {
  return {
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
    id: 'arn:aws:s3:::invoices',
    name: 'invoices',
    nativeType: 'AWS::S3::Bucket',
    labels: ['team=billing', 'Sensitive'],
    ...overrides,
  }
}

/** A public bucket, with every field of a finding set. */
export function aFinding(overrides: Partial<ObservedFinding> = {}): ObservedFinding {
  return {
    check: 's3_bucket_public_access',
    evaluation: 'fail',
    severity: 'High',
    title: 'Bucket is public',
    description: 'Anybody can list it.',
    remediation: 'Block public access.',
    provider: 'AWS',
    accountId: '111111111111',
    region: 'eu-west-1',
    asset: anAsset(),
    discriminator: '',
    service: 's3',
    categories: [],
    relatedAssets: [
      anAsset({ id: 'arn:aws:iam::111111111111:role/reader', name: 'reader', region: '' }),
    ],
    cveIds: ['CVE-2021-44228'],
    compliance: ['CIS-2.0: 2.1.4'],
    sourceId: 'example-1',
    url: 'https://scanner.example/findings/1?tab=a#top',
    ...overrides,
  }
}

/** From a public instance over its role to a bucket in another account, with every field of a path set. */
export function anAttackPath(overrides: Partial<ObservedAttackPath> = {}): ObservedAttackPath {
  const entry = anAsset({ id: 'arn:aws:ec2:eu-west-1:111111111111:instance/i-1', name: 'web' })
  const role = anAsset({ id: 'arn:aws:iam::111111111111:role/web', name: 'web', region: '' })
  const target = anAsset({ id: 'arn:aws:s3:::ledger', name: 'ledger', accountId: '222222222222' })
  return {
    scenario: 'public-workload-to-data',
    title: 'Public instance reaches a sensitive bucket',
    description: 'The role of the instance reads the bucket.',
    remediation: 'Take the permission from the role.',
    severity: 'Critical',
    provider: 'AWS',
    entry,
    target,
    routes: [[entry.id, role.id, target.id]],
    assets: [role],
    accountIds: ['111111111111', '222222222222'],
    riskScore: 93,
    workload: {
      asset_id: entry.id,
      name: 'web',
      type: 'virtual_machine',
      native_type: 'AWS::EC2::Instance',
      provider: 'AWS',
      account_id: '111111111111',
      region: 'eu-west-1',
      exposure: { is_public: true, certainty: 'confirmed', cidrs: ['0.0.0.0/0'], ports: [443] },
      identity: {
        asset_id: role.id,
        is_admin: false,
        is_known_admin: false,
        effective_permissions: ['s3:GetObject', 's3:ListBucket'],
      },
      vulnerabilities: [{ cve_id: 'CVE-2021-44228', cvss: 10, epss: 0.97, known_exploited: true }],
      labels: ['Public'],
    },
    riskDefinitions: [
      {
        id: 'public-exposure',
        name: 'Reachable from the internet',
        type: 'EXPOSURE',
        level: 'High',
        factor: 0.9,
        certainty: 'confirmed',
        text: 'Port 443 is open to everybody.',
        alert_id: 'fnd_aaaaaaaaaaaaaaaaaaaaaaaaaa',
        resources: [entry.id],
        mitre: ['T1190'],
      },
    ],
    mitre: ['T1190', 'T1530'],
    ...overrides,
  }
}

export function decisions(overrides: Partial<SiemDecisions> = {}): SiemDecisions {
  return {
    scanner: 'prowler',
    resourceType: 'Storage',
    riskCategory: 'Data Exposure',
    ...overrides,
  }
}
