import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../domain/observation.ts'
import { severityOfRiskScore } from '../../domain/severity.ts'
import type { ReadResult, Rejected } from '../source.ts'
import { attackPath, finding, withValue } from './fixtures/whole-records.ts'
import { toResult } from './mapper.ts'
import type { Defaults } from './place.ts'
import { compileValidators } from './validators.ts'

const validators = compileValidators()
const defaults: Defaults = { provider: 'AWS', accountId: '111111111111', region: 'eu-west-1' }
const nothingKnown: Defaults = { provider: undefined, accountId: undefined, region: undefined }

function resultOf(value: JsonObject, beside: Defaults = defaults): ReadResult {
  return toResult({ value, pointer: '/4', offset: 321 }, beside, validators)
}

function rejectionOf(value: JsonObject, beside: Defaults = defaults): Rejected {
  const result = resultOf(value, beside)
  if (result.kind !== 'rejected') throw new Error('the record was taken')
  return result
}

describe('a finding', () => {
  it('takes provider, account and region from itself before anybody else', () => {
    const record = {
      ...finding,
      provider: 'GCP',
      account_id: 'project-1',
      region: '',
      asset: { id: 'x' },
    }

    expect(resultOf(record)).toMatchObject({
      finding: {
        provider: 'GCP',
        accountId: 'project-1',
        region: '',
        asset: { provider: 'GCP', accountId: 'project-1', region: '' },
      },
    })
  })

  it('leaves its asset an account of its own', () => {
    const record = { ...finding, asset: { id: 'x', account_id: '222222222222' } }

    expect(resultOf(record)).toMatchObject({
      finding: { accountId: '111111111111', asset: { accountId: '222222222222' } },
    })
  })

  it.each([
    ['fail', 'rejected'],
    ['suppressed_upstream', 'rejected'],
    ['pass', 'finding'],
    ['not_assessed', 'finding'],
    ['closed_upstream', 'finding'],
  ])('that is %s without a title is %s', (evaluation, kind) => {
    for (const title of [undefined, '']) {
      expect(resultOf(withValue({ ...finding, evaluation }, '/title', title)).kind).toBe(kind)
    }
  })

  it.each([
    ['/evaluation', 'FAILED'],
    ['/title', ''],
    ['/asset/id', 7],
    ['/asset', undefined],
    ['/observed_at', '2025-03-01'],
    ['/discriminator', 'a\u0000'],
    ['/discriminator', 'x'.repeat(2049)],
    ['/asset/id', 'a\u0000'],
    ['/asset/id', 'ß'.repeat(1025)],
    ['/asset/account_id', 'x'.repeat(1025)],
    ['/related_assets/0/id', ''],
    ['/cve_ids/0', 1],
  ])('with %s %j is rejected there, and names its unit', (pointer, value) => {
    const rejection = rejectionOf(withValue(finding, pointer, value))

    expect(rejection).toMatchObject({ pointer: `/4${pointer}`, offset: 321 })
    expect(rejection.names).toEqual({
      kind: 'unit',
      unit: {
        check: 'open-port',
        provider: 'AWS',
        accountId: '111111111111',
        region: 'eu-west-1',
      },
    })
  })

  it.each([
    ['/check', ''],
    ['/check', 'c\u0000'],
    ['/check', 'x'.repeat(513)],
    ['/provider', 'aws'],
    ['/account_id', ''],
    ['/account_id', '1\u0000'],
    ['/account_id', 'x'.repeat(1025)],
    ['/region', 5],
    ['/region', '\u0000'],
    ['/region', 'x'.repeat(2049)],
  ])('with %s %j is rejected there, and its unit cannot be read', (pointer, value) => {
    const rejection = rejectionOf(withValue(finding, pointer, value))

    expect(rejection).toMatchObject({ pointer: `/4${pointer}`, names: { kind: 'unreadable' } })
  })

  it('takes an id of just 2,048 bytes', () => {
    expect(resultOf(withValue(finding, '/asset/id', 'ß'.repeat(1024))).kind).toBe('finding')
  })

  it.each([
    ['provider', '/provider', nothingKnown],
    ['account', '/account_id', { ...nothingKnown, provider: 'AWS' }],
    ['cluster', '/account_id', { ...nothingKnown, provider: 'KUBE' }],
  ] as const)('lacks the %s where nobody says it', (missing, at, beside) => {
    const record = { type: 'finding', check: 'c', evaluation: 'pass', asset: { id: 'x' } }

    expect(rejectionOf(record, beside)).toMatchObject({
      pointer: `/4${at}`,
      missing,
      names: { kind: 'unreadable' },
    })
  })

  it('does not say what is missing when more than that is wrong', () => {
    const record = { type: 'finding', check: 'c', evaluation: 'FAIL', asset: { id: 'x' } }

    expect(rejectionOf(record, nothingKnown)).not.toHaveProperty('missing')
  })
})

describe('an attack path', () => {
  const between = {
    ...attackPath,
    provider: 'GCP',
    account_id: '444444444444',
    entry: { id: 'e', provider: 'AWS', account_id: '111111111111' },
    target: { id: 't', account_id: '222222222222' },
    assets: [
      { id: 'a', account_id: '333333333333' },
      { id: 'b', account_id: '111111111111' },
    ],
  }

  it('names every account on it once, that of its entry first, and is of its provider', () => {
    expect(resultOf(between)).toMatchObject({
      attackPath: {
        provider: 'AWS',
        accountIds: ['111111111111', '222222222222', '333333333333', '444444444444'],
        target: { provider: 'GCP', accountId: '222222222222' },
      },
    })
  })

  it.each([0, 9, 10, 40, 70, 90, 100])('without a severity has that of its score: %i', (score) => {
    const record = { ...withValue(attackPath, '/severity', undefined), risk_score: score }

    expect(resultOf(record)).toMatchObject({ attackPath: { severity: severityOfRiskScore(score) } })
  })

  it.each([
    ['/risk_score', 101],
    ['/risk_score', 1.5],
    ['/scenario', 'No Such'],
    ['/routes', []],
    ['/routes/0', []],
    ['/workload/exposure', undefined],
    ['/workload/vulnerabilities/0/cve_id', 'GHSA-1'],
    ['/workload/surprise', 1],
    ['/risk_definitions/0/mitre/0', 'T11'],
    ['/risk_definitions/0/surprise', 1],
    ['/target/id', undefined],
  ])('with %s %j is rejected there, and names all accounts on it', (pointer, value) => {
    expect(rejectionOf(withValue(between, pointer, value))).toMatchObject({
      pointer: `/4${pointer}`,
      names: {
        kind: 'attack_path_accounts',
        accountIds: ['111111111111', '222222222222', '333333333333', '444444444444'],
      },
    })
  })

  it.each([
    ['/entry', undefined],
    ['/target', 't'],
    ['/entry/account_id', 1],
    ['/assets', {}],
    ['/assets/1', 'b'],
    ['/account_id', ''],
  ])('with %s %j is rejected, and its accounts cannot be read', (pointer, value) => {
    expect(rejectionOf(withValue(between, pointer, value)).names).toEqual({ kind: 'unreadable' })
  })

  it.each([
    ['/target', { id: 't' }],
    ['/assets/1', { id: 'b' }],
  ])('lacks the account of %s where nobody says it', (pointer, value) => {
    const record = withValue(withValue(between, '/account_id', undefined), pointer, value)

    expect(rejectionOf(record, nothingKnown)).toMatchObject({
      pointer: `/4${pointer}/account_id`,
      missing: 'account',
      names: { kind: 'unreadable' },
    })
  })
})

describe('an asset', () => {
  it('inherits where it stands', () => {
    expect(resultOf({ type: 'asset', id: 'x' })).toEqual({
      kind: 'asset',
      asset: { ...defaults, id: 'x', name: '', nativeType: '', labels: [] },
    })
  })

  it.each([
    [{ type: 'asset' }, '/4/id', defaults],
    [{ type: 'asset', id: 'x', labels: 'l' }, '/4/labels', defaults],
    [{ type: 'asset', id: 'x' }, '/4/provider', nothingKnown],
  ])('that is rejected takes nothing out of coverage: %j', (record, pointer, beside) => {
    expect(rejectionOf(record, beside)).toMatchObject({ pointer, names: { kind: 'nothing' } })
  })
})

it.each([{}, { type: 'verdict' }, { type: 7 }, { type: 'toString' }])(
  'rejects a record of no known type as unreadable: %j',
  (record: JsonObject) => {
    expect(rejectionOf(record)).toMatchObject({
      pointer: '/4/type',
      names: { kind: 'unreadable' },
    })
  },
)
