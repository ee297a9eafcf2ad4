import { expect, it } from 'vitest'
import { objectMetadata } from './object-metadata.ts'

it('says in every object what it is, whose, and what its content must be', () => {
  const metadata = objectMetadata({
    exportId: 'exp_1',
    scanId: 'scn_1',
    stream: 'attack_paths',
    mode: 'full',
    part: 0,
    parts: 2,
    records: 37,
    contentSha256: 'ab'.repeat(32),
  })

  expect(metadata).toEqual({
    'schema-version': '1',
    'export-id': 'exp_1',
    'scan-id': 'scn_1',
    stream: 'attack_paths',
    mode: 'full',
    part: '0',
    parts: '2',
    records: '37',
    'content-sha256': 'ab'.repeat(32),
  })
})
