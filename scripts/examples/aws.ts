import { awsDataChecks } from './aws-data-checks.ts'
import { awsIdentityChecks } from './aws-identity-checks.ts'
import { awsWorkloadChecks } from './aws-workload-checks.ts'
import type { Estate, Resource } from './estate.ts'

const production = '111111111111'
const development = '222222222222'

function bucket(name: string, account = production, more: Partial<Resource> = {}): Resource {
  return { uid: `arn:aws:s3:::${name}`, region: 'eu-west-1', type: 'AwsS3Bucket', account, ...more }
}

function instance(id: string, account = production, more: Partial<Resource> = {}): Resource {
  const uid = `arn:aws:ec2:eu-west-1:${account}:instance/${id}`
  return { uid, region: 'eu-west-1', type: 'AwsEc2Instance', account, ...more }
}

function securityGroup(id: string, account = production, more: Partial<Resource> = {}): Resource {
  const uid = `arn:aws:ec2:eu-west-1:${account}:security-group/${id}`
  return { uid, region: 'eu-west-1', type: 'AwsEc2SecurityGroup', account, ...more }
}

function volume(id: string, account = production, more: Partial<Resource> = {}): Resource {
  const uid = `arn:aws:ec2:eu-west-1:${account}:volume/${id}`
  return { uid, region: 'eu-west-1', type: 'AwsEc2Volume', account, ...more }
}

function identity(kind: 'user' | 'role' | 'policy', name: string, account = production): Resource {
  const types = { user: 'AwsIamUser', role: 'AwsIamRole', policy: 'AwsIamPolicy' }
  return {
    uid: `arn:aws:iam::${account}:${kind}/${name}`,
    region: 'us-east-1',
    type: types[kind],
    account,
  }
}

function database(name: string, account = production, more: Partial<Resource> = {}): Resource {
  const uid = `arn:aws:rds:eu-west-1:${account}:db:${name}`
  return { uid, region: 'eu-west-1', type: 'AwsRdsDbInstance', account, ...more }
}

function lambda(name: string, account = production, more: Partial<Resource> = {}): Resource {
  const uid = `arn:aws:lambda:eu-west-1:${account}:function:${name}`
  return { uid, region: 'eu-west-1', type: 'AwsLambdaFunction', account, ...more }
}

export const aws: Estate = {
  provider: 'aws',
  startedAt: '2026-03-02T06:00:12.000Z',
  accounts: [
    { id: production, name: 'larkspur-production' },
    { id: development, name: 'larkspur-development' },
  ],
  resources: {
    'larkspur-website': bucket('larkspur-website', production, { labels: ['team:web'] }),
    'larkspur-invoices': bucket('larkspur-invoices', production, {
      labels: ['data:personal', 'team:billing'],
    }),
    'larkspur-backups': bucket('larkspur-backups', production, { labels: ['team:platform'] }),
    'larkspur-audit-logs': bucket('larkspur-audit-logs', production, { labels: ['team:security'] }),
    'larkspur-dev-scratch': bucket('larkspur-dev-scratch', development),
    'larkspur-dev-uploads': bucket('larkspur-dev-uploads', development, { only: 1 }),
    'larkspur-exports': bucket('larkspur-exports', production, {
      labels: ['team:data'],
      only: 2,
    }),
    'i-0a11c5e2d7b94f001': instance('i-0a11c5e2d7b94f001', production, {
      labels: ['Name:web-1', 'team:web'],
    }),
    'i-0a11c5e2d7b94f002': instance('i-0a11c5e2d7b94f002', production, {
      labels: ['Name:web-2', 'team:web'],
    }),
    'i-0b27d90c34ae61003': instance('i-0b27d90c34ae61003', production, {
      labels: ['Name:bastion', 'team:platform'],
    }),
    'i-0c8f3310fe5274004': instance('i-0c8f3310fe5274004', development, {
      labels: ['Name:build-agent'],
    }),
    'i-0d64b1e9a07c83005': instance('i-0d64b1e9a07c83005', development, {
      labels: ['Name:load-test'],
      only: 1,
    }),
    'sg-0web000000000001': securityGroup('sg-0web000000000001', production, {
      labels: ['Name:web'],
    }),
    'sg-0bastion00000002': securityGroup('sg-0bastion00000002', production, {
      labels: ['Name:bastion'],
    }),
    'sg-0legacy000000003': securityGroup('sg-0legacy000000003', production, {
      labels: ['Name:legacy-ftp'],
    }),
    'sg-0devopen00000004': securityGroup('sg-0devopen00000004', development, {
      labels: ['Name:dev-open'],
    }),
    'vol-0f1e2d3c4b5a60001': volume('vol-0f1e2d3c4b5a60001'),
    'vol-0f1e2d3c4b5a60002': volume('vol-0f1e2d3c4b5a60002'),
    'vol-0f1e2d3c4b5a60003': volume('vol-0f1e2d3c4b5a60003', development),
    'vol-0f1e2d3c4b5a60004': volume('vol-0f1e2d3c4b5a60004', development, { only: 1 }),
    'snap-0c0ffee000000001': {
      uid: `arn:aws:ec2:eu-west-1:${production}:snapshot/snap-0c0ffee000000001`,
      region: 'eu-west-1',
      type: 'AwsEc2Volume',
      account: production,
    },
    'snap-0c0ffee000000002': {
      uid: `arn:aws:ec2:eu-west-1:${production}:snapshot/snap-0c0ffee000000002`,
      region: 'eu-west-1',
      type: 'AwsEc2Volume',
      account: production,
    },
    ines: identity('user', 'ines'),
    marek: identity('user', 'marek'),
    'ci-deployer': identity('user', 'ci-deployer'),
    tobias: identity('user', 'tobias', development),
    'release-automation': identity('role', 'release-automation'),
    'web-instance': identity('role', 'web-instance'),
    'partner-reporting': identity('role', 'partner-reporting'),
    'dev-admin': identity('role', 'dev-admin', development),
    'break-glass': identity('policy', 'break-glass'),
    'data-platform': identity('policy', 'data-platform'),
    'dev-sandbox': identity('policy', 'dev-sandbox', development),
    root: {
      uid: `arn:aws:iam::${production}:root`,
      region: 'us-east-1',
      type: 'AwsIamUser',
      account: production,
    },
    'orders-db': database('orders-db', production, { labels: ['data:personal', 'team:shop'] }),
    'billing-db': database('billing-db', production, { labels: ['data:personal', 'team:billing'] }),
    'dev-db': database('dev-db', development),
    'resize-image': lambda('resize-image', production, { labels: ['team:web'] }),
    'webhook-receiver': lambda('webhook-receiver', production, { labels: ['team:shop'] }),
    'nightly-report': lambda('nightly-report', development),
    'management-events': {
      uid: `arn:aws:cloudtrail:eu-west-1:${production}:trail/management-events`,
      region: 'eu-west-1',
      type: 'AwsCloudTrailTrail',
      account: production,
    },
    'order-events': {
      uid: `arn:aws:sqs:eu-west-1:${production}:order-events`,
      region: 'eu-west-1',
      type: 'AwsSqsQueue',
      account: production,
    },
    'partner-inbox': {
      uid: `arn:aws:sqs:eu-west-1:${production}:partner-inbox`,
      region: 'eu-west-1',
      type: 'AwsSqsQueue',
      account: production,
    },
    'larkspur.example.com': {
      uid: `arn:aws:route53:::hostedzone/Z0LARKSPUR0001`,
      region: 'us-east-1',
      type: 'AwsRoute53HostedZone',
      account: production,
    },
  },
  checks: [...awsDataChecks, ...awsWorkloadChecks, ...awsIdentityChecks],
}
