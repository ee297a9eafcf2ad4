import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** A native report of so many failing findings and a few attack paths, the same every time. */
export async function writeReport(path: string, findings: number): Promise<void> {
  await pipeline(Readable.from(lines(findings)), createWriteStream(path))
}

function* lines(findings: number): Generator<string> {
  const line = (record: object): string => `${JSON.stringify(record)}\n`
  yield line({
    type: 'scan',
    scanner: 'probe',
    provider: 'AWS',
    account_id: '111111111111',
    region: 'eu-west-1',
    completed_at: '2026-03-02T09:00:00.000Z',
    attack_paths: 'full',
    attack_path_accounts: ['111111111111'],
  })
  for (let number = 0; number < findings; number += 1) {
    yield line({
      type: 'finding',
      check: `check_${number % 40}`,
      evaluation: 'fail',
      severity: ['Low', 'Medium', 'High', 'Critical'][number % 4],
      title: `Finding ${number}`,
      description: `What is wrong with bucket ${number}. `.repeat(8),
      remediation: 'Change the setting, and see that it stays changed.',
      asset: {
        id: `arn:aws:s3:::bucket-${number}`,
        native_type: 'AWS::S3::Bucket',
        name: `bucket-${number}`,
      },
    })
  }
  for (let number = 0; number < 20; number += 1) {
    const entry = `arn:aws:ec2:eu-west-1:111111111111:instance/i-${number}`
    const target = 'arn:aws:iam::111111111111:role/admin'
    yield line({
      type: 'attack_path',
      scenario: 'public-instance-to-admin',
      title: 'Public instance reaches an administrator role',
      entry: { id: entry, native_type: 'AWS::EC2::Instance' },
      target: { id: target, native_type: 'AWS::IAM::Role' },
      routes: [[entry, target]],
      risk_score: 90,
      workload: {
        asset_id: entry,
        name: `i-${number}`,
        type: 'virtual_machine',
        provider: 'AWS',
        account_id: '111111111111',
        exposure: { is_public: true },
      },
      risk_definitions: [{ id: 'public', name: 'Public', type: 'EXPOSURE', level: 'High' }],
    })
  }
}
