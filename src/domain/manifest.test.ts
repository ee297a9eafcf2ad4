import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAjv } from '../formats/record-validator.ts'
import { loadSchemas } from '../formats/schemas.ts'
import { renderManifest } from './manifest.ts'
import type { Manifest } from './manifest.ts'

const manifest: Manifest = {
  exportId: 'exp_2',
  tenantId: 'id-default',
  scanId: 'scn_1',
  scanAt: new Date('2026-03-04T05:00:00Z'),
  rule: 'Everything \u2028 to the SIEM',
  mode: 'full',
  previousExportId: 'exp_1',
  generatedAt: new Date('2026-03-04T05:06:07.089Z'),
  record: 'siem',
  framing: 'lines',
  compression: 'gzip',
  counts: {
    records: 3,
    security_finding: 2,
    attack_path: 1,
    resolved: 1,
    quarantined: 4,
    truncated: 1,
    excluded: { ignored: 5, dismissed: 6, snoozed: 7, suppressed: 8 },
  },
  files: [
    {
      key: 'tocsin/v1/id-default/security_findings/2026/03/04/20260304T050607089Z-exp_2-full-00000-of-00001.jsonl.gz',
      size: 100,
      uncompressedSize: 900,
      records: 2,
      contentSha256: 'ab'.repeat(32),
    },
  ],
}

const schemas = await loadSchemas(join(import.meta.dirname, '../../docs/formats'))

describe('renderManifest', () => {
  it('is one line in the published order', () => {
    const text = renderManifest(manifest)

    expect(text).toBe(
      '{"manifest_version":1,"schema_version":"1","export_id":"exp_2","tenant_id":"id-default","scan_id":"scn_1",' +
        '"scan_time":"2026-03-04T05:00:00.000Z","rule":"Everything \\u2028 to the SIEM","mode":"full","previous_export_id":"exp_1",' +
        '"generated_at":"2026-03-04T05:06:07.089Z","format":"siem","framing":"lines","compression":"gzip",' +
        '"counts":{"records":3,"security_finding":2,"attack_path":1,"resolved":1,"quarantined":4,"truncated":1,' +
        '"excluded":{"ignored":5,"dismissed":6,"snoozed":7,"suppressed":8}},"files":[{"key":"tocsin/v1/id-default/' +
        'security_findings/2026/03/04/20260304T050607089Z-exp_2-full-00000-of-00001.jsonl.gz","size":100,' +
        `"uncompressed_size":900,"records":2,"content_sha256":"${'ab'.repeat(32)}"}]}\n`,
    )
  })

  it.each([
    ['with files', manifest],
    ['of the first export, without records', { ...withoutPrevious(), files: [] }],
  ])('is valid against its schema: %s', (_name, given) => {
    const validate = createAjv(schemas).compile(schemas.manifest)

    const valid = validate(JSON.parse(renderManifest(given)))

    expect(validate.errors).toBeNull()
    expect(valid).toBe(true)
  })

  it('leaves out the previous export of a first one', () => {
    expect(renderManifest(withoutPrevious())).not.toContain('previous_export_id')
  })
})

function withoutPrevious(): Manifest {
  const { previousExportId: _previous, ...first } = manifest
  return first
}
