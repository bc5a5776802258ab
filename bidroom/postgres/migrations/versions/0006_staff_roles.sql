-- In which role somebody registered comes to openings: 招标代理, 监督人 or 公证人.
alter table people.staff add column role text not null default 'agent'
    check (role in ('agent', 'supervisor', 'notary'));
