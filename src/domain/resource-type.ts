import { resourceTypes } from './asset.ts'
import type { ResourceType } from './asset.ts'
import { cloudTypes, wholeTypes } from './resource-type-table.ts'

/** What a type is taken for that no table knows: the one of the six that claims least. */
export const defaultResourceType: ResourceType = 'Service'

/**
 * Which of the record's six types a native type is: `AWS::S3::Bucket`, `AwsS3Bucket`,
 * `microsoft.storage/storageAccounts`, `storage.googleapis.com/Bucket`, `KubernetesPod`. Case and
 * punctuation do not matter. `known` is false where only the default is left.
 */
export function resourceTypeOf(nativeType: string): { type: ResourceType; known: boolean } {
  const key = nativeType.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
  const type =
    byWhole.get(key) ?? byWhole.get(key.replace(/^kubernetes/, '')) ?? typeByBeginning(key)
  return { type: type ?? defaultResourceType, known: type !== undefined }
}

const byWhole = typesByWord(wholeTypes)
const byBeginning = typesByWord(cloudTypes)

function typeByBeginning(key: string): ResourceType | undefined {
  for (let length = key.length; length > 0; length -= 1) {
    const type = byBeginning.get(key.slice(0, length))
    if (type !== undefined) return type
  }
  return undefined
}

function typesByWord(table: Readonly<Record<ResourceType, string>>): Map<string, ResourceType> {
  return new Map(
    resourceTypes.flatMap((type) =>
      table[type]
        .trim()
        .split(/\s+/)
        .map((word) => [word, type] as const),
    ),
  )
}
