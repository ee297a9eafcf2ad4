import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Client } from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'

export interface Limit {
  readonly rows: number
  readonly ms: number
}

/** The columns of a finding that a scan writes: what is copied raw is the same text in the same server. */
const COLUMNS =
  'fingerprint, alert_id, severity, title, risk_category, source_id, first_seen_at, content_digest, ' +
  'body_identity, body_facts, body_description, body_remediation, body_resources, body_assets, body_risk, labels_json'

/** COPY of the rows that the first scan wrote into a table with the same key: as fast as rows can get in at all. */
export async function copyRawRows(owner: Client): Promise<Limit> {
  await owner.query(`create table raw_rows as select ${COLUMNS} from findings with no data`)
  await owner.query('alter table raw_rows add primary key (fingerprint)')
  const chunks: Buffer[] = []
  for await (const chunk of owner.query(copyTo(`copy (select ${COLUMNS} from findings) to stdout`)))
    chunks.push(chunk as Buffer)
  const startedAt = performance.now()
  await pipeline(
    Readable.from(chunks),
    owner.query(copyFrom(`copy raw_rows (${COLUMNS}) from stdin`)),
  )
  const ms = performance.now() - startedAt
  const { rows } = await owner.query<{ count: number }>(
    'select count(*)::int as count from raw_rows',
  )
  await owner.query('drop table raw_rows')
  return { rows: rows[0]?.count ?? 0, ms }
}

/** COPY of what records are made of through gzip -1 into a file: as fast as records can get out at all. */
export async function copyThroughGzip(owner: Client, path: string): Promise<Limit> {
  const { rows } = await owner.query<{ count: number }>(
    'select count(*)::int as count from findings',
  )
  const startedAt = performance.now()
  await pipeline(
    owner.query(
      copyTo(`
      copy (select concat('{"alert_id":"', alert_id, '"', body_identity, body_facts, body_description, body_remediation, body_resources,
        body_assets, body_risk, '}') from findings order by finding_no)
      to stdout (format csv, quote e'\\x01', delimiter e'\\x02')`),
    ),
    createGzip({ level: 1, chunkSize: 256 * 1024 }),
    createWriteStream(path),
  )
  return { rows: rows[0]?.count ?? 0, ms: performance.now() - startedAt }
}
