-- A row a lot. Whoever writes for it before the deadline locks it FOR SHARE and then reads the clock;
-- the freeze locks it FOR UPDATE: so nothing is received in time and yet not frozen.
create table tenders.lot (
    lot           text primary key,
    deadline      timestamptz not null,
    intake_public bytea not null,   -- what is below lies sealed to it; its other half is in no database
    frozen_at     timestamptz
);

-- A bidder's slip: what it did for a lot before the deadline, in order, each step sealed.
create table tenders.slip (
    lot    text not null references tenders.lot,
    ticket bytea not null,          -- HMAC of the bidder under the lot's own key
    seq    integer not null check (seq > 0),
    sealed bytea not null,
    primary key (lot, ticket, seq)
);

create table tenders.upload (
    upload text primary key,        -- random
    lot    text not null references tenders.lot,
    ticket bytea not null,
    digest bytea not null,          -- HMAC of the package's digest: the same package, the same upload
    parts  integer not null check (parts > 0),
    sealed bytea not null,          -- header, key envelope, seal, signature, leaves
    received boolean not null default false,
    unique (lot, ticket, digest)
);

create table tenders.part (
    upload  text not null references tenders.upload,
    section smallint not null,
    part    integer not null,
    primary key (upload, section, part)
);

-- Between key and read-out: section keys and letter, sealed to a key that is in no database.
create table tenders.held (
    lot    text not null references tenders.lot,
    bidder text not null,
    sealed bytea not null,
    body_done boolean not null default false,  -- whether the record says what became of the files
    primary key (lot, bidder)
);
