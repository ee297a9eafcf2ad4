import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { labelAsset } from '../../src/app/label-asset.ts'
import type { Change } from '../../src/domain/finding.ts'
import { lengthPrefixed } from '../../src/domain/fingerprint.ts'
import { jsonString } from '../../src/domain/json-text.ts'
import { severities } from '../../src/domain/severity.ts'
import { siemLine } from '../../src/domain/siem-record.ts'
import { createAjv } from '../../src/formats/record-validator.ts'
import { loadSchemas } from '../../src/formats/schemas.ts'
import { partLimits } from '../../src/formats/part-writer.ts'
import { readRecords, stageExportRange } from '../../src/store/export-content.ts'
import {
  applied,
  ingest,
  ingestAndRead,
  linesOf,
  makeRule,
  makeTenant,
  ofStream,
  readExport,
  recordsOf,
  testApp,
} from '../app-factories.ts'
import type { ExportedObject, ReadExport, TestApp, TestTenant } from '../app-factories.ts'
import { findingRecord, pathRecord, scanRecord, bucketArn } from '../native-factories.ts'

let app: TestApp
beforeAll(async () => {
  app = await testApp()
})
afterAll(() => app.close())

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex')

function* manyFindings(count: number): Generator<object> {
  yield scanRecord({ attack_paths: 'full', attack_path_accounts: ['111111111111'] })
  for (let number = 0; number < count; number += 1) {
    yield findingRecord(`bucket-${number}`, {
      check: `check_${number % 50}`,
      severity: severities[number % severities.length],
      description: `Bucket ${number} can be listed by anybody. `.repeat(3),
    })
  }
  for (let number = 0; number < 30; number += 1) yield pathRecord(`i-${number}`, 'ledger')
}

/** What the manifest says of an object, by looking at the object. */
function asFile(object: ExportedObject) {
  const content = Buffer.from(`${linesOf(object).join('\n')}\n`)
  return {
    key: object.key,
    size: object.stored.length,
    uncompressed_size: content.length,
    records: linesOf(object).length,
    content_sha256: sha256(content),
  }
}

describe('an export of 100,000 findings', () => {
  let tenant: TestTenant
  let made: ReadExport
  beforeAll(async () => {
    tenant = await makeTenant(app)
    await makeRule(app, tenant)
    made = await ingestAndRead(app, tenant, manyFindings(100_000))
  }, 90_000)

  it('holds each of them once, quarantines none, and gives every one an event of its own', () => {
    const records = recordsOf(made)

    expect(made.manifest.counts).toMatchObject({
      records: 100_030,
      security_finding: 100_000,
      attack_path: 30,
      quarantined: 0,
    })
    expect(records).toHaveLength(100_030)
    expect(new Set(records.map(({ alert_id }) => alert_id)).size).toBe(100_030)
    expect(new Set(records.map(({ event_id }) => event_id)).size).toBe(100_030)
  })

  it('holds records that are valid against the published schemas', () => {
    const problems = made.lines.map((line) => app.validate(line)).filter(Boolean)

    expect(problems).toEqual([])
  })

  it('is cut into gzip parts within the limits', () => {
    const parts = made.objects.filter(({ stream }) => stream !== 'manifests')

    expect(parts.length).toBeGreaterThan(10)
    for (const part of parts) {
      expect(part.contentType).toBe('application/x-gzip')
      expect([...part.stored.subarray(0, 3)]).toEqual([0x1f, 0x8b, 8])
      expect(part.records).toBeLessThanOrEqual(partLimits.maxRecords)
      expect(part.contentBytes).toBeLessThanOrEqual(partLimits.maxBytes)
    }
  })

  it('has keys that ascend in each stream, and its manifest last', () => {
    for (const stream of ['security_findings', 'attack_paths'] as const) {
      const keys = ofStream(made, stream).map(({ key }) => key)
      expect(keys).toEqual([...new Set(keys)].toSorted())
    }
    expect(made.objects.map(({ stream }) => stream).lastIndexOf('attack_paths')).toBe(
      made.objects.length - 2,
    )
    expect(made.objects.at(-1)?.stream).toBe('manifests')
  })

  it('has a valid manifest that says what its objects are', async () => {
    const schemas = await loadSchemas('docs/formats')
    const validate = createAjv(schemas).compile(schemas.manifest)

    validate(made.manifest)
    expect(validate.errors).toBeNull()
    expect(made.manifest.files).toEqual(
      made.objects.filter(({ stream }) => stream !== 'manifests').map(asFile),
    )
    expect(made.objects.at(-1)?.contentSha256).toBe(sha256(made.objects.at(-1)?.stored ?? ''))
  })

  it('can be given up half-way: the transaction ends, and the database serves others', async () => {
    const { scanNo, scanId } = made.run
    const scope = {
      scanNo,
      scanId,
      range: 'coverage',
      resolvedDays: 7,
      now: app.clock.now(),
    } as const
    const giveUp = app.db.transaction(tenant.tenantId, async (tx) => {
      await stageExportRange(tx, scope)
      for await (const chunk of readRecords(tx, scope, 'security_findings', 'siem'))
        throw new Error(`the disk is full after ${chunk.length} bytes`)
    })

    await expect(giveUp).rejects.toThrow('the disk is full')
    expect((await readExport(app, tenant, made.run.exportId)).manifest).toEqual(made.manifest)
  })

  it('leaves nothing in the spool', async () => {
    expect(await readdir(app.spoolDir)).toEqual([])
  })
})

const HOSTILE = [
  'quote " backslash \\ slash / tab \t line \n return \r',
  'line ends \u0085 \u2028 \u2029, bells \u0007\u0001\u0002\u001f, delete \u007f',
  'lone \ud800 and \udc00, pair \u{1f600}, nul \u0000, c1 \u0080\u009f',
  `'; drop table findings; -- $1 \\x01 \\N \\. {} "," ''`,
  '\\.\n\\.',
  '',
]

function* hostileFindings(): Generator<object> {
  yield scanRecord({ attack_paths: 'full', attack_path_accounts: ['111111111111'] })
  for (const [number, text] of HOSTILE.entries()) {
    yield findingRecord(`bucket-${number}`, {
      title: `${number} ${text}`,
      description: text,
      remediation: text,
      url: text,
      compliance: [text],
      cve_ids: [text],
      asset: {
        id: bucketArn(`bucket-${number}`),
        name: text,
        native_type: text,
        labels: [text, 'Sensitive'],
      },
      related_assets: [{ id: `related-${number}`, name: text, labels: [text] }],
    })
  }
  yield pathRecord('i-1', 'bucket-0', {
    title: HOSTILE[1],
    description: HOSTILE[2],
    mitre: ['T1078'],
  })
}

interface StoredRecord {
  readonly alert_id: string
  readonly detection_type: 'security_finding' | 'attack_path'
  readonly severity: number
  readonly state: string
  readonly change: Change
  readonly changed_now: boolean
  readonly first_seen_at: Date
  readonly detected_at: Date
  readonly content_digest: Buffer
  readonly body_identity: string
  readonly body_facts: string
  readonly body_description: string
  readonly body_remediation: string
  readonly body_resources: string
  readonly body_assets: string
  readonly body_risk: string
  readonly labels_json: string[]
  readonly scanner_labels: string[]
  readonly user_labels: string[]
}

/** The lines that the domain makes of what is stored, in publishing order. */
async function linesOfDomain(tenant: TestTenant, made: ReadExport): Promise<readonly string[]> {
  const rows = await app.testDatabase.owner<StoredRecord>(
    `select f.*, f.changed_by_scan = $2 as changed_now, a.scanner_labels, a.user_labels,
       case f.state when 'open' then greatest(f.seen_at, u.covered_at) else f.resolved_at end as detected_at
     from findings f join units u using (tenant_id, unit_no) join assets a using (tenant_id, asset_no)
     where f.tenant_id = $1 order by f.detection_type desc, f.finding_no`,
    [tenant.tenantId, made.run.scanNo],
  )
  return rows.map((row) => {
    const eventAction = row.changed_now ? row.change : 'unchanged'
    const labels = [
      ...new Set([
        ...row.labels_json,
        ...row.scanner_labels.map(jsonString),
        ...row.user_labels.map(jsonString),
      ]),
    ]
    const event = [
      tenant.tenantId,
      row.alert_id,
      made.run.scanId,
      row.content_digest.toString('hex'),
      row.state,
      eventAction,
      labels.join(','),
    ]
    return siemLine(
      {
        detectedAt: row.detected_at,
        eventId: sha256(lengthPrefixed(event)).slice(0, 32),
        alertId: row.alert_id,
        detectionType: row.detection_type,
        severity: severities[row.severity] ?? 'Information',
        resolved: row.state === 'resolved',
        eventAction,
        tenantId: tenant.tenantId,
        firstSeenAt: row.first_seen_at,
        scanId: made.run.scanId,
      },
      {
        identity: row.body_identity,
        facts: row.body_facts,
        description: row.body_description,
        remediation: row.body_remediation,
        resources: row.body_resources,
        assets: row.body_assets,
        risk: row.body_risk,
      },
      labels,
      made.run.rendition.record,
    )
  })
}

describe('a rule with a destination for each format', () => {
  let tenant: TestTenant
  let made: readonly ReadExport[]
  beforeAll(async () => {
    tenant = await makeTenant(app)
    await makeRule(app, tenant, ['siem', 'siem-strict'])
    await ingest(app, tenant, hostileFindings())
    for (const bucket of ['bucket-0', 'bucket-1']) {
      await labelAsset(app, {
        ...tenant,
        asset: { assetId: bucketArn(bucket) },
        add: ['Sensitive', 'line end \u2028', 'quote " \\', 'é \u{1f600}'],
        remove: [],
      })
    }
    app.clock.advance(3_600_000)
    const second = [...hostileFindings()].slice(0, -2)
    const { exports } = applied(await ingest(app, tenant, second))
    made = await Promise.all(exports.map((one) => readExport(app, tenant, one.export_id)))
  })

  it('gives one export a format, over the same findings', () => {
    const [one, other] = made.map((each) => recordsOf(each).map(({ alert_id }) => alert_id))

    expect(made.map(({ manifest }) => manifest.format).toSorted()).toEqual(['siem', 'siem-strict'])
    expect(one).toHaveLength(HOSTILE.length + 1)
    expect(other).toEqual(one)
  })

  it('holds records that are valid in their format', () => {
    for (const { lines, run } of made) {
      const problems = lines.map((line) => app.validate(line, run.rendition.record)).filter(Boolean)
      expect(problems).toEqual([])
    }
  })

  it('holds the lines that the domain makes, byte for byte', async () => {
    for (const one of made) expect(one.lines).toEqual(await linesOfDomain(tenant, one))
  })

  it('holds nothing that ends a line for any reader', () => {
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    const ending = /[\u0000-\u001f\u0085\u2028\u2029]/
    for (const { lines } of made) expect(lines.filter((line) => ending.test(line))).toEqual([])
  })
})
