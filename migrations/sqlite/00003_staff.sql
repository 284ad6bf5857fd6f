-- +goose Up

-- Who may sign in to the pages for the shop's own people.
create table users (
    id            integer primary key autoincrement,
    login         text not null unique check (login <> '' and login = lower(login)),
    name          text not null,
    role          text not null check (role in ('adviser', 'manager', 'general_manager')),
    adviser       text not null default '',
    email         text not null default '',
    password_hash text not null default '',
    epoch         integer not null default 0,
    created_at    text not null,
    disabled_at   text
) strict;

-- Tokens are kept as hashes: a copy of the database opens no session.
create table sessions (
    token      text primary key,
    data       text not null,
    expires_at text not null
) strict;
create index sessions_expired on sessions (expires_at);

-- Who was told in the morning, once a day whatever crashes: a row is there before the
-- mail leaves. An empty outcome is a mail on its way, or lost with its daemon.
create table daily_mails (
    user_id    integer not null references users (id),
    day        text not null, -- by the first shop's clock
    attempts   integer not null,
    claimed_at text not null,
    outcome    text not null default '' check (outcome in ('', 'nothing', 'sent', 'later', 'failed', 'doubt')),
    next_at    text,
    primary key (user_id, day)
) strict;

-- What the shop's people write about a customer.
create table notes (
    id          integer primary key autoincrement,
    customer_id integer not null references customers (id),
    at          text not null,
    by_whom     text not null,
    words       text not null
) strict;
create index notes_customer on notes (customer_id);

-- A contact that a person holds back stays planned and is not handed over.
alter table contacts add column held_by text not null default '';
-- A call is made by one adviser at a time.
alter table contacts add column claimed_by text not null default '';
alter table contacts add column claimed_at text;

-- The shop made a mistake: what happened, what it may cost, who decided what.
alter table recovery_cases add column order_id integer references orders (id);
alter table recovery_cases add column opened_by text not null default '';
alter table recovery_cases add column what_happened text not null default '';
alter table recovery_cases add column apologized_by text not null default '';
alter table recovery_cases add column apologized_at text;
alter table recovery_cases add column value_minor integer not null default 0;
alter table recovery_cases add column repair_minor integer not null default 0;
alter table recovery_cases add column insured_minor integer not null default 0;
alter table recovery_cases add column currency text not null default 'USD';
alter table recovery_cases add column asked text not null default '';
alter table recovery_cases add column offered text not null default '';
alter table recovery_cases add column decide_by text;
alter table recovery_cases add column decision text not null default '';
alter table recovery_cases add column decided_by text not null default '';
alter table recovery_cases add column decided_at text;
alter table recovery_cases add column next_step text not null default '';
alter table recovery_cases add column next_at text;
alter table recovery_cases add column closed_by text not null default '';
alter table recovery_cases add column lesson text not null default '';
-- Counts the changes, so that of two people who edit a case at once the second is told.
alter table recovery_cases add column version integer not null default 0;

-- The calls of a day, with how they went.
create index contacts_calls_ended on contacts (ended_at) where channel = 'call' and ended_at is not null;

create index audit_log_at on audit_log (at);
create index audit_log_object on audit_log (object);

-- What a person writes in their own words, in answer to a customer's message; and
-- that they chose to at an hour at which the program writes to nobody.
alter table contacts add column written_by text not null default '';
alter table contacts add column any_hour integer not null default 0;
drop index contacts_one_confirmation;
create unique index contacts_one_confirmation on contacts (answers)
    where direction = 'out' and answers is not null and written_by = '';
-- A customer's page tells of opt-outs that are over, too.
create index opt_outs_address on opt_outs (address);

-- The log is read newest first: by when a contact was handed over, else ended, else
-- is due. What is only planned is no part of it until it is asked for.
create index contacts_log on contacts (coalesce(handed_at, ended_at, due_at, created_at), id) where state <> 'planned';
create index contacts_log_kind on contacts (state, channel, playbook_id, coalesce(handed_at, ended_at, due_at, created_at), id);
create index contacts_log_reason on contacts (reason, coalesce(handed_at, ended_at, due_at, created_at), id) where reason <> '';
-- What the log and customers are searched by: names without the marks that people leave off.
create index customers_last_name on customers (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(last_name), 'á', 'a'), 'é', 'e'), 'í', 'i'), 'ó', 'o'), 'ú', 'u'), 'ü', 'u'), 'ñ', 'n'), 'Á', 'a'), 'É', 'e'), 'Í', 'i'), 'Ó', 'o'), 'Ú', 'u'), 'Ü', 'u'), 'Ñ', 'n'));
create index customers_first_name on customers (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(first_name), 'á', 'a'), 'é', 'e'), 'í', 'i'), 'ó', 'o'), 'ú', 'u'), 'ü', 'u'), 'ñ', 'n'), 'Á', 'a'), 'É', 'e'), 'Í', 'i'), 'Ó', 'o'), 'Ú', 'u'), 'Ü', 'u'), 'Ñ', 'n'));
create index customers_company on customers (replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(lower(company), 'á', 'a'), 'é', 'e'), 'í', 'i'), 'ó', 'o'), 'ú', 'u'), 'ü', 'u'), 'ñ', 'n'), 'Á', 'a'), 'É', 'e'), 'Í', 'i'), 'Ó', 'o'), 'Ú', 'u'), 'Ü', 'u'), 'Ñ', 'n')) where company <> '';
create index addresses_last_digits on addresses (substr(value, -4)) where kind = 'phone';
create index vehicles_plate on vehicles (upper(replace(replace(plate, ' ', ''), '-', ''))) where plate <> '';
create index orders_external on orders (external_id);
create index orders_adviser on orders (adviser) where adviser <> '';
create index canceled_orders_external on canceled_orders (external_id);
create index follow_up_items_of_line on follow_up_items (line_id) where line_id is not null;
create index follow_up_items_of_canceled on follow_up_items (canceled_order_id) where canceled_order_id is not null;

-- +goose Down
drop index follow_up_items_of_canceled;
drop index follow_up_items_of_line;
drop index canceled_orders_external;
drop index orders_adviser;
drop index orders_external;
drop index vehicles_plate;
drop index addresses_last_digits;
drop index customers_company;
drop index customers_first_name;
drop index customers_last_name;
drop index contacts_log_reason;
drop index contacts_log_kind;
drop index contacts_log;
drop index opt_outs_address;
drop index contacts_one_confirmation;
update contacts set answers = null where written_by <> '';
create unique index contacts_one_confirmation on contacts (answers) where direction = 'out' and answers is not null;
drop index audit_log_object;
drop index audit_log_at;
drop index contacts_calls_ended;
alter table recovery_cases drop column version;
alter table recovery_cases drop column lesson;
alter table recovery_cases drop column closed_by;
alter table recovery_cases drop column next_at;
alter table recovery_cases drop column next_step;
alter table recovery_cases drop column decided_at;
alter table recovery_cases drop column decided_by;
alter table recovery_cases drop column decision;
alter table recovery_cases drop column decide_by;
alter table recovery_cases drop column offered;
alter table recovery_cases drop column asked;
alter table recovery_cases drop column currency;
alter table recovery_cases drop column insured_minor;
alter table recovery_cases drop column repair_minor;
alter table recovery_cases drop column value_minor;
alter table recovery_cases drop column apologized_at;
alter table recovery_cases drop column apologized_by;
alter table recovery_cases drop column what_happened;
alter table recovery_cases drop column opened_by;
alter table recovery_cases drop column order_id;
alter table contacts drop column any_hour;
alter table contacts drop column written_by;
alter table contacts drop column claimed_at;
alter table contacts drop column claimed_by;
alter table contacts drop column held_by;
drop table notes;
drop table daily_mails;
drop table sessions;
drop table users;
