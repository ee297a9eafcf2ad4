import type { Account, Check, Estate, Resource, Severity } from './estate.ts'

const WEEK_MS = 7 * 24 * 60 * 60 * 1000
const PROWLER_VERSION = '5.46.0'

const severityIds: Readonly<Record<Severity, number>> = {
  Informational: 1,
  Low: 2,
  Medium: 3,
  High: 4,
  Critical: 5,
}

/** The report that Prowler's `--output-formats json-ocsf` would give of an estate, a record a line. */
export function prowlerReport(estate: Estate, scan: 1 | 2): string {
  const records = estate.checks.flatMap((check) =>
    verdictsOf(check, scan)
      .map((verdict) => ({ verdict, resource: resourceOf(estate, verdict.name) }))
      .filter(({ resource }) => resource.only === undefined || resource.only === scan)
      .map(({ verdict, resource }) => recordOf(estate, check, scan, verdict, resource)),
  )
  return `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]\n`
}

interface Verdict {
  readonly name: string
  readonly code: 'FAIL' | 'PASS' | 'MANUAL'
  readonly muted: boolean
}

function verdictsOf(check: Check, scan: 1 | 2): Verdict[] {
  const fixed = new Set(scan === 2 ? check.fixed : [])
  const broken = new Set(scan === 2 ? check.broken : [])
  const failing = (name: string, fails: boolean) => (fails ? !fixed.has(name) : broken.has(name))
  const verdict = (name: string, fails: boolean, muted = false): Verdict => ({
    name,
    code: failing(name, fails) ? 'FAIL' : 'PASS',
    muted,
  })
  return [
    ...(check.fail ?? []).map((name) => verdict(name, true)),
    ...(check.muted ?? []).map((name) => verdict(name, true, true)),
    ...(check.pass ?? []).map((name) => verdict(name, false)),
    ...(check.manual ?? []).map((name) => ({ name, code: 'MANUAL' as const, muted: false })),
  ]
}

function recordOf(
  estate: Estate,
  check: Check,
  scan: 1 | 2,
  { name, code, muted }: Verdict,
  resource: Resource,
) {
  const startedAt = new Date(Date.parse(estate.startedAt) + (scan - 1) * WEEK_MS)
  const seconds = Math.floor(startedAt.getTime() / 1000)
  const isKubernetes = estate.provider === 'kubernetes'
  const place = isKubernetes ? `namespace: ${resource.namespace ?? ''}` : resource.region
  const wrong = (scan === 2 ? check.wrongThen : undefined) ?? check.wrong
  const detail = (code === 'PASS' ? check.right : wrong).replaceAll('{}', name)
  const severity = (scan === 2 ? check.severityThen : undefined) ?? check.severity
  return {
    metadata: {
      event_code: check.id,
      product: {
        name: 'Prowler',
        uid: 'prowler',
        version: PROWLER_VERSION,
      },
      version: '1.5.0',
    },
    severity_id: severityIds[severity],
    severity,
    status: muted ? 'Suppressed' : 'New',
    status_code: code,
    status_detail: detail,
    status_id: muted ? 3 : 1,
    unmapped: {
      related_url: '',
      categories: check.categories,
      compliance: check.compliance ?? {},
      provider_uid: resource.account,
      provider: estate.provider,
    },
    activity_id: 1,
    finding_info: {
      desc: `${check.about} ${check.risk}`,
      title: check.title,
      uid: `prowler-${estate.provider}-${check.id}-${resource.account}-${place}-${name}`,
    },
    resources: [
      {
        ...(isKubernetes ? { namespace: resource.namespace } : { region: resource.region }),
        ...(resource.metadata === undefined ? {} : { data: { metadata: resource.metadata } }),
        group: { name: check.service },
        labels: resource.labels ?? [],
        name,
        type: resource.type,
        uid: resource.uid,
      },
    ],
    class_uid: 2004,
    ...(isKubernetes ? {} : { cloud: cloudOf(estate, resource) }),
    remediation: { desc: check.fix, references: [check.link] },
    time: seconds,
    time_dt: startedAt.toISOString().replace('Z', ''),
  }
}

function cloudOf(estate: Estate, resource: Resource) {
  const { id, name } = accountOf(estate, resource)
  return {
    account: { name, uid: id },
    provider: estate.provider,
    region: resource.region,
  }
}

function resourceOf(estate: Estate, name: string): Resource {
  const resource = estate.resources[name]
  if (resource === undefined) throw new Error(`${estate.provider} has no resource ${name}`)
  return resource
}

function accountOf(estate: Estate, resource: Resource): Account {
  const account = estate.accounts.find(({ id }) => id === resource.account)
  if (account === undefined)
    throw new Error(`${estate.provider} has no account ${resource.account}`)
  return account
}
