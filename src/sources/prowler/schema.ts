import { Type } from 'typebox'
import type { Static } from 'typebox'

/** A text that may be left out; what Prowler copies from a cloud may also be null. */
const Text = Type.Optional(Type.Union([Type.String(), Type.Null()]))
const Texts = Type.Optional(Type.Union([Type.Array(Type.String()), Type.Null()]))
const NonEmpty = Type.String({ minLength: 1 })
/** Up to the last instant that a Date holds. */
const Time = Type.Optional(Type.Number({ minimum: 0, maximum: 8.64e15 }))

const Cloud = Type.Object({
  provider: Text,
  region: Text,
  account: Type.Optional(Type.Object({ uid: Text })),
})

/** What a record is about; read alone when the rest of it is broken. */
export const ProwlerUnit = Type.Object({
  metadata: Type.Object({ event_code: NonEmpty }),
  finding_info: Type.Optional(Type.Object({ uid: Text })),
  cloud: Type.Optional(Cloud),
  unmapped: Type.Optional(Type.Object({ provider: Text, provider_uid: Text })),
  resources: Type.Optional(Type.Array(Type.Object({ region: Text, namespace: Text }))),
})
export type ProwlerUnit = Static<typeof ProwlerUnit>

const ProwlerResource = Type.Object({
  uid: Text,
  name: Text,
  type: Text,
  region: Text,
  namespace: Text,
  labels: Texts,
  group: Type.Optional(Type.Object({ name: Text })),
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
  metadata: Type.Object({ event_code: NonEmpty }),
  finding_info: Type.Optional(Type.Object({ uid: Text, title: Text, desc: Text })),
  resources: Type.Array(ProwlerResource, { minItems: 1 }),
  cloud: Type.Optional(Cloud),
  remediation: Type.Optional(Type.Object({ desc: Text, references: Texts })),
  unmapped: Type.Optional(
    Type.Object({
      provider: Text,
      provider_uid: Text,
      categories: Texts,
      compliance: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String()))),
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
