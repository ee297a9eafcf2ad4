-- Where exports go, what was made to be sent, and what became of it.

create table destinations (
  tenant_id text not null references tenants,
  destination_no bigint generated always as identity,
  destination_id text not null,
  name text not null,
  type text not null,
  config jsonb not null,
  record_format text not null,
  framing text not null,
  compression text not null,
  created_at timestamptz(3) not null,
  removed_at timestamptz(3),
  paused_at timestamptz(3),
  -- by a person, or by an outcome that only a person or a changed world can mend
  paused_by text check (paused_by in ('person', 'misconfigured', 'rejected', 'key_occupied')),
  paused_reason text,
  -- When a destination paused as misconfigured is tried again by itself.
  probe_at timestamptz(3),
  last_success_at timestamptz(3),
  -- One drain at a time: whoever holds the lease. The fence grows with every holder, so that one who lost it records nothing.
  lease_owner text,
  lease_fence bigint not null default 0,
  lease_until timestamptz(3),
  -- Whether its holder also held the destination's name (store/holds.ts): then whoever gets that name knows it is dead.
  lease_with_hold boolean not null default false,
  primary key (tenant_id, destination_no),
  unique (tenant_id, destination_id)
);
create unique index destinations_by_name on destinations (tenant_id, name) where removed_at is null;

create table alert_rules (
  tenant_id text not null references tenants,
  rule_no bigint generated always as identity,
  rule_id text not null,
  name text not null,
  event_type text not null check (event_type = 'siem'),
  enabled boolean not null default true,
  -- What an export holds: the units that the scan covers and what it saw, or all open findings of the tenant.
  full_export text not null default 'coverage' check (full_export in ('coverage', 'tenant')),
  created_at timestamptz(3) not null,
  removed_at timestamptz(3),
  primary key (tenant_id, rule_no),
  unique (tenant_id, rule_id)
);
create unique index alert_rules_by_name on alert_rules (tenant_id, name) where removed_at is null;

create table rule_destinations (
  tenant_id text not null,
  rule_no bigint not null,
  destination_no bigint not null,
  primary key (tenant_id, rule_no, destination_no),
  foreign key (tenant_id, rule_no) references alert_rules,
  foreign key (tenant_id, destination_no) references destinations
);
create index rule_destinations_by_destination on rule_destinations (tenant_id, destination_no);

create table export_runs (
  tenant_id text not null references tenants,
  run_no bigint generated always as identity,
  export_id text not null,
  kind text not null check (kind in ('scan', 'replay', 'manual')),
  scan_no bigint not null,
  rule_no bigint not null,
  record_format text not null,
  framing text not null,
  compression text not null,
  -- The instant in its keys; ascends from run to run of a tenant.
  export_at timestamptz(3) not null,
  created_at timestamptz(3) not null,
  previous_export_id text,
  replay_of text,
  -- As in the manifest: records by type, resolved, quarantined, truncated, excluded by reason.
  counts jsonb not null,
  primary key (tenant_id, run_no),
  unique (tenant_id, export_id),
  foreign key (tenant_id, scan_no) references scans,
  foreign key (tenant_id, rule_no) references alert_rules
);
-- One export a completed scan, rule and form of record, whoever completes it and however often.
create unique index export_runs_once on export_runs (tenant_id, scan_no, rule_no, record_format, framing, compression) where kind = 'scan';

create table export_parts (
  tenant_id text not null,
  part_no bigint generated always as identity,
  run_no bigint not null,
  stream text not null check (stream in ('security_findings', 'attack_paths', 'manifests')),
  number integer not null,
  key text not null,
  bytes bytea not null,
  content_type text not null,
  content_sha256 text not null,
  content_bytes bigint not null,
  records bigint not null,
  metadata jsonb not null,
  primary key (tenant_id, part_no),
  unique (tenant_id, key),
  foreign key (tenant_id, run_no) references export_runs
);
-- The bytes are compressed already.
alter table export_parts alter column bytes set storage external;
create index export_parts_by_run on export_parts (tenant_id, run_no, part_no);

create table deliveries (
  tenant_id text not null,
  -- Publishing order: a destination's deliveries go out by this number, one after the other.
  delivery_no bigint generated always as identity,
  delivery_id text not null,
  part_no bigint not null,
  destination_no bigint not null,
  status text not null default 'pending' check (status in ('pending', 'delivered', 'cancelled')),
  due_at timestamptz(3) not null,
  attempts integer not null default 0,
  receipt text,
  ended_at timestamptz(3),
  cancel_reason text,
  primary key (tenant_id, delivery_no),
  unique (tenant_id, delivery_id),
  unique (tenant_id, destination_no, part_no),
  foreign key (tenant_id, part_no) references export_parts,
  foreign key (tenant_id, destination_no) references destinations
);
create index deliveries_pending on deliveries (tenant_id, destination_no, delivery_no) where status = 'pending';
create index deliveries_by_part on deliveries (tenant_id, part_no);

create table attempts (
  tenant_id text not null,
  delivery_no bigint not null,
  number integer not null,
  worker text not null,
  -- Committed before the request leaves; finished_at stays empty where the worker died on the way.
  started_at timestamptz(3) not null,
  finished_at timestamptz(3),
  outcome text check (outcome in ('delivered', 'retryable', 'rejected', 'misconfigured', 'key_occupied', 'bug')),
  reason text,
  primary key (tenant_id, delivery_no, number),
  foreign key (tenant_id, delivery_no) references deliveries on delete cascade
);
