import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testDestination } from '../../../test/contract/destination-contract.ts'
import { makeFilePlace } from '../../../test/file-place.ts'
import { file } from './index.ts'

testDestination({
  type: file,
  makePlace: makeFilePlace,
  secrets: [],
  faults: [
    {
      name: 'a folder that has vanished since it was tested',
      kind: 'misconfigured',
      arm: async (place) => rm(rootOf(place.config), { recursive: true }),
    },
    {
      name: 'a file in the place of the folder',
      kind: 'misconfigured',
      arm: async (place) => {
        await rm(rootOf(place.config), { recursive: true })
        await writeFile(rootOf(place.config), '')
      },
    },
    {
      name: 'a file in the place of a folder of the key',
      kind: 'misconfigured',
      arm: (place) => writeFile(join(rootOf(place.config), 'tocsin'), ''),
    },
    {
      name: 'a folder in the place of the file',
      kind: 'rejected',
      arm: async (place) => {
        const key =
          'tocsin/v1/id-default/security_findings/2025/03/01/20250301T100000000Z-exp_a-full-00000-of-00001.jsonl.gz'
        await mkdir(join(rootOf(place.config), key), { recursive: true })
      },
    },
  ],
})

describe('file', () => {
  it.each([
    ['nothing', {}, [{ pointer: '/path', message: 'must be given' }]],
    [
      'an empty path',
      { path: '' },
      [{ pointer: '/path', message: 'must not have fewer than 1 characters' }],
    ],
    [
      'a relative path',
      { path: 'out' },
      [{ pointer: '/path', message: 'must be an absolute path' }],
    ],
    [
      'a path with a NUL',
      { path: '/out\0' },
      [{ pointer: '/path', message: 'must not hold a NUL' }],
    ],
    ['a path that is no text', { path: 7 }, [{ pointer: '/path', message: 'must be string' }]],
    [
      'several problems, all at once',
      { bucket: 'a', prefix: 'b' },
      [
        { pointer: '/path', message: 'must be given' },
        { pointer: '/bucket', message: 'is not a setting of this type of destination' },
        { pointer: '/prefix', message: 'is not a setting of this type of destination' },
      ],
    ],
  ])('refuses %s', (_, config, problems) => {
    expect(file.parse(config)).toEqual({ kind: 'invalid', problems })
  })
})

function rootOf(config: unknown): string {
  const parsed = file.parse(config)
  if (parsed.kind === 'invalid') throw new Error('not a place of this test')
  return String(parsed.config['path'])
}
