import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { manifestKey, partKey } from './export-key.ts'
import type { PartName } from './export-key.ts'

const name: PartName = {
  tenantId: 'id-default',
  stream: 'security_findings',
  exportAt: new Date('2026-03-04T05:06:07.089Z'),
  exportId: 'exp_abc',
  mode: 'full',
  part: 0,
  parts: 3,
}

describe('partKey', () => {
  it('is constant first, then date, time, export, mode and part', () => {
    expect(partKey(name)).toBe(
      'tocsin/v1/id-default/security_findings/2026/03/04/20260304T050607089Z-exp_abc-full-00000-of-00003.jsonl.gz',
    )
  })

  it('ascends with the time of the export, and in it with the part', () => {
    const exportAt = fc.date({
      min: new Date('0000-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    })
    const exportId = fc.stringMatching(/^exp_[0-9a-z]{1,20}$/)
    const part = fc.nat({ max: 99_998 })

    fc.assert(
      fc.property(
        exportAt,
        exportAt,
        exportId,
        exportId,
        part,
        part,
        (at, otherAt, id, otherId, one, other) => {
          const key = partKey({ ...name, exportAt: at, exportId: id, part: one, parts: 99_999 })
          const otherKey = partKey({
            ...name,
            exportAt: otherAt,
            exportId: at.getTime() === otherAt.getTime() ? id : otherId,
            part: other,
            parts: 99_999,
          })

          const published = at.getTime() - otherAt.getTime() || one - other
          expect(Math.sign(Buffer.compare(Buffer.from(key), Buffer.from(otherKey)))).toBe(
            Math.sign(published),
          )
          expect(key).toMatch(/^[A-Za-z0-9/_.-]+$/)
        },
      ),
    )
  })

  it.each([
    ['a tenant with a slash', { tenantId: 'id/x' }],
    ['a tenant of dots', { tenantId: '..' }],
    ['an export id with a space', { exportId: 'a b' }],
    ['an export id with a letter beyond ASCII', { exportId: '\u00e9' }],
    ['no export id', { exportId: '' }],
    ['a part beyond the last', { part: 3 }],
    ['a part before the first', { part: -1 }],
    ['more parts than five digits', { part: 0, parts: 100_000 }],
    ['half a part', { part: 0.5 }],
    ['a year of five digits', { exportAt: new Date('+010000-01-01T00:00:00Z') }],
  ])('refuses %s', (_name, wrong) => {
    expect(() => partKey({ ...name, ...wrong })).toThrow(/cannot stand in a key|part/)
  })
})

describe('manifestKey', () => {
  it('stands outside of every stream, with the time and id of its parts', () => {
    expect(manifestKey(name)).toBe(
      'tocsin/v1/id-default/_manifests/2026/03/04/20260304T050607089Z-exp_abc.manifest.json',
    )
  })
})
