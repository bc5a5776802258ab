-- What is to be time-stamped, and what was. Whose it is stands inside the sealed part.
create table tenders.stamp (
    id      bytea primary key,       -- HMAC of bidder and statement
    lot     text not null references tenders.lot,
    sealed  bytea not null,
    stamped boolean not null default false
);
create index on tenders.stamp (lot) where not stamped;
