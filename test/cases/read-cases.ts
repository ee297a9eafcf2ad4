import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Case } from './case.ts'

/** The cases of a folder (`*.json`, one each, by name) or of a file: `.json` one, `.ndjson.gz` one a line. */
export async function readCases(path: string): Promise<readonly Case[]> {
  if ((await stat(path)).isDirectory()) {
    const names = (await readdir(path)).filter((name) => name.endsWith('.json')).toSorted()
    return (await Promise.all(names.map((name) => readCases(join(path, name))))).flat()
  }
  const bytes = await readFile(path)
  if (path.endsWith('.json')) return [parseCase(bytes.toString())]
  return gunzipSync(bytes)
    .toString()
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseCase)
}

function parseCase(text: string): Case {
  return JSON.parse(text) as Case
}
