import { createHash, randomBytes } from 'node:crypto'
import { Type } from 'typebox'
import type { DrainDeps, DrainRequest } from '../src/app/drain-destination.ts'
import { defineDestination } from '../src/destinations/destination.ts'
import type { Destination, DestinationType } from '../src/destinations/destination.ts'
import type { SendOutcome } from '../src/domain/delivery.ts'
import type { ExportPart } from '../src/domain/export-part.ts'
import type { Log } from '../src/log.ts'
import type { Database } from '../src/store/database.ts'
import { insertDestination } from '../src/store/destinations.ts'
import type { StoredDestination } from '../src/store/destinations.ts'
import type { ManualClock } from './clock.ts'
import { seededRandom } from './random.ts'

export const TENANT = 'id-default'
export const BY = 'ana@example.com'

const MADE_AT = new Date('2025-03-01T09:00:00.000Z')

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLog,
}

/** Prefix, underscore, and letters that meet no others. */
export const randomId = (prefix: string): string => `${prefix}_${randomBytes(13).toString('hex')}`

/** A type of destination that does what a test says. */
export function scriptedType(destination: Partial<Destination>): DestinationType {
  return defineDestination({
    id: 'scripted',
    title: 'Scripted',
    stability: 'experimental',
    config: Type.Object({}),
    accepts: { records: ['siem'], framings: ['lines'], compressions: ['gzip'] },
    open: () => ({
      send: async (part) => ({ kind: 'delivered', receipt: `test:${part.key}` }),
      check: async () => ({ ok: true, steps: [] }),
      ...destination,
    }),
  })
}

/** A scripted type that answers one outcome an attempt, then delivers; and the keys of the attempts. */
export function scriptedOutcomes(...outcomes: readonly SendOutcome[]): {
  readonly type: DestinationType
  readonly sent: string[]
} {
  const left = [...outcomes]
  const sent: string[] = []
  const type = scriptedType({
    async send(part) {
      sent.push(part.key)
      return left.shift() ?? { kind: 'delivered', receipt: `test:${part.key}` }
    },
  })
  return { type, sent }
}

export function drainDeps(db: Database, clock: ManualClock, type: DestinationType): DrainDeps {
  return {
    db,
    clock,
    log: silentLog,
    random: seededRandom(1),
    destinationTypes: [type],
    destinationDeps: {
      now: () => clock.now(),
      randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    },
  }
}

export function drainRequest(
  destination: string,
  overrides: Partial<DrainRequest> = {},
): DrainRequest {
  return {
    tenantId: TENANT,
    destination,
    worker: 'one',
    signal: new AbortController().signal,
    ...overrides,
  }
}

/** A stored destination of the scripted type. */
export async function storeDestination(
  db: Database,
  overrides: Partial<Pick<StoredDestination, 'name' | 'type' | 'config'>> = {},
): Promise<StoredDestination> {
  const destinationId = randomId('dst')
  const stored = await db.transaction(TENANT, (tx) =>
    insertDestination(tx, {
      destinationId,
      name: `folder ${destinationId}`,
      type: 'scripted',
      config: {},
      rendition: { record: 'siem', framing: 'lines', compression: 'gzip' },
      createdAt: MADE_AT,
      ...overrides,
    }),
  )
  if (stored === undefined) throw new Error('its name is taken')
  return stored
}

export interface StoredDelivery {
  readonly deliveryId: string
  readonly key: string
  readonly bytes: Uint8Array
}

/** An export of so many parts, pending for each of the destinations, as the completion of a scan leaves it. */
export async function storeDeliveries(
  db: Database,
  destinations: readonly StoredDestination[],
  count: number,
): Promise<readonly StoredDelivery[]> {
  const exportId = randomId('exp')
  const parts = Array.from({ length: count }, (_, number) => aStoredPart(exportId, number))
  return db.transaction(TENANT, async (tx) => {
    const insert = async (text: string, values: readonly unknown[]): Promise<number> => {
      const { rows } = await tx.query<{ no: number }>(text, [TENANT, ...values])
      return rows[0]?.no ?? 0
    }
    const scanNo = await insert(
      `insert into scans (tenant_id, scan_id, opened_by, opened_at) values ($1, $2, 'ingest', $3) returning scan_no as no`,
      [randomId('scn'), MADE_AT],
    )
    const ruleNo = await insert(
      `insert into alert_rules (tenant_id, rule_id, name, event_type, created_at) values ($1, $2, $2, 'siem', $3) returning rule_no as no`,
      [randomId('rul'), MADE_AT],
    )
    const runNo = await insert(
      `insert into export_runs (tenant_id, export_id, kind, scan_no, rule_no, record_format, framing, compression, export_at, created_at, counts)
       values ($1, $2, 'scan', $3, $4, 'siem', 'lines', 'gzip', $5, $5, '{}') returning run_no as no`,
      [exportId, scanNo, ruleNo, MADE_AT],
    )
    const partNos: number[] = []
    for (const [number, part] of parts.entries()) {
      partNos.push(
        await insert(
          `insert into export_parts (tenant_id, run_no, stream, number, key, bytes, content_type, content_sha256, content_bytes, records, metadata)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning part_no as no`,
          [
            runNo,
            part.stream,
            number,
            part.key,
            part.bytes,
            part.contentType,
            part.contentSha256,
            part.bytes.length,
            part.records,
            part.metadata,
          ],
        ),
      )
    }
    const deliveries: StoredDelivery[] = []
    for (const { destinationNo } of destinations) {
      for (const [index, { key, bytes }] of parts.entries()) {
        const deliveryId = randomId('dlv')
        await insert(
          `insert into deliveries (tenant_id, delivery_id, part_no, destination_no, due_at) values ($1, $2, $3, $4, $5) returning delivery_no as no`,
          [deliveryId, partNos[index], destinationNo, MADE_AT],
        )
        deliveries.push({ deliveryId, key, bytes })
      }
    }
    return deliveries
  })
}

function aStoredPart(exportId: string, number: number): ExportPart {
  const bytes = randomBytes(512)
  return {
    key: `tocsin/v1/${TENANT}/security_findings/2025/03/01/20250301T090000000Z-${exportId}-full-${String(number).padStart(5, '0')}.jsonl.gz`,
    stream: 'security_findings',
    bytes,
    contentType: 'application/x-gzip',
    contentSha256: createHash('sha256').update(bytes).digest('hex'),
    records: 7,
    metadata: { 'schema-version': '1', 'export-id': exportId },
  }
}
