import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labelAsset } from '../../src/app/label-asset.ts'
import type { LabelAssetRequest } from '../../src/app/label-asset.ts'
import { listAssets } from '../../src/store/assets.ts'
import type { AssetView } from '../../src/store/assets.ts'
import {
  ingest,
  ingestAndRead,
  makeRule,
  makeTenant,
  recordsOf,
  testApp,
  whileHeld,
} from '../app-factories.ts'
import type { TestApp, TestTenant } from '../app-factories.ts'
import { textWith } from '../matchers.ts'
import {
  bucketArn,
  findingRecord,
  instanceArn,
  pathRecord,
  scanRecord,
} from '../native-factories.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const label = (
  tenant: TestTenant,
  assetId: string,
  add: readonly string[],
  overrides: Partial<LabelAssetRequest> = {},
) => labelAsset(app, { ...tenant, asset: { assetId }, add, remove: [], ...overrides })

async function aTenantWithBuckets(...buckets: string[]): Promise<TestTenant> {
  const tenant = await makeTenant(app)
  await makeRule(app, tenant)
  await ingest(app, tenant, [scanRecord(), ...buckets.map((bucket) => findingRecord(bucket))])
  return tenant
}

function assetsOf({ tenantId }: TestTenant, assetId: string): Promise<readonly AssetView[]> {
  return app.db.transaction(tenantId, (tx) => listAssets(tx, { assetId }, { limit: 10 }))
}

describe('labelAsset', () => {
  it('puts labels on and takes them off, each once, and says so in the audit log', async () => {
    const tenant = await aTenantWithBuckets('a')
    await label(tenant, bucketArn('a'), ['Sensitive', 'team=x', 'Sensitive'])

    const asset = await label(tenant, bucketArn('a'), ['team=y'], { remove: ['team=x', 'unknown'] })

    expect(asset).toMatchObject({ userLabels: ['Sensitive', 'team=y'], ignored: false })
    expect(await assetsOf(tenant, bucketArn('a'))).toEqual([asset])
    const audit = await app.testDatabase.owner(
      "select by, subject, before, after from audit_log where tenant_id = $1 and action = 'asset.label' order by entry_no desc limit 1",
      [tenant.tenantId],
    )
    expect(audit).toEqual([
      {
        by: tenant.by,
        subject: bucketArn('a'),
        before: { labels: ['Sensitive', 'team=x'] },
        after: { labels: ['Sensitive', 'team=y'] },
      },
    ])
  })

  it('takes as many and as long labels as the limits say', async () => {
    const tenant = await aTenantWithBuckets('a')
    const fifty = Array.from({ length: 50 }, (_, at) => `label ${at}`)

    expect((await label(tenant, bucketArn('a'), fifty.slice(1))).userLabels).toHaveLength(49)
    expect(
      (await label(tenant, bucketArn('a'), ['\u{1f600}'.repeat(128)])).userLabels,
    ).toHaveLength(50)
    await expect(label(tenant, bucketArn('a'), ['one more'])).rejects.toMatchObject({
      code: 'invalid_argument',
      message: textWith('51 labels'),
    })
    expect((await assetsOf(tenant, bucketArn('a')))[0]?.userLabels).toHaveLength(50)
  })

  it.each([
    ['too long', 'x'.repeat(129)],
    ['empty', ''],
    ['with a control character', 'a\nb'],
    ['with a NUL', 'a\u0000b'],
  ])('refuses a label that is %s, and changes nothing', async (_, bad) => {
    const tenant = await aTenantWithBuckets('a')

    await expect(label(tenant, bucketArn('a'), ['fine', bad])).rejects.toMatchObject({
      code: 'invalid_argument',
      message: textWith(bucketArn('a')),
    })
    expect((await assetsOf(tenant, bucketArn('a')))[0]?.userLabels).toEqual([])
  })

  it('labels an asset that no report has named yet, where it is said where it lies', async () => {
    const tenant = await aTenantWithBuckets('a')
    await expect(label(tenant, bucketArn('new'), ['Ignore'])).rejects.toMatchObject({
      code: 'not_found',
      message: textWith('--provider'),
    })
    await label(tenant, bucketArn('new'), ['Ignore'], {
      asset: { assetId: bucketArn('new'), provider: 'AWS', accountId: '111111111111' },
    })

    const made = await ingestAndRead(app, tenant, [
      scanRecord(),
      findingRecord('a'),
      findingRecord('new'),
    ])

    expect(recordsOf(made).map(({ asset_id }) => asset_id)).toEqual([bucketArn('a')])
    expect(made.manifest.counts.excluded.ignored).toBe(1)
    expect(await assetsOf(tenant, bucketArn('new'))).toMatchObject([
      { name: 'new', resourceType: 'Storage', userLabels: ['Ignore'], ignored: true },
    ])
  })

  it('asks which is meant of several assets with one id', async () => {
    const tenant = await makeTenant(app)
    const inAccount = (account_id: string) =>
      findingRecord('x', {
        account_id,
        asset: { id: 'sg-1', native_type: 'AWS::EC2::SecurityGroup' },
      })
    await ingest(app, tenant, [scanRecord(), inAccount('111111111111'), inAccount('222222222222')])

    await expect(label(tenant, 'sg-1', ['Sensitive'])).rejects.toMatchObject({
      code: 'invalid_argument',
      message: textWith('--account'),
    })
    await label(tenant, 'sg-1', ['Sensitive'], {
      asset: { assetId: 'sg-1', accountId: '222222222222' },
    })

    const labels = (await assetsOf(tenant, 'sg-1')).map((asset) => [
      asset.accountId,
      asset.userLabels,
    ])
    expect(Object.fromEntries(labels)).toEqual({
      '111111111111': [],
      '222222222222': ['Sensitive'],
    })
  })

  it('puts both labels on when two people label one asset at once', async () => {
    const tenant = await aTenantWithBuckets('a')

    await Promise.all([
      label(tenant, bucketArn('a'), ['one']),
      label(tenant, bucketArn('a'), ['two']),
    ])

    expect((await assetsOf(tenant, bucketArn('a')))[0]?.userLabels.toSorted()).toEqual([
      'one',
      'two',
    ])
  })
})

describe('labelling while a scan is completed', () => {
  it('waits, for the scan reads the labels of the same asset', async () => {
    const tenant = await aTenantWithBuckets('a')

    const asset = await whileHeld(app, tenant, () => label(tenant, bucketArn('a'), ['Ignore']))

    expect(asset.ignored).toBe(true)
  })
})

describe('the label Ignore', () => {
  const RECORDS = [
    scanRecord({ attack_paths: 'full', attack_path_accounts: ['111111111111'] }),
    findingRecord('a'),
    findingRecord('b'),
    pathRecord('begins', 'b'),
    pathRecord('i-2', 'ends'),
    pathRecord('i-3', 'b', {
      routes: [[instanceArn('i-3'), instanceArn('hop'), bucketArn('b')]],
      assets: [{ id: instanceArn('hop') }],
    }),
  ]

  it('leaves out the findings of an asset and the paths that begin or end there, while it is there', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    await ingest(app, tenant, RECORDS)
    const ignored = [bucketArn('a'), instanceArn('begins'), bucketArn('ends'), instanceArn('hop')]
    for (const assetId of ignored) await label(tenant, assetId, ['Ignore'])
    app.clock.advance(1000)

    const during = await ingestAndRead(app, tenant, [...RECORDS, findingRecord('c')])
    for (const assetId of ignored) await label(tenant, assetId, [], { remove: ['Ignore'] })
    app.clock.advance(1000)
    const after = await ingestAndRead(app, tenant, [...RECORDS, findingRecord('d')])

    expect(recordsOf(during).map(({ asset_id }) => asset_id)).toEqual([
      bucketArn('b'),
      bucketArn('c'),
      instanceArn('i-3'),
    ])
    expect(during.manifest.counts).toMatchObject({ records: 3, excluded: { ignored: 3 } })
    expect(after.manifest.counts.excluded.ignored).toBe(0)
    expect(recordsOf(after).map(({ asset_id }) => asset_id)).toEqual(
      expect.arrayContaining([bucketArn('a'), instanceArn('begins'), instanceArn('i-2')]),
    )
  })

  it('counts for nothing in a report', async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const asset = { id: bucketArn('a'), labels: ['Ignore'] }

    const made = await ingestAndRead(app, tenant, [scanRecord(), findingRecord('a', { asset })])

    expect(recordsOf(made).map(({ labels }) => labels)).toEqual([['Ignore']])
  })
})

describe('labels in a record', () => {
  it("are the scanner's, then people's, each once", async () => {
    const tenant = await makeTenant(app)
    await makeRule(app, tenant)
    const asset = { id: bucketArn('a'), labels: ['env=prod', 'Sensitive'] }
    await ingest(app, tenant, [scanRecord(), findingRecord('a', { asset }), findingRecord('b')])
    await label(tenant, bucketArn('a'), ['Sensitive', 'team=x'])
    await label(tenant, bucketArn('b'), ['Sensitive'])
    app.clock.advance(1000)

    const made = await ingestAndRead(app, tenant, [
      scanRecord(),
      findingRecord('a', { asset }),
      findingRecord('b'),
      findingRecord('c'),
    ])

    const labels = recordsOf(made).map((record) => [record.asset_id, record.labels])
    expect(Object.fromEntries(labels)).toEqual({
      [bucketArn('a')]: ['env=prod', 'Sensitive', 'team=x'],
      [bucketArn('b')]: ['Sensitive'],
      [bucketArn('c')]: [],
    })
    expect(
      recordsOf(made)
        .map(({ event_action }) => event_action)
        .toSorted(),
    ).toEqual(['created', 'unchanged', 'unchanged'])
  })
})
