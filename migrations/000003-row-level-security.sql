-- The application connects as tocsin_app and sees one tenant: the one that its transaction names. A query that forgets
-- the tenant reads nothing. The setting is read once a statement, not once a row.
do $$
declare
  name text;
begin
  foreach name in array array[
    'tenants', 'scans', 'reports', 'rejections', 'units', 'assets', 'findings', 'attack_paths', 'finding_events',
    'audit_log', 'destinations', 'alert_rules', 'rule_destinations', 'export_runs', 'export_parts', 'deliveries', 'attempts'
  ] loop
    execute format('alter table %I enable row level security', name);
    execute format(
      'create policy one_tenant on %I to tocsin_app using (tenant_id = (select current_setting(''tocsin.tenant_id'', true))) '
      'with check (tenant_id = (select current_setting(''tocsin.tenant_id'', true)))', name);
    execute format('grant select, insert, update, delete on %I to tocsin_app', name);
  end loop;
end $$;

-- A completion works in temporary tables, which some installations take from everybody.
do $$
begin
  execute format('grant temporary on database %I to tocsin_app', current_database());
end $$;

-- Written once, read for ever.
revoke update, delete on audit_log from tocsin_app;
-- Tenants are made by migrations and the owner.
revoke insert, delete on tenants from tocsin_app;
grant select, insert, update, delete on staged_records to tocsin_app;
-- A report has its number before it has its row.
grant usage on sequence reports_report_no_seq to tocsin_app;

-- The one thing that a worker must know across tenants: whom to work for.
create function tocsin_tenant_ids() returns setof text
  language sql stable security definer set search_path = pg_catalog
  as $$ select tenant_id from public.tenants order by tenant_id $$;
revoke execute on function tocsin_tenant_ids() from public;
grant execute on function tocsin_tenant_ids() to tocsin_app;

insert into tenants (tenant_id, name) values ('id-default', 'Default');
