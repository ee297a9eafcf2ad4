import { Type } from 'typebox'
import type { Static } from 'typebox'
import { resourceTypes } from '../../domain/asset.ts'
import { evaluations } from '../../domain/evaluation.ts'
import { providers } from '../../domain/provider.ts'
import { riskCategories } from '../../domain/risk-category.ts'
import { snapshots } from '../../domain/scan.ts'
import { severities } from '../../domain/severity.ts'
import { CheckName, identityText, MAX_ACCOUNT_BYTES, MAX_IDENTITY_BYTES } from '../identity-text.ts'
import { parseInstant } from '../parse-instant.ts'

const Text = Type.Optional(Type.String())
const Texts = Type.Optional(Type.Array(Type.String()))
const NonEmpty = Type.String({ minLength: 1 })

const Identity = identityText({ minLength: 1, maxBytes: MAX_IDENTITY_BYTES })
const IdentityOrEmpty = identityText({ minLength: 0, maxBytes: MAX_IDENTITY_BYTES })
const AccountId = identityText({ minLength: 1, maxBytes: MAX_ACCOUNT_BYTES })
const Instant = Type.Refine(
  Type.String(),
  (text) => parseInstant(text) !== undefined,
  () => 'must be an instant with its zone, as in 2025-03-01T10:00:00Z',
)

/** What every record may say of where it stands, and leave to the scan record. */
const place = {
  provider: Type.Optional(Type.Enum(providers)),
  account_id: Type.Optional(AccountId),
  region: Type.Optional(IdentityOrEmpty),
}
export const NativePlace = Type.Object(place)
export type NativePlace = Static<typeof NativePlace>

const assetRef = {
  id: Identity,
  name: Text,
  native_type: Text,
  resource_type: Type.Optional(Type.Enum(resourceTypes)),
  labels: Texts,
  ...place,
}
export const NativeAsset = Type.Object(assetRef)
export type NativeAsset = Static<typeof NativeAsset>

export const NativeScan = Type.Object({
  scanner: Type.Optional(Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,63}$' })),
  scanner_version: Text,
  completed_at: Type.Optional(Instant),
  snapshot: Type.Optional(Type.Enum(snapshots)),
  attack_paths: Type.Optional(Type.Enum(['full', 'some'])),
  attack_path_accounts: Type.Optional(Type.Array(AccountId)),
  partial: Type.Optional(Type.Boolean()),
  ...place,
})
export type NativeScan = Static<typeof NativeScan>

/** What a finding is about; read alone when the rest of it is broken. */
export const NativeUnit = Type.Object({ check: CheckName, ...place })
export type NativeUnit = Static<typeof NativeUnit>

export const NativeFinding = Type.Object({
  check: CheckName,
  evaluation: Type.Enum(evaluations),
  asset: NativeAsset,
  severity: Type.Optional(Type.Enum(severities)),
  title: Text,
  description: Text,
  remediation: Text,
  discriminator: Type.Optional(IdentityOrEmpty),
  risk_category: Type.Optional(Type.Enum(riskCategories)),
  first_seen_at: Type.Optional(Instant),
  observed_at: Type.Optional(Instant),
  related_assets: Type.Optional(Type.Array(NativeAsset)),
  cve_ids: Texts,
  compliance: Texts,
  source_id: Text,
  url: Text,
  ...place,
})
export type NativeFinding = Static<typeof NativeFinding>

const certainty = Type.Optional(Type.Enum(['confirmed', 'conditional', 'assumed']))
const share = Type.Optional(Type.Number({ minimum: 0, maximum: 1 }))

/** docs/formats/workload.v1.schema.json: it goes into the exported record as it stands, so all of it is checked. */
const Workload = Type.Object(
  {
    asset_id: NonEmpty,
    name: Type.String(),
    type: Type.Enum([
      'virtual_machine',
      'container',
      'pod',
      'function',
      'service',
      'identity',
      'data_store',
      'dns_record',
      'other',
    ]),
    native_type: Text,
    provider: Type.Enum(providers),
    account_id: NonEmpty,
    region: Text,
    exposure: Type.Object(
      {
        is_public: Type.Boolean(),
        certainty,
        cidrs: Texts,
        ports: Type.Optional(Type.Array(Type.Integer({ minimum: 0, maximum: 65_535 }))),
      },
      { additionalProperties: false },
    ),
    identity: Type.Optional(
      Type.Object(
        {
          asset_id: Text,
          is_admin: Type.Optional(Type.Boolean()),
          is_known_admin: Type.Optional(Type.Boolean()),
          effective_permissions: Texts,
        },
        { additionalProperties: false },
      ),
    ),
    vulnerabilities: Type.Optional(
      Type.Array(
        Type.Object(
          {
            cve_id: Type.String({ pattern: '^CVE-[0-9]{4}-[0-9]{4,}$' }),
            cvss: Type.Optional(Type.Number({ minimum: 0, maximum: 10 })),
            epss: share,
            known_exploited: Type.Optional(Type.Boolean()),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    labels: Texts,
  },
  { additionalProperties: false },
)

/** docs/formats/risk-definitions.v1.schema.json, checked whole for the same reason. */
const RiskDefinition = Type.Object(
  {
    id: NonEmpty,
    name: NonEmpty,
    type: Type.Enum([
      'EXPOSURE',
      'VULNERABILITY',
      'IDENTITY',
      'CREDENTIAL',
      'CONFIGURATION',
      'DATA',
      'NETWORK',
      'TRUST',
      'DNS',
      'HYGIENE',
    ]),
    level: Type.Enum(severities),
    factor: share,
    certainty,
    text: Text,
    alert_id: Text,
    resources: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 2 })),
    mitre: Type.Optional(Type.Array(Type.String({ pattern: '^T[0-9]{4}(\\.[0-9]{3})?$' }))),
  },
  { additionalProperties: false },
)

/** Where an attack path leads; read alone when the rest of it is broken. */
export const NativePathPlaces = Type.Object({
  entry: NativePlace,
  target: NativePlace,
  assets: Type.Optional(Type.Array(NativePlace)),
  ...place,
})
export type NativePathPlaces = Static<typeof NativePathPlaces>

export const NativeAttackPath = Type.Object({
  scenario: Type.String({ pattern: '^[a-z0-9][a-z0-9._-]{0,127}$' }),
  title: NonEmpty,
  description: Text,
  remediation: Text,
  severity: Type.Optional(Type.Enum(severities)),
  entry: NativeAsset,
  target: NativeAsset,
  routes: Type.Array(Type.Array(Identity, { minItems: 1 }), { minItems: 1 }),
  assets: Type.Optional(Type.Array(NativeAsset)),
  risk_score: Type.Integer({ minimum: 0, maximum: 100 }),
  workload: Workload,
  risk_definitions: Type.Array(RiskDefinition, { minItems: 1 }),
  risk_category: Type.Optional(Type.Enum(riskCategories)),
  mitre: Texts,
  first_seen_at: Type.Optional(Instant),
  ...place,
})
export type NativeAttackPath = Static<typeof NativeAttackPath>
