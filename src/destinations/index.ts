import type { DestinationType } from './destination.ts'
import { file } from './file/index.ts'

/** Every type of destination, in the order in which people are offered them. */
export const destinationTypes: readonly DestinationType[] = [file]
