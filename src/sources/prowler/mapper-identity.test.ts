import { describe, expect, it } from 'vitest'
import { textLike } from '../../../test/matchers.ts'
import type { Fields } from '../../../test/prowler-mapping.ts'
import {
  aBucket,
  aPodRecord,
  aRecord,
  findingOf,
  rejectionOf,
} from '../../../test/prowler-mapping.ts'

describe('an object that is null', () => {
  it.each(['unmapped', 'remediation', 'finding_info', 'cloud'])('counts as absent: %s', (field) => {
    const context = { provider: 'AWS', accountId: '111111111111' } as const

    expect(findingOf(aRecord({ [field]: null }), context)).toEqual(
      findingOf(aRecord({ [field]: undefined }), context),
    )
  })

  it('counts as absent within another object too', () => {
    const cloud = { provider: 'aws', account: null }
    const resources = [aBucket({ group: null })]
    const unmapped = { compliance: null }
    const context = { accountId: '111111111111' }

    const finding = findingOf(aRecord({ cloud, resources, unmapped }), context)

    expect(finding).toMatchObject({ accountId: '111111111111', service: '', compliance: [] })
  })

  it('keeps no broken record from naming its unit', () => {
    const rejected = rejectionOf(aRecord({ time: 'x', unmapped: null, finding_info: null }))

    expect(rejected.names).toMatchObject({ kind: 'unit' })
  })
})

describe('an identity', () => {
  const nul = 'a\u0000'
  const long = '\u00df'.repeat(1025)
  const account = (uid: string) => ({ cloud: { provider: 'aws', account: { uid } } })

  it.each<[string, Fields, string]>([
    ['a NUL in the check', { metadata: { event_code: nul } }, '/metadata/event_code'],
    ['a long check', { metadata: { event_code: 'c'.repeat(513) } }, '/metadata/event_code'],
    ['a NUL in the account', account(nul), '/cloud/account/uid'],
    ['a long account', account('x'.repeat(1025)), '/cloud/account/uid'],
    ['a NUL in the cluster', { unmapped: { provider_uid: nul } }, '/unmapped/provider_uid'],
    ['a NUL in the region', { resources: [aBucket({ region: nul })] }, '/resources/0/region'],
    ['a long region', { resources: [aBucket({ region: long })] }, '/resources/0/region'],
    ['a long region of the cloud', { cloud: { region: long } }, '/cloud/region'],
  ])('with %s is rejected there, and its unit cannot be read', (_, fields, at) => {
    expect(rejectionOf(aRecord(fields))).toMatchObject({
      pointer: `/7${at}`,
      reason: textLike(/^must not/),
      names: { kind: 'unreadable' },
    })
  })

  it.each<[string, Fields[], string]>([
    ['a NUL in the uid', [aBucket({ uid: nul })], '/resources/0/uid'],
    ['a long uid', [aBucket({ uid: long })], '/resources/0/uid'],
    ['a NUL in the name for want of a uid', [{ name: nul }], '/resources/0/name'],
    ['a long name for want of a uid', [{ uid: '', name: long }], '/resources/0/name'],
    ['a NUL in a related uid', [aBucket(), aBucket({ uid: nul })], '/resources/1/uid'],
  ])('of an asset with %s is rejected there, and names its unit', (_, resources, at) => {
    expect(rejectionOf(aRecord({ resources }))).toMatchObject({
      pointer: `/7${at}`,
      reason: textLike(/^must not/),
      names: { kind: 'unit' },
    })
  })

  it('that is made of fields that fit, and does not fit, is rejected', () => {
    const record = aPodRecord({ name: 'x'.repeat(2040) })

    expect(rejectionOf(record, { accountId: 'dev' }).pointer).toBe('/7/resources/0')
  })

  it('of just the bytes that fit is taken', () => {
    const uid = '\u00df'.repeat(1024)
    const record = aRecord({ ...account('x'.repeat(1024)), resources: [aBucket({ uid })] })

    expect(findingOf(record).asset.id).toBe(uid)
  })

  it('may have any name beside its uid', () => {
    expect(findingOf(aRecord({ resources: [aBucket({ name: long })] })).asset.name).toBe(long)
  })
})
