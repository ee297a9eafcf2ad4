import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { resourceTypes } from './asset.ts'
import { cloudTypes, wholeTypes } from './resource-type-table.ts'
import { resourceTypeOf } from './resource-type.ts'

describe('resourceTypeOf', () => {
  it.each([
    [
      'Storage',
      ['AWS::S3::Bucket', 'AwsS3Bucket', 'aws_s3_bucket', 'AwsEc2Volume', 'AWS::EC2::Snapshot'],
    ],
    [
      'Storage',
      ['microsoft.storage/storageAccounts', 'Microsoft.Compute/disks', 'PersistentVolumeClaim'],
    ],
    [
      'Storage',
      ['storage.googleapis.com/Bucket', 'AWS::RDS::DBSnapshot', 'AwsRdsDbClusterSnapshot'],
    ],
    [
      'Compute',
      ['AWS::EC2::Instance', 'AwsEc2Instance', 'AWS::Lambda::Function', 'AwsLambdaFunction'],
    ],
    ['Compute', ['Microsoft.Compute/virtualMachines', 'microsoft.web/sites', 'AwsEksCluster']],
    ['Compute', ['compute.googleapis.com/Instance', 'Pod', 'KubernetesPod', 'Deployment', 'Node']],
    [
      'Data',
      ['AWS::RDS::DBInstance', 'AwsRdsDbInstance', 'AwsDynamoDbTable', 'AwsKmsKey', 'ConfigMap'],
    ],
    ['Data', ['microsoft.sql/servers/databases', 'microsoft.keyvault/vaults', 'Secret']],
    ['Data', ['sqladmin.googleapis.com/Instance', 'bigquery.googleapis.com/Dataset']],
    [
      'Identity',
      ['AWS::IAM::Role', 'AwsIamUser', 'microsoft.authorization/roleAssignments', 'ClusterRole'],
    ],
    ['Identity', ['iam.googleapis.com/ServiceAccount', 'ServiceAccount', 'API Key']],
    [
      'Network',
      ['AWS::EC2::SecurityGroup', 'AwsEc2Vpc', 'AWS::ElasticLoadBalancingV2::LoadBalancer'],
    ],
    ['Network', ['microsoft.network/networksecuritygroups', 'compute.googleapis.com/Firewall']],
    [
      'Network',
      ['NetworkPolicy', 'Ingress', 'AwsElbv2LoadBalancer', 'dns.googleapis.com/ManagedZone'],
    ],
    [
      'Service',
      ['AwsCloudTrailTrail', 'AWS::SNS::Topic', 'AwsSsmPatchCompliance', 'Other', 'NotDefined'],
    ],
    [
      'Service',
      ['cloudresourcemanager.googleapis.com/Project', 'microsoft.resources/subscriptions'],
    ],
  ])('knows as %s: %j', (type, names) => {
    const found = names.map((name) => resourceTypeOf(name))

    expect(found).toEqual(names.map(() => ({ type, known: true })))
  })

  it.each(['', '::', 'AWS::', 'Gizmo', 'constructor', 'PodMonitor'])(
    'falls back for %j',
    (name) => {
      const found = resourceTypeOf(name)

      expect(found).toEqual({ type: 'Service', known: false })
    },
  )

  it('does not mind case and punctuation', () => {
    const words = resourceTypes.flatMap((type) => cloudTypes[type].trim().split(/\s+/))

    fc.assert(
      fc.property(fc.constantFrom(...words), fc.constantFrom('::', '/', '.', ' '), (word, mark) => {
        const spelled = word.slice(0, 3).toUpperCase() + mark + word.slice(3)

        expect(resourceTypeOf(spelled)).toEqual(resourceTypeOf(word))
      }),
    )
  })

  it('has each name in its tables once, as it looks it up', () => {
    const words = [cloudTypes, wholeTypes].flatMap((table) =>
      resourceTypes.flatMap((type) => table[type].trim().split(/\s+/)),
    )

    expect(words.filter((word, at) => words.indexOf(word) !== at)).toEqual([])
    expect(words.filter((word) => !/^[a-z0-9]+$/.test(word))).toEqual([])
  })
})
