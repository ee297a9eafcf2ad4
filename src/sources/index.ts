import { native } from './native/index.ts'
import { prowler } from './prowler/index.ts'
import type { Source } from './source.ts'

/** Every format that is read, in the order in which they are listed to people. */
export const sources: readonly Source[] = [prowler, native]
