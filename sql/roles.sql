-- sqlfluff:dialect:postgres
-- The two roles of a warehouse in PostgreSQL: runs load as closebook_loader, people read as closebook_reader, who sees views only.
-- 'closebook upgrade' runs this when its own role may create roles. Else an administrator runs it once, and 'closebook upgrade' after it,
-- which grants. Neither role has a password until it is given one: \password closebook_reader
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'closebook_loader') then
        create role closebook_loader login;
    end if;
    if not exists (select 1 from pg_roles where rolname = 'closebook_reader') then
        create role closebook_reader login;
    end if;
end
$$;

-- Several questions in one transaction see one state, even when a night's load ends between them.
alter role closebook_reader set default_transaction_isolation = 'repeatable read';
alter role closebook_reader set default_transaction_read_only = on;
alter role closebook_reader set statement_timeout = '60s';
alter role closebook_reader set idle_in_transaction_session_timeout = '15min';
