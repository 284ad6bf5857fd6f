-- +goose Up

-- Shops are written from the configuration at start; other tables refer to them.
create table shops (
    id             text primary key,
    name           text not null,
    legal_name     text not null default '',
    phone          text not null default '',
    email          text not null default '',
    postal_address text not null default '',
    postal_code    text not null default '',
    region         text not null default '',
    country        text not null default 'US',
    time_zone      text not null,
    locale         text not null default 'en',
    currency       text not null default 'USD'
) strict;

create table customers (
    id          integer primary key autoincrement,
    kind        text not null default 'person' check (kind in ('person', 'organization', 'fleet')),
    first_name  text not null default '',
    last_name   text not null default '',
    company     text not null default '',
    locale      text not null default '',
    time_zone   text not null default '',
    postal_code text not null default '',
    region      text not null default '',
    country     text not null default '',
    deceased    integer not null default 0,
    merged_into integer references customers (id),
    created_at  text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'),
    updated_at  text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')
) strict;
create index customers_merged on customers (merged_into) where merged_into is not null;
create index customers_name on customers (lower(last_name), lower(first_name));

-- A customer keeps every key under which a source knows them, so a merge loses none.
create table customer_refs (
    source      text not null,
    shop_id     text not null references shops (id),
    external_id text not null,
    customer_id integer not null references customers (id),
    primary key (source, shop_id, external_id)
) strict;
create index customer_refs_customer on customer_refs (customer_id);

create table addresses (
    id          integer primary key autoincrement,
    customer_id integer not null references customers (id),
    kind        text not null check (kind in ('phone', 'email')),
    value       text not null check (value <> ''),
    line_type   text not null default 'unknown' check (line_type in ('mobile', 'landline', 'voip', 'unknown')),
    preferred   integer not null default 0,
    status      text not null default 'ok' check (status in ('ok', 'invalid', 'bounced')),
    unique (customer_id, kind, value)
) strict;
create index addresses_value on addresses (value);

-- The consent ledger. Rows are only added.
create table consents (
    id          integer primary key autoincrement,
    customer_id integer not null references customers (id),
    shop_id     text not null default '',
    channel     text not null default '',
    class       text not null default '',
    address     text not null default '',
    state       text not null check (state in ('given', 'revoked', 'unknown')),
    basis       text not null default '' check (basis in ('written', 'express', 'implied', '')),
    wording     text not null default '',
    source      text not null,
    occurred_at text not null,
    expires_at  text,
    recorded_at text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')
) strict;
create index consents_customer on consents (customer_id);

-- A "no" belongs to the address, not to the customer record: it survives
-- deletion, merging and re-import. Rows are lifted, never deleted.
create table opt_outs (
    id          integer primary key autoincrement,
    address     text not null check (address <> ''),
    channel     text not null default '',
    shop_id     text not null default '',
    reason      text not null,
    source      text not null,
    recorded_at text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'),
    lifted_at   text
) strict;
create unique index opt_outs_in_force on opt_outs (address, channel, shop_id) where lifted_at is null;

create table vehicles (
    id          integer primary key autoincrement,
    customer_id integer references customers (id),
    vin         text not null default '',
    plate       text not null default '',
    year        integer not null default 0,
    make        text not null default '',
    model       text not null default ''
) strict;
create unique index vehicles_vin on vehicles (vin) where vin <> '';
create index vehicles_customer on vehicles (customer_id);

create table orders (
    id               integer primary key autoincrement,
    source           text not null,
    shop_id          text not null references shops (id),
    external_id      text not null,
    number           text not null default '',
    customer_id      integer references customers (id),
    vehicle_id       integer references vehicles (id),
    adviser          text not null default '',
    status           text not null default 'closed' check (status in ('estimate', 'open', 'closed', 'voided', 'archived')),
    opened_at        text,
    closed_at        text,
    voided_at        text,
    odometer         integer not null default 0,
    total_minor      integer not null default 0,
    currency         text not null default '',
    messages_blocked integer not null default 0,
    created_at       text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'),
    unique (source, shop_id, external_id)
) strict;
create index orders_customer on orders (customer_id);
create index orders_vehicle on orders (vehicle_id);
create index orders_number on orders (number);

create table order_lines (
    id                integer primary key autoincrement,
    order_id          integer not null references orders (id),
    external_id       text not null,
    name              text not null,
    finding           text not null default '',
    op_code           text not null default '',
    category          text not null default '',
    service_key       text not null default '',
    severity          text not null default 'unknown'
                      check (severity in ('safety', 'required', 'suggested', 'maintenance', 'unknown')),
    auth              text not null default 'unknown'
                      check (auth in ('undecided', 'authorized', 'declined', 'not_authorized_at_close', 'unknown')),
    deferral_trigger  text not null default '',
    decline_reason    text not null default 'not_recorded',
    decline_note      text not null default '',
    declined_at       text,
    deferred_until    text,
    price_minor       integer not null default 0,
    currency          text not null default '',
    price_valid_until text,
    pay_type          text not null default '',
    done_at           text,
    refused_again     integer not null default 0,
    unique (order_id, external_id)
) strict;
create index order_lines_open on order_lines (order_id) where auth in ('declined', 'not_authorized_at_close');

create table canceled_orders (
    id          integer primary key autoincrement,
    source      text not null,
    shop_id     text not null references shops (id),
    external_id text not null,
    number      text not null default '',
    kind        text not null check (kind in ('estimate_rejected', 'order_voided', 'appointment_canceled',
                                              'no_show', 'special_order_part', 'online_order')),
    customer_id integer references customers (id),
    vehicle_id  integer references vehicles (id),
    what        text not null default '',
    total_minor integer not null default 0,
    currency    text not null default '',
    reason      text not null default 'not_recorded',
    reason_text text not null default '',
    canceled_by text not null default 'unknown',
    placed_at   text,
    canceled_at text,
    reopened_at text,
    unique (source, shop_id, external_id)
) strict;
create index canceled_orders_customer on canceled_orders (customer_id);
create index canceled_orders_number on canceled_orders (number);

create table appointments (
    id          integer primary key autoincrement,
    shop_id     text not null references shops (id),
    customer_id integer not null references customers (id),
    starts_at   text not null,
    canceled_at text
) strict;
create index appointments_customer on appointments (customer_id);

create table recovery_cases (
    id          integer primary key autoincrement,
    shop_id     text not null references shops (id),
    customer_id integer not null references customers (id),
    opened_at   text not null,
    closed_at   text
) strict;
create index recovery_cases_open on recovery_cases (customer_id) where closed_at is null;

-- Documents: what the shop does and what it says, in versions.
create table playbook_versions (
    playbook_id    text not null,
    version        integer not null,
    state          text not null check (state in ('draft', 'in_review', 'approved', 'retired')),
    source         text not null,
    effective_from text,
    approved_by    text not null default '',
    approved_at    text,
    created_at     text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'),
    primary key (playbook_id, version)
) strict;

create table template_versions (
    name           text not null,
    channel        text not null check (channel in ('sms', 'email', 'call')),
    locale         text not null,
    version        integer not null,
    state          text not null check (state in ('draft', 'in_review', 'approved', 'retired')),
    source         text not null,
    effective_from text,
    approved_by    text not null default '',
    approved_at    text,
    approval_note  text not null default '',
    created_at     text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z'),
    primary key (name, channel, locale, version)
) strict;

create table follow_ups (
    id               integer primary key autoincrement,
    shop_id          text not null references shops (id),
    customer_id      integer not null references customers (id),
    playbook_id      text not null,
    playbook_version integer not null,
    state            text not null check (state in ('active', 'ended')),
    end_reason       text not null default '',
    rehearsal        integer not null default 0,
    anchor_at        text not null,
    started_at       text not null,
    ended_at         text
) strict;
create index follow_ups_customer on follow_ups (customer_id);
create unique index follow_ups_one_active on follow_ups (shop_id, customer_id, playbook_id, rehearsal)
    where state = 'active';

-- An item is raised in one follow-up for ever, whatever is re-imported.
create table follow_up_items (
    follow_up_id      integer not null references follow_ups (id),
    line_id           integer references order_lines (id),
    canceled_order_id integer references canceled_orders (id),
    rehearsal         integer not null default 0,
    check ((line_id is null) <> (canceled_order_id is null))
) strict;
create index follow_up_items_follow_up on follow_up_items (follow_up_id);
create unique index follow_up_items_line on follow_up_items (line_id, rehearsal) where line_id is not null;
create unique index follow_up_items_canceled on follow_up_items (canceled_order_id, rehearsal)
    where canceled_order_id is not null;

-- The outreach log. The row is kept narrow because its state changes; the words
-- are written once, beside it.
create table contacts (
    id               integer primary key autoincrement,
    shop_id          text not null references shops (id),
    customer_id      integer references customers (id),
    follow_up_id     integer references follow_ups (id),
    step             integer not null default 0,
    direction        text not null default 'out' check (direction in ('out', 'in')),
    channel          text not null check (channel in ('sms', 'email', 'call')),
    class            text not null default 'marketing',
    state            text not null,
    reason           text not null default '',
    playbook_id      text not null default '',
    playbook_version integer not null default 0,
    template         text not null default '',
    template_version integer not null default 0,
    consent_id       integer,
    due_at           text,
    not_after        text,
    next_at          text,
    attempts         integer not null default 0,
    handed_by        integer,
    handed_at        text,
    ended_at         text,
    provider         text not null default '',
    provider_id      text not null default '',
    error_code       text not null default '',
    segments         integer not null default 0,
    rehearsal        integer not null default 0,
    answered_at      text,
    created_at       text not null default (strftime('%Y-%m-%dT%H:%M:%f', 'now') || '000Z')
) strict;
create unique index contacts_step on contacts (follow_up_id, step) where follow_up_id is not null;
create index contacts_due on contacts (channel, next_at) where state = 'planned';
create index contacts_expiring on contacts (not_after) where state in ('planned', 'open');
create index contacts_in_doubt on contacts (handed_at) where state in ('handed', 'unconfirmed');
create index contacts_open on contacts (id) where state = 'open';
create index contacts_customer on contacts (customer_id, handed_at);
create index contacts_handed on contacts (handed_at) where handed_at is not null;
create index contacts_reply_waiting on contacts (customer_id) where direction = 'in' and answered_at is null;

create table contact_words (
    contact_id integer primary key references contacts (id),
    address    text not null default '',
    subject    text not null default '',
    body       text not null default ''
) strict;
create index contact_words_address on contact_words (address);

create table contact_events (
    id         integer primary key autoincrement,
    contact_id integer not null references contacts (id),
    at         text not null,
    from_state text not null default '',
    to_state   text not null,
    by_whom    text not null,
    why        text not null default ''
) strict;
create index contact_events_contact on contact_events (contact_id);

-- Who is at work. A daemon whose heartbeat lapses leaves its handed contacts in doubt.
create table daemons (
    id           integer primary key autoincrement,
    host         text not null,
    pid          integer not null,
    version      text not null default '',
    started_at   text not null,
    heartbeat_at text not null,
    ended_at     text
) strict;

-- Brakes and other switches that outlive a restart.
create table controls (
    name  text primary key,
    value text not null,
    by_whom text not null,
    at    text not null
) strict;

-- last_wall is what the shop's clock showed when the schedule last ran, kept as
-- if it were UTC: a timeline without missing or doubled hours.
create table schedules (
    shop_id          text not null references shops (id),
    playbook_id      text not null,
    playbook_version integer not null default 0,
    last_wall        text not null,
    primary key (shop_id, playbook_id)
) strict;

create table schedule_runs (
    id          integer primary key autoincrement,
    shop_id     text not null,
    playbook_id text not null,
    due_wall    text not null,
    daemon_id   integer,
    started_at  text not null,
    ended_at    text,
    missed      integer not null default 0,
    customers   integer not null default 0,
    follow_ups  integer not null default 0,
    contacts    integer not null default 0,
    error       text not null default '',
    unique (shop_id, playbook_id, due_wall)
) strict;

-- What changed since the last scan. Marks are appended by triggers, so rows
-- written by other programs are seen, and a transaction that commits late is
-- not overtaken by a watermark.
create table scan_marks (
    id          integer primary key autoincrement,
    customer_id integer not null
) strict;
create table scan_todo (
    shop_id     text not null,
    playbook_id text not null,
    customer_id integer not null,
    marked_at   text not null,
    primary key (shop_id, playbook_id, customer_id)
) strict;

create table import_runs (
    id         integer primary key autoincrement,
    source     text not null,
    shop_id    text not null,
    kind       text not null,
    file       text not null default '',
    started_at text not null,
    ended_at   text not null,
    rows       integer not null default 0,
    rejected   integer not null default 0,
    created    integer not null default 0,
    changed    integer not null default 0,
    unchanged  integer not null default 0,
    candidates integer not null default 0
) strict;
create index import_runs_usual on import_runs (source, shop_id, kind);

create table audit_log (
    id      integer primary key autoincrement,
    at      text not null,
    who     text not null,
    what    text not null,
    object  text not null default '',
    detail  text not null default ''
) strict;

-- SQLite has row triggers only; the marks say the same.
-- +goose StatementBegin
create trigger orders_inserted after insert on orders when new.customer_id is not null begin
    insert into scan_marks (customer_id) values (new.customer_id);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger orders_updated after update on orders when new.customer_id is not null begin
    insert into scan_marks (customer_id) values (new.customer_id);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger canceled_orders_inserted after insert on canceled_orders when new.customer_id is not null begin
    insert into scan_marks (customer_id) values (new.customer_id);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger canceled_orders_updated after update on canceled_orders when new.customer_id is not null begin
    insert into scan_marks (customer_id) values (new.customer_id);
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger order_lines_inserted after insert on order_lines begin
    insert into scan_marks (customer_id)
        select customer_id from orders where id = new.order_id and customer_id is not null;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger order_lines_updated after update on order_lines begin
    insert into scan_marks (customer_id)
        select customer_id from orders where id = new.order_id and customer_id is not null;
end;
-- +goose StatementEnd

-- An address is compared letter by letter, so it is kept in one spelling, also
-- when another program writes it: E.164, or lower case without blanks around it.
-- SQLite has no functions in SQL, and no triggers that change the row before.
-- +goose StatementBegin
create trigger addresses_spelling after insert on addresses
    when instr(new.value, '@') > 0 and new.value <> lower(trim(new.value))
      or instr(new.value, '@') = 0 and new.value <> '' and new.value not glob '+[0-9]*'
      or instr(new.value, '@') = 0 and new.value glob '*[ ().-]*'
begin
    update addresses set value = case
        when instr(new.value, '@') > 0 then lower(trim(new.value))
        when replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '+%' then replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 10 then '+1' || replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 11 and replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '1%' then '+' || replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        else replace(replace(replace(replace(replace(new.value, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
    end where id = new.id;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger opt_outs_spelling after insert on opt_outs
    when instr(new.address, '@') > 0 and new.address <> lower(trim(new.address))
      or instr(new.address, '@') = 0 and new.address <> '' and new.address not glob '+[0-9]*'
      or instr(new.address, '@') = 0 and new.address glob '*[ ().-]*'
begin
    update opt_outs set address = case
        when instr(new.address, '@') > 0 then lower(trim(new.address))
        when replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '+%' then replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 10 then '+1' || replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 11 and replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '1%' then '+' || replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        else replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
    end where id = new.id;
end;
-- +goose StatementEnd
-- +goose StatementBegin
create trigger consents_spelling after insert on consents
    when instr(new.address, '@') > 0 and new.address <> lower(trim(new.address))
      or instr(new.address, '@') = 0 and new.address <> '' and new.address not glob '+[0-9]*'
      or instr(new.address, '@') = 0 and new.address glob '*[ ().-]*'
begin
    update consents set address = case
        when instr(new.address, '@') > 0 then lower(trim(new.address))
        when replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '+%' then replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 10 then '+1' || replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        when length(replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')) = 11 and replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '') like '1%' then '+' || replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
        else replace(replace(replace(replace(replace(new.address, ' ', ''), '(', ''), ')', ''), '.', ''), '-', '')
    end where id = new.id;
end;
-- +goose StatementEnd

-- For report tools: one row a contact, stable column names.
create view outreach_log as
select c.id, c.shop_id as shop, c.customer_id,
       coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), k.company) as customer,
       (select group_concat(distinct coalesce(nullif(o.number, ''), o.external_id, nullif(x.number, ''), x.external_id))
          from follow_up_items i
          left join order_lines l on l.id = i.line_id
          left join orders o on o.id = l.order_id
          left join canceled_orders x on x.id = i.canceled_order_id
         where i.follow_up_id = c.follow_up_id) as orders,
       c.direction, c.channel, c.class, c.state, c.reason, c.playbook_id as playbook, c.playbook_version,
       c.step, c.template, c.template_version, c.consent_id, w.address, w.subject, w.body,
       c.due_at, c.handed_at, c.ended_at, c.provider, c.provider_id, c.error_code, c.attempts, c.segments,
       c.rehearsal
  from contacts c
  left join customers k on k.id = c.customer_id
  left join contact_words w on w.contact_id = c.id;

-- +goose Down
drop view outreach_log;
drop table audit_log;
drop table import_runs;
drop table scan_todo;
drop table scan_marks;
drop table schedule_runs;
drop table schedules;
drop table controls;
drop table daemons;
drop table contact_events;
drop table contact_words;
drop table contacts;
drop table follow_up_items;
drop table follow_ups;
drop table template_versions;
drop table playbook_versions;
drop table recovery_cases;
drop table appointments;
drop table canceled_orders;
drop table order_lines;
drop table orders;
drop table vehicles;
drop table opt_outs;
drop table consents;
drop table addresses;
drop table customer_refs;
drop table customers;
drop table shops;
