import { hash } from 'node:crypto'
import type { Sha256 } from '../domain/fingerprint.ts'

/** The domain's hash, on Node. */
export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer')
