-- Tenants, scans, findings and attack paths, and who may read them. Instants are always parameters: no statement
-- of the product calls now(). Text columns hold what the domain's words are; the checks keep a typo out.

do $$
begin
  create role tocsin_app nologin;
exception when duplicate_object or unique_violation then null; -- another database of this server made it
end $$;
do $$
begin
  grant tocsin_app to current_user;
exception when unique_violation then null; -- another database of this server granted it at the same moment
end $$;

create table tenants (
  tenant_id text primary key check (tenant_id ~ '^id[A-Za-z0-9-]{0,61}$'),
  name text not null,
  drop_guard_findings integer not null default 50 check (drop_guard_findings >= 0),
  drop_guard_percent integer not null default 50 check (drop_guard_percent between 0 and 100),
  resolved_days integer not null default 7 check (resolved_days between 0 and 365),
  -- The instant in the keys of the newest export: the next one's is later, whatever the clock says.
  last_export_at timestamptz(3)
);

create table scans (
  tenant_id text not null references tenants,
  scan_no bigint generated always as identity,
  scan_id text not null,
  -- Empty until the first report says which scanner this is.
  scanner text not null default '',
  status text not null default 'receiving' check (status in ('receiving', 'completed', 'held', 'failed', 'superseded', 'duplicate')),
  -- Of a duplicate: the completed scan that holds all its reports (L14).
  duplicate_of text,
  -- What opened it. An `ingest` owns its scan while it runs, and one it left behind is swept by the next.
  opened_by text not null check (opened_by in ('ingest', 'open')),
  again boolean not null default false,
  labels text[] not null default '{}',
  opened_at timestamptz(3) not null,
  ended_at timestamptz(3),
  -- T of life-cycle.md: orders scans.
  scan_at timestamptz(3),
  partial boolean not null default false,
  partial_reasons text[] not null default '{}',
  late boolean not null default false,
  -- Names of truncated reports that must be given again before the scan can complete.
  owed_reports text[] not null default '{}',
  -- Units that it covers or holds accepted records of; and those that it covered when it was applied.
  named_units bigint[] not null default '{}',
  covered_units bigint[] not null default '{}',
  -- Findings that it saw or changed outside of those.
  spoken_findings bigint[] not null default '{}',
  -- Why the drop guard holds it.
  losses jsonb,
  -- What it did, as the scan report shows it; null where nothing was applied.
  outcome jsonb,
  primary key (tenant_id, scan_no),
  unique (tenant_id, scan_id)
);
create index scans_by_status on scans (tenant_id, status, scan_no);

create table reports (
  tenant_id text not null,
  report_no bigint generated always as identity,
  scan_no bigint not null,
  name text not null,
  source text not null,
  scanner_version text not null,
  -- SHA-256 of the unpacked report, and of what the uploader said beside it: together they tell a report again (L14).
  content_sha256 bytea not null,
  context_sha256 bytea not null,
  bytes bigint not null,
  -- Accepted findings, attack paths and assets; `staged_rows` are all rows that it has in staged_records.
  records bigint not null,
  rejected bigint not null,
  staged_rows bigint not null,
  received_at timestamptz(3) not null,
  -- When the uploader says that the scan began.
  started_at timestamptz(3),
  -- When the report says that it was made, never later than its receipt.
  reported_at timestamptz(3) not null,
  provider text,
  account_id text,
  region text,
  snapshot text not null check (snapshot in ('observed', 'full', 'incremental')),
  -- Why it says too little for absence to count (L7); empty of a whole report.
  partial_reasons text[] not null,
  attack_path_accounts text[] not null,
  -- Records by evaluation, and what no data table knew, for the scan report.
  statistics jsonb not null,
  primary key (tenant_id, report_no),
  foreign key (tenant_id, scan_no) references scans on delete cascade
);
create index reports_by_scan on reports (tenant_id, scan_no);
create index reports_by_content on reports (tenant_id, content_sha256);

create table rejections (
  tenant_id text not null,
  report_no bigint not null,
  pointer text not null,
  byte_offset bigint not null,
  reason text not null,
  foreign key (tenant_id, report_no) references reports on delete cascade
);
create index rejections_by_report on rejections (tenant_id, report_no);

create table units (
  tenant_id text not null references tenants,
  unit_no bigint generated always as identity,
  -- SHA-256 over scanner, check, provider, account, region.
  unit_key bytea not null,
  scanner text not null,
  check_key text not null,
  provider text not null,
  -- Empty of a unit of attack paths.
  account_id text not null,
  region text not null,
  -- Of a unit of attack paths: every account on them, sorted. Null for findings.
  account_ids text[],
  -- Whether they are the accounts that one whole analysis named: sets that lie within one are covered with it.
  analysed boolean not null default false,
  -- T and scan of the last scan that covered it.
  covered_at timestamptz(3),
  covered_by_scan bigint,
  -- Whether it holds or held a finding, or was covered: what a full snapshot covers. A set of accounts that an analysis
  -- covered without any path over it has a row for that time alone, and is not known.
  known boolean not null default false,
  primary key (tenant_id, unit_no),
  unique (tenant_id, unit_key)
);
create index units_by_account on units (tenant_id, scanner, account_id) where known and account_ids is null;
create index units_of_attack_paths on units (tenant_id, scanner) where account_ids is not null;

create table assets (
  tenant_id text not null references tenants,
  asset_no bigint generated always as identity,
  -- SHA-256 over provider, account, region (empty where the id is globally unique), id.
  asset_key bytea not null,
  provider text not null,
  account_id text not null,
  region text not null,
  asset_id text not null,
  -- For look-up by id: under row-level security a function of the column could not be looked up in an index.
  asset_id_hash bigint not null generated always as (hashtextextended(asset_id, 0)) stored,
  name text not null default '',
  native_type text not null default '',
  resource_type text not null,
  scanner_labels text[] not null default '{}',
  user_labels text[] not null default '{}',
  -- The labels as JSON strings, escaped as records need it: SQL's own escaping leaves U+2028 raw.
  scanner_labels_json text[] not null default '{}',
  user_labels_json text[] not null default '{}',
  -- A person's Ignore, never a scanner's.
  ignored boolean not null default false,
  primary key (tenant_id, asset_no),
  unique (tenant_id, asset_key)
);
create index assets_ignored on assets (tenant_id, asset_no) where ignored;
create index assets_by_id on assets (tenant_id, asset_id_hash);

create table findings (
  tenant_id text not null references tenants,
  finding_no bigint generated always as identity,
  fingerprint bytea not null,
  alert_id text not null,
  detection_type text not null check (detection_type in ('security_finding', 'attack_path')),
  -- Unit of the last fail or suppressed_upstream that was applied to it.
  unit_no bigint not null,
  -- The main asset; of an attack path its entry.
  asset_no bigint not null,
  severity smallint not null check (severity between 0 and 4),
  title text not null,
  risk_category text not null,
  source_id text not null,
  state text not null check (state in ('open', 'resolved')),
  first_seen_at timestamptz(3) not null,
  -- Last seen is the later of this and the unit's covered_at while the finding is open, so that a covering scan
  -- moves one row a unit and not one a finding.
  seen_at timestamptz(3) not null,
  resolved_at timestamptz(3),
  resolved_cause text check (resolved_cause in ('passed', 'closed_upstream', 'not_reported')),
  reopened_count integer not null default 0,
  changed_by_scan bigint not null,
  change text not null check (change in ('created', 'updated', 'resolved', 'reopened')),
  suppressed_upstream boolean not null,
  decision text check (decision in ('dismissed', 'snoozed')),
  decision_reason text,
  decision_comment text,
  decision_until timestamptz(3),
  decision_by text,
  decision_at timestamptz(3),
  -- When the last decision ended by being restored; one that ran out ended at its `until`.
  decision_ended_at timestamptz(3),
  -- Digest of what the record says but its times.
  content_digest bytea not null,
  -- The record's JSON in the order of siem-record.v1.schema.json, each part `,"name":value…` or empty. Head and
  -- labels stand between them; siem-strict leaves out facts, remediation and assets.
  body_identity text not null,
  body_facts text not null,
  body_description text not null,
  body_remediation text not null,
  body_resources text not null,
  body_assets text not null,
  body_risk text not null,
  -- The scanner's labels of the main asset in this record, each as a JSON string.
  labels_json text[] not null,
  -- Why its record cannot be made valid; such a one is never exported.
  quarantined text,
  primary key (tenant_id, finding_no),
  unique (tenant_id, fingerprint),
  unique (tenant_id, alert_id),
  foreign key (tenant_id, unit_no) references units,
  foreign key (tenant_id, asset_no) references assets
);
create index findings_open_by_unit on findings (tenant_id, unit_no) where state = 'open';
create index findings_by_unit on findings (tenant_id, unit_no);
create index findings_by_asset on findings (tenant_id, asset_no);
create index findings_decided on findings (tenant_id, finding_no) where decision is not null;
create index findings_by_severity on findings (tenant_id, detection_type, severity, finding_no);

create table attack_paths (
  tenant_id text not null,
  finding_no bigint not null,
  target_asset_no bigint not null,
  account_ids text[] not null,
  -- Arrays of asset ids, as the record shows them.
  routes json not null,
  risk_score smallint not null check (risk_score between 0 and 100),
  primary key (tenant_id, finding_no),
  foreign key (tenant_id, finding_no) references findings on delete cascade,
  foreign key (tenant_id, target_asset_no) references assets
);
create index attack_paths_by_target on attack_paths (tenant_id, target_asset_no);

create table finding_events (
  tenant_id text not null,
  event_no bigint generated always as identity,
  finding_no bigint not null,
  at timestamptz(3) not null,
  kind text not null check (kind in ('created', 'updated', 'resolved', 'reopened', 'dismissed', 'snoozed', 'restored')),
  scan_no bigint,
  by text,
  -- Of a resolution its cause, of a person's decision its reason, comment and instant.
  details jsonb,
  primary key (tenant_id, event_no),
  foreign key (tenant_id, finding_no) references findings on delete cascade
);
create index finding_events_by_finding on finding_events (tenant_id, finding_no, event_no);

create table audit_log (
  tenant_id text not null references tenants,
  entry_no bigint generated always as identity,
  at timestamptz(3) not null,
  by text not null,
  action text not null,
  subject text not null,
  before jsonb,
  after jsonb,
  primary key (tenant_id, entry_no)
);

-- Rows of reports on their way into findings: filled by COPY, which refuses a table under row-level security, and
-- reached through its scan alone. Unlogged: after a crash of the server it is empty, and each report knows how many
-- rows it had here.
create unlogged table staged_records (
  scan_no bigint not null,
  report_no bigint not null,
  -- finding, attack_path, unit (covered or named), asset
  kind text not null,
  fingerprint bytea,
  alert_id text,
  unit_key bytea,
  asset_key bytea,
  -- Ranks of the domain: evaluation 0 fail … 4 closed_upstream, severity 0 Information … 4 Critical.
  evaluation smallint,
  severity smallint,
  first_seen_at timestamptz(3),
  content_digest bytea,
  title text,
  risk_category text,
  source_id text,
  body_identity text,
  body_facts text,
  body_description text,
  body_remediation text,
  body_resources text,
  body_assets text,
  body_risk text,
  labels text[],
  labels_json text[],
  quarantined text,
  target_key bytea,
  account_ids text[],
  routes text,
  risk_score smallint,
  -- Of a unit: what it is, whether the report holds a fail or pass of it, and whether a rejected record named it.
  check_key text,
  provider text,
  account_id text,
  region text,
  covers boolean,
  rejected boolean,
  -- Of an asset, beside provider, account and region.
  asset_id text,
  name text,
  native_type text,
  resource_type text
);
create index staged_records_by_scan on staged_records (scan_no, kind);
