create schema publiclog;

-- Heads of logs that were told to everybody, signed. Of one log and size there is one root, for ever.
create table publiclog.head (
    log  text not null,              -- 'opening/LOT', or 'hall' for the log over all of them
    size int not null check (size > 0),
    root bytea not null check (length(root) = 32),
    note text not null,              -- C2SP signed note, without cosignatures
    at   timestamptz not null,
    primary key (log, size)
);

-- The hall-wide log: every head of an opening's log is a leaf of it, in the order of their telling.
create table publiclog.leaf (
    seq  int primary key,            -- 1, 2, 3, … without a gap
    log  text not null,
    size int not null,
    leaf bytea not null check (length(leaf) = 32),
    foreign key (log, size) references publiclog.head
);
create index on publiclog.leaf (log, size);

-- How large the hall-wide log is, and the roots of its complete subtrees: all that its growth needs.
create table publiclog.hall (
    one   boolean primary key default true check (one),
    size  int not null,
    peaks bytea[] not null
);
insert into publiclog.hall (size, peaks) values (0, '{}');

-- What witnesses said of a head.
create table publiclog.cosignature (
    log     text not null,
    size    int not null,
    witness text not null,
    line    bytea not null,          -- key hash and signature, as the signature line has them
    primary key (log, size, witness),
    foreign key (log, size) references publiclog.head
);
