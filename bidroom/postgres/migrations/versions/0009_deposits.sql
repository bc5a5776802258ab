-- The ledger of deposits. Rows of `transfer` are written once and never changed; everything else
-- (balances, numbers, the chain of days) follows from them, in triggers, so that nobody who can
-- write at all can write anything unbalanced. bidroom/deposits/ledger.py decides the same, purely.

-- Two roles that nobody logs in as: one owns the ledger, the other may only post to it and read it.
do $$
declare
    role text;
begin
    foreach role in array array['bidroom_ledger_owner', 'bidroom_ledger_clerk'] loop
        if not exists (select from pg_roles where rolname = role) then
            begin
                execute format('create role %I nologin', role);
            exception when duplicate_object or unique_violation then
                null;  -- another database of this server was migrated at the same instant
            end;
        end if;
        begin
            execute format('set local role %I', role);
            reset role;
        exception when insufficient_privilege then
            execute format('grant %I to current_user', role);
        end;
    end loop;
exception when insufficient_privilege then
    raise exception using
        errcode = 'insufficient_privilege',
        message = '数据库用户无权建立角色 / the database''s user may not create roles',
        hint = format('As an administrator: create role bidroom_ledger_owner nologin; '
            'create role bidroom_ledger_clerk nologin; '
            'grant bidroom_ledger_owner, bidroom_ledger_clerk to %I;', current_user);
end $$;

create schema deposits authorization bidroom_ledger_owner;
set local role bidroom_ledger_owner;

-- An account. `rule` 1: what it holds (a bank account), credits never above debits;
-- 2: what it owes (a deposit), debits never above credits, what is pending included; 0: neither.
create table deposits.account (
    id              uuid primary key,
    ledger          smallint not null check (ledger in (1, 2)),  -- 1 money, 2 guarantees
    rule            smallint not null check (rule in (0, 1, 2)),
    name            text not null unique check (length(name) between 1 and 200),
    debits_posted   bigint not null default 0,  -- fen
    credits_posted  bigint not null default 0,
    debits_pending  bigint not null default 0,
    credits_pending bigint not null default 0,
    constraint within_range check (
        debits_posted between 0 and 4500000000000000000
        and credits_posted between 0 and 4500000000000000000
        and debits_pending between 0 and 4500000000000000000
        and credits_pending between 0 and 4500000000000000000),
    constraint holds_what_it_gives
        check (rule <> 1 or credits_posted + credits_pending <= debits_posted),
    constraint owes_what_it_pays
        check (rule <> 2 or debits_posted + debits_pending <= credits_posted)
) with (fillfactor = 50);  -- balances change in place

-- One debit, one credit, one amount: a row can't be unbalanced.
-- kind 1 post · 2 pend (reserve) · 3 confirm what is pending · 4 void it · 5 reverse what is posted
create table deposits.transfer (
    seq       bigint primary key,               -- 1, 2, 3, … without a gap
    id        uuid not null unique,             -- made by whoever asks
    chain     uuid not null,                    -- the id of the first leg of those posted together
    leg       smallint not null,                -- 0, 1, 2, …
    legs      smallint not null check (legs between 1 and 16),
    debit     uuid not null,
    credit    uuid not null,
    amount    bigint not null check (amount between 1 and 9000000000000000),  -- fen
    kind      smallint not null check (kind between 1 and 5),
    refers    uuid,                             -- what is confirmed, voided or reversed
    purpose   smallint not null check (purpose between 1 and 99),
    source    text not null check (length(source) <= 200),  -- the bank's line, or the order
    posted_at timestamptz not null,
    constraint two_accounts check (debit <> credit),
    constraint refers_if_it_must check ((kind >= 3) = (refers is not null)),
    constraint leg_of_its_chain check (leg >= 0 and leg < legs and (leg = 0) = (id = chain))
);
-- What is pending is settled once, what is posted is reversed once.
create unique index transfer_refers on deposits.transfer (refers) where refers is not null;

-- The last number and instant. Whoever posts holds this row: one writer at a time.
create table deposits.head (
    one boolean primary key default true check (one),
    seq bigint not null,
    at  timestamptz not null
);
insert into deposits.head (seq, at) values (0, '-infinity');

-- A day (UTC+8) that is over: the hash of its transfers, chained to that of the day closed before.
create table deposits.day (
    day      date primary key,
    last_seq bigint not null,           -- of its last transfer, or of an earlier day's
    previous bytea not null,
    hash     bytea not null unique check (length(hash) = 32)
);

create function deposits.never() returns trigger language plpgsql as $$
begin
    raise exception 'the ledger is never changed: correct it by a reversal'
        using errcode = 'restrict_violation';
end $$;

create trigger never before update or delete or truncate on deposits.transfer
    for each statement execute function deposits.never();
create trigger never before update or delete or truncate on deposits.day
    for each statement execute function deposits.never();
create trigger never before delete or truncate on deposits.account
    for each statement execute function deposits.never();
create trigger never before delete or truncate on deposits.head
    for each statement execute function deposits.never();
-- Balances and numbers change by the triggers below, and by nobody's own statement.
create trigger not_by_hand before update on deposits.account
    for each statement when (pg_trigger_depth() = 0) execute function deposits.never();
create trigger not_by_hand before update on deposits.head
    for each statement when (pg_trigger_depth() = 0) execute function deposits.never();

create function deposits.opens_empty() returns trigger language plpgsql as $$
begin
    if (new.debits_posted, new.credits_posted, new.debits_pending, new.credits_pending)
        <> (0, 0, 0, 0) then
        raise exception 'an account begins with nothing' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger opens_empty before insert on deposits.account
    for each row execute function deposits.opens_empty();

-- Books what was inserted: numbers, what it refers to, both accounts' balances.
create function deposits.book() returns trigger language plpgsql as $$
declare
    head deposits.head;
    told record;
    booked bigint;
begin
    select * into strict head from deposits.head for update;
    select count(*) as many, min(seq) as first, max(seq) as last, min(posted_at) as earliest,
        max(posted_at) as latest, count(refers) as referring into told from added;
    if told.many = 0 then
        return null;
    end if;
    if told.first <> head.seq + 1 or told.last <> head.seq + told.many
        or told.earliest < head.at then
        raise exception 'a transfer out of its order' using errcode = 'check_violation';
    end if;
    if told.referring > 0 and exists (
        select from added t left join deposits.transfer p on p.id = t.refers and p.seq < t.seq
        where t.refers is not null and (p.id is null or not (
            case when t.kind = 5 then p.kind in (1, 3)
                and (p.debit, p.credit, p.amount) = (t.credit, t.debit, t.amount)
            else p.kind = 2 and (p.debit, p.credit, p.amount) = (t.debit, t.credit, t.amount) end))
    ) then
        raise exception 'it is not what it refers to' using errcode = 'foreign_key_violation';
    end if;
    if exists (
        select from added t
        left join deposits.account d on d.id = t.debit left join deposits.account c on c.id = t.credit
        where d.ledger is distinct from c.ledger or d.ledger is null
    ) then
        raise exception 'no such account, or one of another ledger'
            using errcode = 'foreign_key_violation';
    end if;
    update deposits.account a set
        debits_posted = a.debits_posted + b.debits,
        credits_posted = a.credits_posted + b.credits,
        debits_pending = a.debits_pending + b.debits_held,
        credits_pending = a.credits_pending + b.credits_held
    from (
        select s.account,
            coalesce(sum(s.amount) filter (where s.debit and s.kind in (1, 3, 5)), 0) as debits,
            coalesce(sum(s.amount) filter (where not s.debit and s.kind in (1, 3, 5)), 0) as credits,
            coalesce(sum(case s.kind when 2 then s.amount else -s.amount end)
                filter (where s.debit and s.kind in (2, 3, 4)), 0) as debits_held,
            coalesce(sum(case s.kind when 2 then s.amount else -s.amount end)
                filter (where not s.debit and s.kind in (2, 3, 4)), 0) as credits_held
        from (
            select debit as account, true as debit, amount, kind from added
            union all
            select credit, false, amount, kind from added
        ) s group by s.account
    ) b where a.id = b.account;
    update deposits.head set seq = told.last, at = told.latest;
    return null;
end $$;
create trigger book after insert on deposits.transfer
    referencing new table as added for each statement execute function deposits.book();

-- Why one leg may not be booked as the ledger stands now; null if it may.
create function deposits.objection(
    debit_ uuid, credit_ uuid, amount_ bigint, kind_ smallint, refers_ uuid
) returns text language plpgsql stable as $$
declare
    d deposits.account;
    c deposits.account;
    p deposits.transfer;
    posted numeric := case when kind_ in (1, 3, 5) then amount_ else 0 end;
    held numeric := case kind_ when 2 then amount_ when 3 then -amount_ when 4 then -amount_ else 0 end;
begin
    select * into d from deposits.account where id = debit_;
    select * into c from deposits.account where id = credit_;
    if d.id is null or c.id is null then
        return 'no_such_account';
    end if;
    if d.ledger <> c.ledger then
        return 'ledgers_differ';
    end if;
    if refers_ is not null then
        select * into p from deposits.transfer where id = refers_;
        if p.id is null then
            return 'no_such_transfer';
        end if;
        if kind_ = 5 then
            if p.kind not in (1, 3) then
                return 'not_posted';
            end if;
            if (p.debit, p.credit, p.amount) <> (credit_, debit_, amount_) then
                return 'terms_differ';
            end if;
        else
            if p.kind <> 2 then
                return 'not_pending';
            end if;
            if (p.debit, p.credit, p.amount) <> (debit_, credit_, amount_) then
                return 'terms_differ';
            end if;
        end if;
        if exists (select from deposits.transfer where refers = refers_) then
            return 'already_settled';
        end if;
    end if;
    if greatest(d.debits_posted + posted, c.credits_posted + posted,
            d.debits_pending + held, c.credits_pending + held) > 4500000000000000000 then
        return 'total_too_large';
    end if;
    if d.rule = 2 and d.debits_posted + posted + d.debits_pending + held > d.credits_posted then
        return 'not_enough';
    end if;
    if c.rule = 1 and c.credits_posted + posted + c.credits_pending + held > c.debits_posted then
        return 'not_enough';
    end if;
    return null;
end $$;

-- Posts asks, each a chain of one or more legs that stand or fall together, in their order; `asks`
-- says which ask a leg belongs to (1, 2, 3, …), and legs of one ask stand beside each other.
-- Answers each: 'posted' with the number and instant of its first leg, now or when it was first
-- asked; or the reason why not, and the leg. Only what is posted leaves anything behind.
create function deposits.post(
    asks int[], ids uuid[], chains uuid[], leg_nos smallint[], leg_counts smallint[],
    debits uuid[], credits uuid[], amounts bigint[], kinds smallint[], refs uuid[],
    purposes smallint[], sources text[]
) returns table (ask int, verdict text, leg smallint, seq bigint, at timestamptz)
language plpgsql security definer
set search_path = pg_catalog, pg_temp
set enable_seqscan = off  -- a few legs against tables that grow for years: always by index
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
    many int := coalesce(array_length(ids, 1), 0);
    last_seq bigint;
    now_at timestamptz;
    known int[];
    met boolean;
    plain boolean;
begin
    select h.seq, greatest(h.at, clock_timestamp()) into strict last_seq, now_at
        from deposits.head h for update;
    met := exists (select from unnest(ids) i join deposits.transfer t on t.id = i);
    if met then
        known := array(
            select l.ask from unnest(asks, ids, chains, leg_nos, leg_counts, debits, credits,
                amounts, kinds, refs, purposes, sources) l (ask, id, chain, leg, legs, debit,
                credit, amount, kind, refers, purpose, source)
            left join deposits.transfer t on t.id = l.id and t.chain = l.chain and t.leg = l.leg
                and t.legs = l.legs and t.debit = l.debit and t.credit = l.credit
                and t.amount = l.amount and t.kind = l.kind
                and t.refers is not distinct from l.refers
                and t.purpose = l.purpose and t.source = l.source
            group by l.ask having count(*) = count(t.seq) and count(*) = min(l.legs));
        return query
            select asks[o.at], 'posted', 0::smallint, t.seq, t.posted_at
            from unnest(ids) with ordinality o (id, at) join deposits.transfer t on t.id = o.id
            where leg_nos[o.at] = 0 and asks[o.at] = any (known);
        if cardinality(known) = asks[many] then
            return;
        end if;
        return query select * from deposits.post_singly(last_seq, now_at, known, asks, ids, chains,
            leg_nos, leg_counts, debits, credits, amounts, kinds, refs, purposes, sources);
        return;
    end if;
    -- All of it at once if no order of these legs could run into a rule: what each account gives
    -- away is measured without what it gets. Otherwise each ask by itself.
    plain := (select count(distinct i) = many from unnest(ids) i)
        and (select count(distinct r) = count(r) from unnest(refs) r)
        and not exists (
            select from unnest(debits, credits, amounts, kinds, refs)
                l (debit, credit, amount, kind, refers)
            left join deposits.account d on d.id = l.debit
            left join deposits.account c on c.id = l.credit
            where d.ledger is distinct from c.ledger or d.ledger is null)
        and not exists (
            select from unnest(debits, credits, amounts, kinds, refs)
                l (debit, credit, amount, kind, refers)
            left join deposits.transfer p on p.id = l.refers
            left join deposits.transfer s on s.refers = l.refers
            where l.refers is not null and (s.id is not null or p.id is null or not (
                case when l.kind = 5 then p.kind in (1, 3)
                    and (p.debit, p.credit, p.amount) = (l.credit, l.debit, l.amount)
                else p.kind = 2
                    and (p.debit, p.credit, p.amount) = (l.debit, l.credit, l.amount) end)))
        and not exists (
            select from (
                select s.account,
                    coalesce(sum(s.amount) filter (where s.debit), 0) as debits,
                    coalesce(sum(s.amount) filter (where not s.debit), 0) as credits
                from (
                    select l.debit as account, true as debit, l.amount
                    from unnest(debits, amounts, kinds) l (debit, amount, kind)
                    where l.kind in (1, 2, 5)
                    union all
                    select l.credit, false, l.amount
                    from unnest(credits, amounts, kinds) l (credit, amount, kind)
                    where l.kind in (1, 2, 5)
                ) s group by s.account
            ) g join deposits.account a on a.id = g.account
            where (a.rule = 2
                    and a.debits_posted + a.debits_pending + g.debits > a.credits_posted)
                or (a.rule = 1
                    and a.credits_posted + a.credits_pending + g.credits > a.debits_posted)
                or a.debits_posted + a.debits_pending + g.debits > 4500000000000000000
                or a.credits_posted + a.credits_pending + g.credits > 4500000000000000000);
    if not plain then
        return query select * from deposits.post_singly(last_seq, now_at, '{}', asks, ids, chains,
            leg_nos, leg_counts, debits, credits, amounts, kinds, refs, purposes, sources);
        return;
    end if;
    insert into deposits.transfer
        select last_seq + l.n, l.id, l.chain, l.leg, l.legs, l.debit, l.credit, l.amount, l.kind,
            l.refers, l.purpose, l.source, now_at
        from unnest(ids, chains, leg_nos, leg_counts, debits, credits, amounts, kinds, refs,
            purposes, sources) with ordinality l (id, chain, leg, legs, debit, credit, amount,
            kind, refers, purpose, source, n);
    return query
        select a.ask, 'posted', 0::smallint, last_seq + a.n, now_at
        from unnest(asks, leg_nos) with ordinality a (ask, leg, n) where a.leg = 0;
end $$;

-- The same, ask by ask; `known` are those that were answered already.
create function deposits.post_singly(
    last_seq bigint, now_at timestamptz, known int[],
    asks int[], ids uuid[], chains uuid[], leg_nos smallint[], leg_counts smallint[],
    debits uuid[], credits uuid[], amounts bigint[], kinds smallint[], refs uuid[],
    purposes smallint[], sources text[]
) returns table (ask int, verdict text, leg smallint, seq bigint, at timestamptz)
language plpgsql as $$
declare
    many int := array_length(ids, 1);
    first int := 1;
    past int;      -- the leg after the last one of this ask
    found_ int;    -- how many of its legs are in the ledger, whatever they say
    same int;      -- and how many say the same, counted from the first
    earlier deposits.transfer;
    no text;
begin
    while first <= many loop
        past := first;
        while past <= many and asks[past] = asks[first] loop
            past := past + 1;
        end loop;
        if asks[first] = any (known) then
            first := past;
            continue;
        end if;
        found_ := 0;
        same := 0;
        for n in first .. past - 1 loop
            select * into earlier from deposits.transfer t where t.id = ids[n];
            if earlier.id is not null then
                found_ := found_ + 1;
            end if;
            if same = n - first and earlier.id is not null
                and (earlier.chain, earlier.leg, earlier.legs, earlier.debit, earlier.credit,
                    earlier.amount, earlier.kind, earlier.purpose, earlier.source)
                = (chains[n], leg_nos[n], leg_counts[n], debits[n], credits[n],
                    amounts[n], kinds[n], purposes[n], sources[n])
                and earlier.refers is not distinct from refs[n] then
                same := same + 1;
            end if;
        end loop;
        ask := asks[first];
        seq := null;
        at := null;
        if same = past - first then
            verdict := 'posted';
            leg := 0;
            select t.seq, t.posted_at into seq, at from deposits.transfer t where t.id = ids[first];
        elsif found_ > 0 then
            verdict := 'exists_with_other_content';
            leg := same;
        else
            begin
                for n in first .. past - 1 loop
                    no := deposits.objection(debits[n], credits[n], amounts[n], kinds[n], refs[n]);
                    if no is not null then
                        leg := n - first;
                        raise exception using errcode = 'BR001', message = no;
                    end if;
                    insert into deposits.transfer values (last_seq + 1 + n - first, ids[n],
                        chains[n], leg_nos[n], leg_counts[n], debits[n], credits[n], amounts[n],
                        kinds[n], refs[n], purposes[n], sources[n], now_at);
                end loop;
                verdict := 'posted';
                leg := 0;
                seq := last_seq + 1;
                at := now_at;
                last_seq := last_seq + past - first;
            exception when sqlstate 'BR001' then
                verdict := sqlerrm;
            end;
        end if;
        return next;
        first := past;
    end loop;
end $$;

-- Opens accounts; one that is there already with the same ledger, rule and name stays as it is.
-- Answers those that are there with others.
create function deposits.open_accounts(
    ids uuid[], ledgers smallint[], rules smallint[], names text[]
) returns setof uuid
language sql security definer set search_path = pg_catalog, pg_temp as $$
    insert into deposits.account (id, ledger, rule, name)
        select * from unnest(ids, ledgers, rules, names) on conflict do nothing;
    select w.id from unnest(ids, ledgers, rules, names) w (id, ledger, rule, name)
    where not exists (select from deposits.account a
        where (a.id, a.ledger, a.rule, a.name) = (w.id, w.ledger, w.rule, w.name));
$$;

-- What a transfer says, as the text that is hashed; `source` is last, so no two rows say the same.
create function deposits.said(t deposits.transfer) returns text language sql immutable as $$
    select concat_ws('|', t.seq, t.id, t.chain, t.leg, t.legs, t.debit, t.credit, t.amount, t.kind,
        coalesce(t.refers::text, '-'), t.purpose,
        (extract(epoch from t.posted_at) * 1000000)::bigint, t.source)
$$;

create function deposits.day_of(instant timestamptz) returns date language sql immutable as $$
    select ((instant at time zone 'UTC') + interval '8 hours')::date
$$;

-- sha256(the day before's hash ‖ the day ‖ sha256 of each transfer's text, in their order)
create function deposits.hash_of(day_ date, previous bytea, from_seq bigint, to_seq bigint)
returns bytea language sql stable as $$
    select sha256(previous || convert_to(to_char(day_, 'YYYY-MM-DD'), 'UTF8') || coalesce(
        string_agg(sha256(convert_to(deposits.said(t), 'UTF8')), ''::bytea order by t.seq), ''))
    from deposits.transfer t where t.seq > from_seq and t.seq <= to_seq
$$;

-- Closes every day up to `day_` that had transfers and is over; answers how many it closed.
create function deposits.close_days(day_ date) returns int
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    last deposits.day;
    found_ record;
    closed int := 0;
begin
    perform from deposits.head for update;
    if day_ >= deposits.day_of(clock_timestamp()) then
        raise exception 'the day is not over' using errcode = 'check_violation';
    end if;
    select * into last from deposits.day order by day desc limit 1;
    for found_ in
        select deposits.day_of(t.posted_at) as day, max(t.seq) as seq from deposits.transfer t
        where t.seq > coalesce(last.last_seq, 0) and deposits.day_of(t.posted_at) <= day_
        group by 1 order by 1
    loop
        insert into deposits.day values (found_.day, found_.seq, coalesce(last.hash, ''),
            deposits.hash_of(found_.day, coalesce(last.hash, ''), coalesce(last.last_seq, 0),
                found_.seq)) returning * into last;
        closed := closed + 1;
    end loop;
    return closed;
end $$;

-- What does not hold. There is never a row in it.
create view deposits.ledger_audit as
    with side as (
        select debit as account, true as debit, amount, kind from deposits.transfer
        union all
        select credit, false, amount, kind from deposits.transfer
    ), rebuilt as (
        select account,
            coalesce(sum(amount) filter (where debit and kind in (1, 3, 5)), 0) as debits_posted,
            coalesce(sum(amount) filter (where not debit and kind in (1, 3, 5)), 0) as credits_posted,
            coalesce(sum(case kind when 2 then amount else -amount end)
                filter (where debit and kind in (2, 3, 4)), 0) as debits_pending,
            coalesce(sum(case kind when 2 then amount else -amount end)
                filter (where not debit and kind in (2, 3, 4)), 0) as credits_pending
        from side group by account
    ), referring as (
        select t.id, t.kind, t.seq, t.debit, t.credit, t.amount, p.kind as to_kind, p.seq as to_seq,
            p.debit as to_debit, p.credit as to_credit, p.amount as to_amount
        from deposits.transfer t left join deposits.transfer p on p.id = t.refers
        where t.refers is not null
    ), days as (
        select d.*, coalesce(lag(d.hash) over w, '') as before,
            coalesce(lag(d.last_seq) over w, 0) as from_seq
        from deposits.day d window w as (order by d.day)
    )
    select 'ledger_unbalanced' as what, ledger::text as which from deposits.account group by ledger
        having sum(debits_posted) <> sum(credits_posted)
            or sum(debits_pending) <> sum(credits_pending)
    union all
    select 'balance_not_rebuilt', coalesce(a.id, r.account)::text
        from deposits.account a full join rebuilt r on r.account = a.id
        where (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
            is distinct from (coalesce(r.debits_posted, 0), coalesce(r.credits_posted, 0),
                coalesce(r.debits_pending, 0), coalesce(r.credits_pending, 0))
    union all
    select 'rule_broken', id::text from deposits.account
        where (rule = 1 and credits_posted + credits_pending > debits_posted)
            or (rule = 2 and debits_posted + debits_pending > credits_posted)
    union all
    select 'ledgers_mixed', t.id::text from deposits.transfer t
        left join deposits.account d on d.id = t.debit
        left join deposits.account c on c.id = t.credit
        where d.ledger is distinct from c.ledger or d.ledger is null
    union all
    select 'numbers_with_gaps', h.seq::text from deposits.head h
        where (h.seq, h.seq) <> (select coalesce(max(seq), 0), count(*) from deposits.transfer)
    union all
    select 'chain_incomplete', chain::text from deposits.transfer group by chain
        having count(*) <> min(legs) or min(legs) <> max(legs) or count(distinct leg) <> count(*)
            or max(seq) - min(seq) <> count(*) - 1
    union all
    select 'not_what_it_refers_to', id::text from referring
        where to_seq is null or to_seq >= seq or not (
            case when kind = 5 then to_kind in (1, 3)
                and (to_debit, to_credit, to_amount) = (credit, debit, amount)
            else to_kind = 2 and (to_debit, to_credit, to_amount) = (debit, credit, amount) end)
    union all
    select 'day_altered', day::text from days
        where previous <> before or hash <> deposits.hash_of(day, previous, from_seq, last_seq);

revoke execute on all functions in schema deposits from public;
grant usage on schema deposits to bidroom_ledger_clerk;
grant select on all tables in schema deposits to bidroom_ledger_clerk;
grant execute on function deposits.post(int[], uuid[], uuid[], smallint[], smallint[], uuid[],
    uuid[], bigint[], smallint[], uuid[], smallint[], text[]) to bidroom_ledger_clerk;
grant execute on function deposits.open_accounts(uuid[], smallint[], smallint[], text[])
    to bidroom_ledger_clerk;
grant execute on function deposits.close_days(date) to bidroom_ledger_clerk;
grant execute on function deposits.said(deposits.transfer), deposits.day_of(timestamptz),
    deposits.hash_of(date, bytea, bigint, bigint) to bidroom_ledger_clerk;  -- for the audit
reset role;
