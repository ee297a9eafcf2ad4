import { Type } from 'typebox'
import type { Static, TSchema } from 'typebox'
import { CheckName, identityText, MAX_ACCOUNT_BYTES, MAX_IDENTITY_BYTES } from '../identity-text.ts'

/** What may be left out; what Prowler copies from a cloud may also be null. */
function absentOr<Schema extends TSchema>(schema: Schema) {
  return Type.Optional(Type.Union([schema, Type.Null()]))
}

const Text = absentOr(Type.String())
const Texts = absentOr(Type.Array(Type.String()))
const NonEmpty = Type.String({ minLength: 1 })
const AccountId = absentOr(identityText({ minLength: 0, maxBytes: MAX_ACCOUNT_BYTES }))
const Region = absentOr(identityText({ minLength: 0, maxBytes: MAX_IDENTITY_BYTES }))
/** Up to the last instant that a Date holds. */
const Time = Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15 }))

const Cloud = Type.Object({
  provider: Text,
  region: Region,
  account: absentOr(Type.Object({ uid: AccountId })),
})

/** What a record is about; read alone when the rest of it is broken. */
export const ProwlerUnit = Type.Object({
  metadata: Type.Object({ event_code: CheckName }),
  finding_info: absentOr(Type.Object({ uid: Text })),
  cloud: absentOr(Cloud),
  unmapped: absentOr(Type.Object({ provider: Text, provider_uid: AccountId })),
  resources: Type.Optional(Type.Array(Type.Object({ region: Region, namespace: Region }))),
})
export type ProwlerUnit = Static<typeof ProwlerUnit>

const ProwlerResource = Type.Object({
  uid: Text,
  name: Text,
  type: Text,
  region: Region,
  namespace: Region,
  labels: Texts,
  group: absentOr(Type.Object({ name: Text })),
  /** The cloud's own description of the resource, in whatever shape the cloud gives it. */
  data: Type.Optional(Type.Unknown()),
})
export type ProwlerResource = Static<typeof ProwlerResource>

/** A detection finding (OCSF class 2004) as Prowler 4.5 and newer write it: the fields we use. */
export const ProwlerFinding = Type.Object({
  class_uid: Type.Literal(2004),
  time: Time,
  time_dt: Text,
  severity_id: Type.Optional(Type.Integer()),
  severity: Text,
  status: Text,
  status_id: Type.Optional(Type.Integer()),
  status_code: NonEmpty,
  status_detail: Text,
  metadata: Type.Object({ event_code: CheckName }),
  finding_info: absentOr(Type.Object({ uid: Text, title: Text, desc: Text })),
  resources: Type.Array(ProwlerResource, { minItems: 1 }),
  cloud: absentOr(Cloud),
  remediation: absentOr(Type.Object({ desc: Text, references: Texts })),
  unmapped: absentOr(
    Type.Object({
      provider: Text,
      provider_uid: AccountId,
      categories: Texts,
      compliance: absentOr(Type.Record(Type.String(), Type.Array(Type.String()))),
      related_url: Text,
    }),
  ),
})
export type ProwlerFinding = Static<typeof ProwlerFinding>

/** What a record says of the report it stands in; also in releases whose records we do not read. */
export const ProwlerReport = Type.Object({
  class_uid: Type.Optional(Type.Unknown()),
  time: Type.Optional(Type.Unknown()),
  event_time: Type.Optional(Type.Unknown()),
  metadata: Type.Object({ product: Type.Object({ version: Text }) }),
})
