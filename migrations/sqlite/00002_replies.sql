-- +goose Up

-- Replies, opt-outs, delivery news and the customer's page.

-- What an inbound contact answers, or a confirmation confirms.
alter table contacts add column answers integer references contacts (id);

-- The same message is one contact, by whichever way it is brought.
create unique index contacts_inbound on contacts (provider, provider_id) where direction = 'in';
-- One confirmation of an opt-out, and no more (47 CFR 64.1200(a)(12)).
create unique index contacts_one_confirmation on contacts (answers) where direction = 'out' and answers is not null;
create index contacts_by_provider on contacts (provider_id) where provider_id <> '';
create index contacts_unsettled on contacts (handed_at) where state = 'accepted' and channel = 'sms';
-- Several replies belong to one follow-up; only steps are unique in it.
drop index contacts_step;
create unique index contacts_step on contacts (follow_up_id, step) where follow_up_id is not null and step > 0;
create index contacts_follow_up on contacts (follow_up_id) where follow_up_id is not null;

-- What a message spoke of, as it went out: a customer's page shows no more.
create table contact_items (
    contact_id        integer not null references contacts (id),
    line_id           integer references order_lines (id),
    canceled_order_id integer references canceled_orders (id),
    check ((line_id is null) <> (canceled_order_id is null))
) strict;
create index contact_items_contact on contact_items (contact_id);

-- What waits for a person. A customer has at most one open task at a shop.
create table tasks (
    id           integer primary key autoincrement,
    shop_id      text not null references shops (id),
    customer_id  integer references customers (id),
    address      text not null default '',
    kind         text not null check (kind in ('reply', 'booking', 'question', 'review')),
    adviser      text not null default '',
    opened_at    text not null,
    due_at       text not null,
    review_by    text,
    escalated_at text,
    done_at      text,
    done_by      text not null default '',
    outcome      text not null default ''
) strict;
create unique index tasks_open_customer on tasks (shop_id, customer_id) where done_at is null and customer_id is not null;
create unique index tasks_open_stranger on tasks (shop_id, address) where done_at is null and customer_id is null;
create index tasks_open on tasks (due_at) where done_at is null;

-- How a reply was understood, and the task it belongs to.
create table replies (
    contact_id integer primary key references contacts (id),
    class      text not null,
    detail     text not null,
    rule       text not null default '',
    language   text not null default '',
    task_id    integer references tasks (id)
) strict;
create index replies_task on replies (task_id) where task_id is not null;

-- The reply that an opt-out follows from, so that a person who finds it was none
-- takes back that one alone.
alter table opt_outs add column reply_id integer references contacts (id);
-- Unclear words are held for a "no" until a person has read them.
alter table opt_outs add column tentative integer not null default 0;
create index opt_outs_reply on opt_outs (reply_id) where reply_id is not null;

-- What the customer said of an item since the visit. The source of the order
-- knows nothing of it, and an import leaves it alone.
alter table order_lines add column photo text not null default '';
alter table order_lines add column duration_minutes integer not null default 0;
alter table order_lines add column answer text not null default ''
    check (answer in ('', 'book', 'ask', 'later', 'not_this', 'elsewhere', 'sold'));
alter table order_lines add column answered_at text;
alter table order_lines add column answer_until text;
alter table canceled_orders add column answer text not null default '' check (answer in ('', 'book', 'ask', 'why', 'sold'));
alter table canceled_orders add column answer_reason text not null default '';
alter table canceled_orders add column answered_at text;

-- An item belongs to one follow-up, until its customer asks to be reminded of it
-- on a date: then a later one may raise it again.
alter table follow_up_items add column released_at text;
drop index follow_up_items_line;
drop index follow_up_items_canceled;
create unique index follow_up_items_line on follow_up_items (line_id, rehearsal)
    where line_id is not null and released_at is null;
create unique index follow_up_items_canceled on follow_up_items (canceled_order_id, rehearsal)
    where canceled_order_id is not null and released_at is null;

-- Sources of news that are asked again and again, and what of theirs could not be read.
create table feeds (
    name      text primary key,
    cursor    text not null default '',
    asked_at  text,
    heard_at  text,
    failed_at text,
    failure   text not null default ''
) strict;
create table set_aside (
    id   integer primary key autoincrement,
    feed text not null,
    key  text not null,
    at   text not null,
    why  text not null,
    unique (feed, key)
) strict;

-- +goose Down
drop table set_aside;
drop table feeds;
drop index follow_up_items_line;
drop index follow_up_items_canceled;
delete from follow_up_items where released_at is not null;
alter table follow_up_items drop column released_at;
create unique index follow_up_items_line on follow_up_items (line_id, rehearsal) where line_id is not null;
create unique index follow_up_items_canceled on follow_up_items (canceled_order_id, rehearsal)
    where canceled_order_id is not null;
alter table canceled_orders drop column answered_at;
alter table canceled_orders drop column answer_reason;
alter table canceled_orders drop column answer;
alter table order_lines drop column answer_until;
alter table order_lines drop column answered_at;
alter table order_lines drop column answer;
alter table order_lines drop column duration_minutes;
alter table order_lines drop column photo;
drop index opt_outs_reply;
alter table opt_outs drop column tentative;
alter table opt_outs drop column reply_id;
drop table replies;
drop table tasks;
drop table contact_items;
drop index contacts_follow_up;
drop index contacts_step;
drop index contacts_unsettled;
drop index contacts_by_provider;
drop index contacts_one_confirmation;
drop index contacts_inbound;
alter table contacts drop column answers;
update contacts set follow_up_id = null where step = 0;
create unique index contacts_step on contacts (follow_up_id, step) where follow_up_id is not null;
