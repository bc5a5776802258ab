create table people.staff (
    id   text primary key,           -- serialNumber of the certificate's subject
    name text not null
);

-- What a person was given to sign, once. Whose it is and for which lot is inside the sealed part.
create table people.challenge (
    nonce   bytea primary key,       -- HMAC of the nonce
    sealed  bytea not null,
    expires timestamptz not null,
    spent   boolean not null default false
);
create index on people.challenge (expires);

-- One-time tickets for the line.
create table people.ticket (
    ticket  bytea primary key,       -- HMAC of the ticket
    sealed  bytea not null,
    expires timestamptz not null,
    spent   boolean not null default false
);
create index on people.ticket (expires);

-- Sessions that were ended before their time.
create table people.ended (
    session bytea primary key,       -- HMAC of the session's id
    expires timestamptz not null
);

-- Authorities between a trusted root and somebody who logged in. They name no bidder.
create table people.issuer (
    fingerprint text primary key,
    der         bytea not null
);
