import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { aFinding, anAsset, anAttackPath, decisions } from '../../test/observed-factories.ts'
import { changes } from './finding.ts'
import { severities } from './severity.ts'
import {
  longestSiemHead,
  MAX_RECORD_BYTES,
  renderAttackPath,
  renderFinding,
  siemLine,
} from './siem-record.ts'
import type { RenderedBody } from './siem-record.ts'

describe('renderFinding', () => {
  it('says all that was observed, in parts that each begin with a comma', () => {
    const { parts, labelsJson, truncatedFields, quarantined } = renderFinding(
      aFinding(),
      decisions(),
    )

    expect(parts).toEqual({
      identity:
        ',"provider":"AWS","account_id":"111111111111","asset_id":"arn:aws:s3:::invoices","resource_type":"Storage",' +
        '"risk_category":"Data Exposure","attack_scenario":"Bucket is public"',
      facts:
        ',"rule_id":"s3_bucket_public_access","scanner":"prowler","region":"eu-west-1","account_ids":["111111111111"],' +
        '"url":"https://scanner.example/findings/1?tab=a#top","cve_ids":["CVE-2021-44228"],"compliance":["CIS-2.0: 2.1.4"]',
      description: ',"description":"Anybody can list it."',
      remediation: ',"remediation":"Block public access."',
      resources:
        ',"related_resources":[["arn:aws:s3:::invoices","arn:aws:iam::111111111111:role/reader"]]',
      assets:
        ',"related_assets":[{"asset_id":"arn:aws:s3:::invoices","name":"invoices","native_type":"AWS::S3::Bucket",' +
        '"account_id":"111111111111","region":"eu-west-1"},{"asset_id":"arn:aws:iam::111111111111:role/reader",' +
        '"name":"reader","native_type":"AWS::S3::Bucket","account_id":"111111111111"}]',
      risk: '',
    })
    expect(labelsJson).toEqual(['"team=billing"', '"Sensitive"'])
    expect(truncatedFields).toEqual([])
    expect(quarantined).toBeUndefined()
  })

  it('leaves out what is absent, but for the fields that every record has', () => {
    const asset = anAsset({ name: '', nativeType: '', region: '', accountId: '', labels: [] })
    const bare = aFinding({
      title: '',
      description: '',
      remediation: '',
      region: '',
      url: '',
      cveIds: [],
      compliance: [],
      relatedAssets: [],
      asset,
    })

    const { parts, labelsJson } = renderFinding(bare, decisions())

    expect(parts).toMatchObject({
      facts:
        ',"rule_id":"s3_bucket_public_access","scanner":"prowler","account_ids":["111111111111"]',
      description: ',"description":""',
      remediation: '',
      resources: ',"related_resources":[["arn:aws:s3:::invoices"]]',
      assets: ',"related_assets":[{"asset_id":"arn:aws:s3:::invoices"}]',
    })
    expect(parts.identity).toContain('"attack_scenario":"s3_bucket_public_access"')
    expect(labelsJson).toEqual([])
  })

  it('names each related asset once, the main one first', () => {
    const other = anAsset({ id: 'other' })

    const record = recordOf(
      renderFinding(aFinding({ relatedAssets: [other, anAsset(), other] }), decisions()),
    )

    expect(record['related_resources']).toEqual([['arn:aws:s3:::invoices', 'other']])
  })

  it.each([
    ['https://console.example:8443/a%20b/?x=1&y=(2)#part', true],
    ['http://10.0.0.1', true],
    ['HTTPS://EXAMPLE.COM/A', true],
    ['https://user:secret@example.com/', false],
    ['https://example.com/a b', false],
    ['https://example.com/\u00e9', false],
    ['https://example.com/%zz', false],
    ['https://', false],
    ['/findings/1', false],
    ['javascript:alert(1)', false],
    ['arn:aws:s3:::invoices', false],
    [`https://example.com/${'x'.repeat(8_000)}`, false],
  ])('links to %s: %s', (url, links) => {
    const record = recordOf(renderFinding(aFinding({ url }), decisions()))

    expect(record['url']).toBe(links ? url : undefined)
  })

  it('says that labels were cut', () => {
    const asset = anAsset({ labels: ['x'.repeat(200)] })

    const { labelsJson, truncatedFields } = renderFinding(aFinding({ asset }), decisions())

    expect(labelsJson).toEqual([`"${'x'.repeat(128)}"`])
    expect(truncatedFields).toEqual(['labels'])
  })

  it.each([
    [
      'arn:aws:eks:eu-central-1:111111111111:cluster/production-platform-blue',
      '111111111111:cluster/production-platform-blue',
    ],
    [
      `gke_larkspur-shop-production_europe-west3_${'c'.repeat(36)}`,
      `europe-west3_${'c'.repeat(36)}`,
    ],
    [`gke_larkspur_europe-west3_${'c'.repeat(50)}`, 'c'.repeat(50)],
    [`/subscriptions/x/${'a'.repeat(40)}/${'\u{1f5c4}'.repeat(50)}`, '\u{1f5c4}'.repeat(50)],
  ])('names the account %s by %s, and whole beside it', (accountId, short) => {
    const rendered = renderFinding(aFinding({ accountId }), decisions())

    expect(rendered.quarantined).toBeUndefined()
    expect(recordOf(rendered)).toMatchObject({ account_id: short, account_ids: [accountId] })
  })

  it.each([`a/${'x'.repeat(51)}`, `${'x'.repeat(51)}/`])(
    'quarantines the account %s, which has no whole part that fits',
    (accountId) => {
      const { quarantined } = renderFinding(aFinding({ accountId }), decisions())

      expect(quarantined).toContain(`account_id: ${accountId.length} characters`)
    },
  )

  it('shortens a record from the size on that the documents state', () => {
    const page = readFileSync(
      new URL('../../docs/formats/README.md', import.meta.url),
      'utf8',
    ).replaceAll(',', '')
    const asset = anAsset({ labels: [] })
    const sizedTo = (bytes: number) => {
      const { parts } = renderFinding(aFinding({ asset, description: '' }), decisions())
      const room = bytes - Buffer.byteLength(siemLine(longestSiemHead, parts, [], 'siem'))
      const description = 'x'.repeat(room)
      return renderFinding(aFinding({ asset, description }), decisions())
    }
    const [, stated = ''] = /more than (\d+) bytes without labels/.exec(page) ?? []

    expect(sizedTo(Number(stated)).truncatedFields).toEqual([])
    expect(sizedTo(Number(stated) + 1).truncatedFields).not.toEqual([])
    expect(page).toContain(`at most ${MAX_RECORD_BYTES} bytes`)
  })

  it('quarantines an account that cannot be named in 50 characters, with its length', () => {
    const { quarantined } = renderFinding(aFinding({ accountId: 'x'.repeat(51) }), decisions())

    expect(quarantined).toContain('account_id: 51 characters')
  })
})

describe('renderAttackPath', () => {
  it('has one list of resources a route, and each asset of them once: entry, hops, target', () => {
    const path = anAttackPath()
    const [route = []] = path.routes

    const record = recordOf(
      renderAttackPath({ ...path, routes: [route, [path.entry.id, path.target.id]] }, decisions()),
    )

    expect(record['related_resources']).toEqual([route, [path.entry.id, path.target.id]])
    expect(record['related_assets']).toMatchObject(route.map((id) => ({ asset_id: id })))
    expect(record).toMatchObject({
      asset_id: path.entry.id,
      rule_id: 'public-workload-to-data',
      attack_scenario: 'Public instance reaches a sensitive bucket',
      mitre: ['T1190', 'T1530'],
      risk_params: {
        risk_score: 93,
        workload: path.workload,
        risk_definitions: path.riskDefinitions,
      },
    })
  })

  it('has the provider of its entry', () => {
    const entry = anAsset({ provider: 'KUBE', id: 'k8s://a/pod/b' })

    const { parts } = renderAttackPath(anAttackPath({ provider: 'AWS', entry }), decisions())

    expect(parts.identity).toContain('"provider":"KUBE"')
  })

  it.each([
    ['one account', ['111111111111'], '111111111111'],
    ['an account that the list leaves out', ['222222222222'], '111111111111,222222222222'],
    [
      'just 50 characters',
      ['111111111111', '222222222222', '333333333333', '44444444444'],
      '111111111111,222222222222,333333333333,44444444444',
    ],
    [
      'one more than 50',
      ['111111111111', '222222222222', '333333333333', '444444444444', '5'],
      '111111111111,222222222222,333333333333',
    ],
  ])('lists whole accounts while they fit: %s', (_name, accountIds, accountId) => {
    const record = recordOf(renderAttackPath(anAttackPath({ accountIds }), decisions()))

    expect(record['account_id']).toBe(accountId)
    expect(record['account_ids']).toEqual([...new Set(['111111111111', ...accountIds])])
  })

  it('has the first account that is known where the entry has none', () => {
    const entry = anAsset({ accountId: '' })

    const record = recordOf(renderAttackPath(anAttackPath({ entry }), decisions()))

    expect(record['account_id']).toBe('111111111111,222222222222')
  })

  it('writes the same whatever the order of members in the report', () => {
    const path = anAttackPath()
    const shuffled = {
      workload: reversed(path.workload),
      riskDefinitions: path.riskDefinitions.map(reversed),
    }

    const rendered = renderAttackPath({ ...path, ...shuffled }, decisions())

    expect(rendered).toEqual(renderAttackPath(path, decisions()))
  })
})

describe('the content', () => {
  const finding = aFinding()
  const content = renderFinding(finding, decisions()).contentText

  it.each([
    ['severity', { severity: 'Low' }],
    ['title', { title: 'Another' }],
    ['description', { description: 'Another' }],
    ['remediation', { remediation: 'Another' }],
    ['link', { url: 'https://scanner.example/2' }],
    ['vulnerabilities', { cveIds: [] }],
    ['compliance', { compliance: [] }],
    ['name of the asset', { asset: anAsset({ name: 'another' }) }],
    ['labels', { asset: anAsset({ labels: [] }) }],
    ['related assets', { relatedAssets: [] }],
  ] as const)('differs when the %s does', (_name, change) => {
    expect(renderFinding({ ...finding, ...change }, decisions()).contentText).not.toBe(content)
  })

  it.each([
    ['the region of a globally named asset', { region: '', asset: anAsset({ region: '' }) }],
    ['the order of labels', { asset: anAsset({ labels: anAsset().labels.toReversed() }) }],
    ['times', { firstSeenAt: new Date(0), observedAt: new Date(0) }],
  ])('does not differ by %s', (_name, change) => {
    expect(renderFinding({ ...finding, ...change }, decisions()).contentText).toBe(content)
  })

  it('differs by the region of an asset that has its name only there', () => {
    const asset = anAsset({ id: 'i-1' })

    const one = renderFinding({ ...finding, asset }, decisions())
    const other = renderFinding({ ...finding, asset, region: 'us-east-1' }, decisions())

    expect(other.contentText).not.toBe(one.contentText)
  })

  it('of a path does not differ by regions of globally named assets either', () => {
    const path = anAttackPath()
    const { region: _region, ...workload } = path.workload
    const entry = { ...path.entry, region: '' }

    const without = renderAttackPath({ ...path, entry, workload }, decisions())

    expect(without.contentText).toBe(renderAttackPath(path, decisions()).contentText)
    expect(without.parts).not.toEqual(renderAttackPath(path, decisions()).parts)
  })
})

describe('siemLine', () => {
  it('leaves out of the strict form what the original did not have', () => {
    const { parts, labelsJson } = renderAttackPath(anAttackPath(), decisions())

    const strict = JSON.parse(siemLine(longestSiemHead, parts, labelsJson, 'siem-strict')) as object

    expect(Object.keys(strict)).toEqual([
      'detection_timestamp',
      'alert_id',
      'detection_type',
      'severity',
      'resolved',
      'provider',
      'account_id',
      'asset_id',
      'resource_type',
      'risk_category',
      'attack_scenario',
      'tenant_id',
      'first_seen_timestamp',
      'labels',
      'description',
      'related_resources',
      'risk_params',
    ])
  })

  it('knows no longer head than the longest', () => {
    const { parts, labelsJson } = renderFinding(aFinding(), decisions())
    const longest = siemLine(longestSiemHead, parts, labelsJson, 'siem').length

    for (const severity of severities) {
      for (const eventAction of changes) {
        for (const resolved of [true, false]) {
          for (const detectionType of ['security_finding', 'attack_path'] as const) {
            const head = { ...longestSiemHead, severity, eventAction, resolved, detectionType }
            expect(siemLine(head, parts, labelsJson, 'siem').length).toBeLessThanOrEqual(longest)
          }
        }
      }
    }
  })
})

function recordOf({ parts, labelsJson }: RenderedBody): Record<string, unknown> {
  return JSON.parse(siemLine(longestSiemHead, parts, labelsJson, 'siem')) as Record<string, unknown>
}

function reversed<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).toReversed()) as T
}
