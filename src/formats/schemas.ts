import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '../domain/observation.ts'

/** The published JSON Schemas by the names that `tocsin schema` takes, with their files in docs/formats. */
export const schemaFiles = {
  record: 'siem-record.v1.schema.json',
  'siem-strict': 'siem-strict.v1.schema.json',
  original: 'original.schema.json',
  workload: 'workload.v1.schema.json',
  'risk-definitions': 'risk-definitions.v1.schema.json',
  withdrawn: 'withdrawn.v1.schema.json',
  manifest: 'manifest.v1.schema.json',
  'native-record': 'native-record.v1.schema.json',
} as const
export type SchemaName = keyof typeof schemaFiles
export type PublishedSchemas = Readonly<Record<SchemaName, JsonObject>>

/** Reads the schemas from the folder they are published in. Throws when one is missing or no JSON: the installation is broken. */
export async function loadSchemas(folder: string): Promise<PublishedSchemas> {
  const read = async ([name, file]: [string, string]) =>
    [name, JSON.parse(await readFile(join(folder, file), 'utf8'))] as const
  return Object.fromEntries(
    await Promise.all(Object.entries(schemaFiles).map(read)),
  ) as PublishedSchemas
}
