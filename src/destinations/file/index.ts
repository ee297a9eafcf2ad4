import { isAbsolute } from 'node:path'
import { Type } from 'typebox'
import { defineDestination } from '../destination.ts'
import { openFolder } from './folder.ts'

/** A folder of this machine, or one that is mounted on it: every part becomes a file, whole or not at all. */
export const file = defineDestination({
  id: 'file',
  title: 'Folder',
  stability: 'stable',
  config: Type.Object(
    { path: Type.String({ minLength: 1, description: 'The folder, as an absolute path.' }) },
    { additionalProperties: false },
  ),
  accepts: { records: ['siem', 'siem-strict'], framings: ['lines'], compressions: ['gzip'] },
  problems({ path }) {
    if (path.includes('\0')) return [{ pointer: '/path', message: 'must not hold a NUL' }]
    return isAbsolute(path) ? [] : [{ pointer: '/path', message: 'must be an absolute path' }]
  },
  open: ({ path }, deps) => openFolder(path, deps),
})
