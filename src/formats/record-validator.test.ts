import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aFinding, anAsset, anAttackPath, decisions } from '../../test/observed-factories.ts'
import { recordFormats } from '../domain/export-part.ts'
import type { DetectionType } from '../domain/finding.ts'
import type { JsonObject } from '../domain/observation.ts'
import { providers } from '../domain/provider.ts'
import { severities } from '../domain/severity.ts'
import { labelLimits } from '../domain/siem-labels.ts'
import {
  longestSiemHead,
  MAX_RECORD_BYTES,
  renderAttackPath,
  renderFinding,
  siemLine,
} from '../domain/siem-record.ts'
import type { RenderedBody } from '../domain/siem-record.ts'
import { createRecordValidator, quarantineReason } from './record-validator.ts'
import { loadSchemas } from './schemas.ts'

const schemas = await loadSchemas(join(import.meta.dirname, '../../docs/formats'))
const validate = createRecordValidator(schemas)

const rendered: readonly [DetectionType, RenderedBody][] = [
  ['security_finding', renderFinding(aFinding(), decisions())],
  ['attack_path', renderAttackPath(anAttackPath(), decisions())],
]

describe.each(rendered)('a record of a %s', (detectionType, body) => {
  it.each(recordFormats)('is valid as %s', (format) => {
    expect(validate(lineOf(body, detectionType, format), format)).toBeUndefined()
    expect(quarantineReason(body, detectionType, validate)).toBeUndefined()
  })

  it.each([
    ['siem', schemas.record],
    ['siem-strict', schemas['siem-strict']],
  ] as const)('has its fields in the order of the schema, as %s', (format, schema) => {
    const record = JSON.parse(lineOf(body, detectionType, format)) as JsonObject

    expect(Object.keys(record)).toEqual(inOrderOf(schema, record))
  })

  it('is not valid as a record of the other type', () => {
    const other = detectionType === 'attack_path' ? 'security_finding' : 'attack_path'

    expect(quarantineReason(body, other, validate)).toBeTypeOf('string')
  })
})

it('has the members of risk parameters in the order of their schemas', () => {
  const record = JSON.parse(
    lineOf(renderAttackPath(anAttackPath(), decisions()), 'attack_path', 'siem'),
  ) as {
    risk_params: { workload: JsonObject; risk_definitions: readonly JsonObject[] }
  }

  const { workload, risk_definitions: definitions } = record.risk_params

  expect(Object.keys(workload)).toEqual(Object.keys(schemas.workload['properties'] as JsonObject))
  expect(Object.keys(definitions[0] ?? {})).toEqual(
    Object.keys((schemas['risk-definitions']['items'] as { properties: JsonObject }).properties),
  )
  for (const name of ['exposure', 'identity']) {
    const schema = (schemas.workload['properties'] as JsonObject)[name] as JsonObject
    expect(Object.keys(workload[name] as JsonObject)).toEqual(
      inOrderOf(schema, workload[name] as JsonObject),
    )
  }
})

describe('quarantineReason', () => {
  it.each([
    ['an asset without an id', { asset: anAsset({ id: '' }) }, '/asset_id'],
    ['no account', { accountId: '' }, '/account_id'],
    ['an account too long', { accountId: 'x'.repeat(51) }, 'account_id'],
  ])('tells of a finding with %s', (_name, change, reason) => {
    const body = renderFinding(aFinding(change), decisions())

    expect(quarantineReason(body, 'security_finding', validate)).toContain(reason)
  })

  it.each([
    ['a score that is no number', { riskScore: Number.NaN }, 'risk_score'],
    ['no risk definitions', { riskDefinitions: [] }, '/risk_params/risk_definitions'],
    [
      'a field that no schema knows',
      { workload: { ...anAttackPath().workload, colour: 'red' } },
      'colour',
    ],
  ])('tells of a path with %s', (_name, change, reason) => {
    const body = renderAttackPath(anAttackPath(change), decisions())

    expect(quarantineReason(body, 'attack_path', validate)).toContain(reason)
  })
})

describe('whatever a scanner writes', () => {
  it('a finding is one line of at most 60,000 bytes that is valid, or quarantined', () => {
    fc.assert(
      fc.property(anyFinding(), (finding) => {
        expect(faultsOf(renderFinding(finding, decisions()), 'security_finding')).toEqual([])
      }),
    )
  })

  it('an attack path is one line of at most 60,000 bytes that is valid, or quarantined', () => {
    fc.assert(
      fc.property(anyAttackPath(), (path) => {
        expect(faultsOf(renderAttackPath(path, decisions()), 'attack_path')).toEqual([])
      }),
    )
  })
})

/** What ends a line to Python's `str.splitlines`. */
const lineEnds = [
  '\n',
  '\r',
  '\v',
  '\f',
  '\u001c',
  '\u001d',
  '\u001e',
  '\u0085',
  '\u2028',
  '\u2029',
]

/** What must not be, with the longest head and as many labels as other records and people can add. */
function faultsOf(body: RenderedBody, detectionType: DetectionType): readonly string[] {
  const furtherLabels = ['x', 'y'].map((letter) => `"${letter.repeat(labelLimits.jsonBytes - 2)}"`)
  const labels = [...body.labelsJson, ...furtherLabels]
  const valid = quarantineReason(body, detectionType, validate) === undefined
  return recordFormats.flatMap((format) => {
    const line = siemLine({ ...longestSiemHead, detectionType }, body.parts, labels, format)
    const bytes = Buffer.byteLength(line)
    return [
      ...(lineEnds.some((end) => line.includes(end)) ? ['not one line to every reader'] : []),
      ...(line.isWellFormed() ? [] : ['a lone surrogate']),
      ...(body.quarantined === undefined && bytes > MAX_RECORD_BYTES ? [`${bytes} bytes`] : []),
      // What is quarantined parses too: it is stored, and shown to whoever asks why.
      ...(JSON.parse(line) !== null && valid ? [validate(line, format)] : []),
    ].filter((fault) => fault !== undefined)
  })
}

/** Text of anything that a string can hold. */
function shortText(): fc.Arbitrary<string> {
  const unit = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
    fc.constantFrom(
      '\u0000',
      '\n',
      '\r',
      '"',
      '\\',
      '\u0085',
      '\u2028',
      '\u2029',
      '\ud800',
      '\udc00',
      '\u{1f600}',
    ),
  )
  return fc.string({ unit, maxLength: 20 })
}

/** The same, sometimes very long: a report's record may have 1 MiB. */
function anyText(): fc.Arbitrary<string> {
  return fc
    .tuple(shortText(), fc.constantFrom(1, 1, 1, 1, 1, 1, 100, 5_000))
    .map(([text, times]) => text.repeat(times))
}

/** A few of anything, or very many that are short. */
function anyList<T>(
  item: (text: () => fc.Arbitrary<string>) => fc.Arbitrary<T>,
): fc.Arbitrary<T[]> {
  const many = fc
    .tuple(
      fc.array(item(shortText), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(1, 1, 100, 1_000),
    )
    .map(([items, times]) => Array.from({ length: times }, () => items).flat())
  return fc.oneof(fc.array(item(anyText), { maxLength: 3 }), many)
}

function anyAsset(text = anyText) {
  return fc.record({
    provider: fc.constantFrom(...providers),
    accountId: fc.oneof(fc.constant('111111111111'), text()),
    region: text(),
    id: fc.oneof(fc.constant('arn:aws:s3:::invoices'), text()),
    name: text(),
    nativeType: text(),
    labels: fc.array(text(), { maxLength: 60 }),
  })
}

function anyFinding() {
  const words = {
    severity: fc.constantFrom(...severities),
    title: anyText(),
    description: anyText(),
    remediation: anyText(),
    accountId: fc.oneof(fc.constant('111111111111'), anyText()),
    region: anyText(),
    url: fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), anyText()),
    asset: anyAsset(),
    relatedAssets: anyList(anyAsset),
    cveIds: anyList((text) => text()),
    compliance: anyList((text) => text()),
  }
  return fc.record(words).map((some) => aFinding(some))
}

function anyAttackPath() {
  const { workload, riskDefinitions } = anAttackPath()
  const texts = anyList((text) => text())
  const anyWorkload = fc
    .record({
      name: anyText(),
      labels: texts,
      exposure: fc.record({
        is_public: fc.boolean(),
        cidrs: texts,
        ports: anyList(() => fc.nat(65_535)),
      }),
      identity: fc.record({ effective_permissions: texts }),
      vulnerabilities: anyList(() => fc.constant({ cve_id: 'CVE-2021-44228', cvss: 10 })),
    })
    .map((some) => ({ ...workload, ...some }))
  const words = {
    title: anyText(),
    description: anyText(),
    remediation: anyText(),
    entry: anyAsset(),
    target: anyAsset(),
    routes: anyList((text) => fc.array(text(), { maxLength: 5 })),
    assets: anyList(anyAsset),
    accountIds: texts,
    riskScore: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.double()),
    workload: anyWorkload,
    riskDefinitions: anyList((text) =>
      text().map((meaning) => ({ ...riskDefinitions[0], id: 'a', text: meaning })),
    ),
    mitre: texts,
  }
  return fc.record(words).map((some) => anAttackPath(some))
}

function lineOf(
  body: RenderedBody,
  detectionType: DetectionType,
  format: 'siem' | 'siem-strict',
): string {
  return siemLine({ ...longestSiemHead, detectionType }, body.parts, body.labelsJson, format)
}

/** The names of the schema's properties that the record has, as the schema lists them. */
function inOrderOf(schema: JsonObject, record: JsonObject): string[] {
  return Object.keys(schema['properties'] as JsonObject).filter((name) => name in record)
}
