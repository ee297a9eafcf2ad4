import type { Provider } from './provider.ts'

/** SHA-256 of the bytes. An argument, so that the domain needs no library and runs in a browser too. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

/** What makes a finding the same one in every scan (L1). An absent part is an empty string. */
export interface FindingIdentity {
  readonly scanner: string
  readonly check: string
  readonly provider: Provider
  readonly accountId: string
  readonly region: string
  readonly assetId: string
  readonly discriminator: string
}

/** What makes an attack path the same one in every analysis: its scenario and its two ends. */
export interface AttackPathIdentity {
  readonly scenario: string
  readonly entryAssetId: string
  readonly targetAssetId: string
}

/** Beginnings, in any case of letters, of asset ids that are unique without a region. */
const GLOBAL_ID = /^(?:arn:|\/subscriptions\/|\/providers\/|\/\/|k8s:\/\/)/i

/** Whether an asset's id is globally unique, so that its region is no part of who it is. */
export function isGlobalAssetId(assetId: string): boolean {
  return GLOBAL_ID.test(assetId)
}

/** The 32 bytes that join observations of one finding. Nothing is trimmed or normalised. */
export function findingFingerprint(identity: FindingIdentity, sha256: Sha256): Uint8Array {
  return sha256(
    lengthPrefixed([
      'v1',
      identity.scanner,
      identity.check,
      identity.provider,
      identity.accountId,
      isGlobalAssetId(identity.assetId) ? '' : identity.region,
      identity.assetId,
      identity.discriminator,
    ]),
  )
}

/** The 32 bytes that join observations of one attack path. */
export function attackPathFingerprint(identity: AttackPathIdentity, sha256: Sha256): Uint8Array {
  return sha256(
    lengthPrefixed(['ap1', identity.scenario, identity.entryAssetId, identity.targetAssetId]),
  )
}

/** The public id of a finding (`fnd_…`) or an attack path (`atp_…`): the same with or without a database. */
export function alertId(
  kind: 'finding' | 'attack_path',
  tenantId: string,
  fingerprint: Uint8Array,
  sha256: Sha256,
): string {
  const digest = sha256(lengthPrefixed([tenantId, hex(fingerprint)]))
  // 26 characters hold 130 bits: two findings of one tenant meet by chance at about 10^19 of them.
  return `${kind === 'finding' ? 'fnd' : 'atp'}_${base32(digest).slice(0, 26)}`
}

/** Each part as UTF-8 behind its length in four bytes, big end first, so that part borders count. */
export function lengthPrefixed(parts: readonly string[]): Uint8Array {
  const encoded = parts.map((part) => encoder.encode(part))
  const bytes = new Uint8Array(encoded.reduce((total, part) => total + 4 + part.length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const part of encoded) {
    view.setUint32(at, part.length)
    bytes.set(part, at + 4)
    at += 4 + part.length
  }
  return bytes
}

const encoder = new TextEncoder()

const HEX_OF_BYTE = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function hex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX_OF_BYTE[byte]
  return text
}

/** RFC 4648, lower case, no padding. */
function base32(bytes: Uint8Array): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(buffer >> bits) & 31]
    }
    buffer &= (1 << bits) - 1
  }
  if (bits > 0) text += alphabet[(buffer << (5 - bits)) & 31]
  return text
}
