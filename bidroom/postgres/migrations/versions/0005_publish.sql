-- A published record, once and for all (bidroom/publish).
create table publish.record (
    opening text primary key,
    at      timestamptz not null,
    json    bytea not null,
    pdf     bytea not null
);
