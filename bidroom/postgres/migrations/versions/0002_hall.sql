-- A row a record. Its lock is what gives numbers out; its columns are what boards and alarms ask for.
create table hall.stream (
    stream   text primary key,
    head     integer not null check (head > 0),      -- seq of the last entry
    phase    text not null,
    version  integer not null,
    opens_at timestamptz not null,
    wake_at  timestamptz,                             -- when the rules must hear the clock
    due_at   timestamptz,
    facts    bytea not null                           -- OpeningScheduled, as JSON
);
create index on hall.stream (opens_at);
create index on hall.stream (wake_at) where wake_at is not null;

-- The record itself: the exact bytes that were hashed, never changed and never taken away.
create table hall.entry (
    stream   text not null references hall.stream,
    seq      integer not null check (seq > 0),
    envelope bytea not null,                          -- canonical JSON
    salt     bytea not null check (length(salt) = 32),
    leaf     bytea not null check (length(leaf) = 32),
    root     bytea not null check (length(root) = 32), -- of the tree once this entry was in it
    primary key (stream, seq)
);
create function hall.refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'the record is only ever added to' using errcode = 'restrict_violation';
end $$;
create trigger only_added_to before update or delete on hall.entry
    for each row execute function hall.refuse_change();
create trigger never_emptied before truncate on hall.entry
    for each statement execute function hall.refuse_change();

-- What became of an ask, so that asking again finds it. Written with what it led to.
create table hall.answer (
    role   text not null,
    person text not null,
    ask    text not null,
    stream text not null,
    reply  bytea not null,                            -- Done or Refused, as JSON
    primary key (stream, role, person, ask)
);
