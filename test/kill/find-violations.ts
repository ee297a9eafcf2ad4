import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Client } from 'pg'

interface Part {
  readonly key: string
  readonly stream: string
  readonly bytes: Buffer
  readonly records: number
  readonly status: string
  readonly attempts: number
}

/** What is wrong after a killed ingest was run again: each in a sentence. */
export async function findViolations(
  owner: Client,
  place: { readonly tenantId: string; readonly out: string },
  findings: number,
): Promise<readonly string[]> {
  const { tenantId, out } = place
  const scans = await owner.query<{ status: string }>(
    'select status from scans where tenant_id = $1',
    [tenantId],
  )
  const runs = await owner.query('select from export_runs where tenant_id = $1', [tenantId])
  const staged = await owner.query(
    'select from staged_records s join scans using (scan_no) where tenant_id = $1 limit 1',
    [tenantId],
  )
  const parts = await owner.query<Part>(
    `
    select p.key, p.stream, p.bytes, p.records::int, d.status, d.attempts
    from deliveries d join export_parts p using (tenant_id, part_no) where d.tenant_id = $1 order by d.delivery_no`,
    [tenantId],
  )
  const outOfOrder = await owner.query(
    `
    select from deliveries a join deliveries b on a.tenant_id = b.tenant_id and a.delivery_no < b.delivery_no and a.ended_at > b.ended_at
    where a.tenant_id = $1`,
    [tenantId],
  )
  return [
    ...(scans.rows.length === 1 && scans.rows[0]?.status === 'completed'
      ? []
      : [`its scans are ${JSON.stringify(scans.rows)}`]),
    ...(runs.rowCount === 1 ? [] : [`it has ${runs.rowCount} exports`]),
    ...(staged.rowCount === 0 ? [] : ['rows of it are still staged']),
    ...(outOfOrder.rowCount === 0 ? [] : ['its objects were not delivered in order']),
    ...partViolations(parts.rows, findings),
    ...(await folderViolations(out, parts.rows)),
  ]
}

function partViolations(parts: readonly Part[], findings: number): string[] {
  const keys = parts.filter(({ stream }) => stream === 'security_findings').map(({ key }) => key)
  const records = parts
    .filter(({ stream }) => stream === 'security_findings')
    .reduce((total, part) => total + part.records, 0)
  return [
    ...parts
      .filter(({ status }) => status !== 'delivered')
      .map(({ key, status }) => `${key} is ${status}`),
    ...(parts.at(-1)?.stream === 'manifests' ? [] : ['the manifest is not the last']),
    ...(keys.every((key, index) => index === 0 || key > (keys[index - 1] ?? ''))
      ? []
      : ['its keys do not ascend']),
    ...(records === findings ? [] : [`it holds ${records} findings of ${findings}`]),
  ]
}

async function folderViolations(out: string, parts: readonly Part[]): Promise<string[]> {
  const files = (await readdir(out, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)))
  const violations: string[] = []
  const stored = new Set(parts.map(({ key }) => key))
  for (const file of files)
    if (!stored.has(file)) violations.push(`the folder holds ${file}, which was not sent`)
  const folders = (await readdir(out)).filter((name) => name !== 'tocsin')
  if (folders.length > 0) violations.push(`the folder holds ${folders.join(', ')}`)
  const ids = new Set<string>()
  let lastWritten = 0
  for (const part of parts) {
    if (!files.includes(part.key)) {
      violations.push(`${part.key} is missing`)
      continue
    }
    const path = join(out, part.key)
    if (!part.bytes.equals(await readFile(path)))
      violations.push(`${part.key} has other bytes than were stored`)
    const { mtimeMs } = await stat(path)
    if (mtimeMs < lastWritten)
      violations.push(`${part.key} was written before what stands before it`)
    lastWritten = mtimeMs
    if (part.stream === 'manifests') continue
    for (const line of gunzipSync(part.bytes).toString().trimEnd().split('\n')) {
      const { event_id: id } = JSON.parse(line) as { event_id: string }
      if (ids.has(id)) violations.push(`event ${id} stands in it twice`)
      ids.add(id)
    }
  }
  return violations
}
