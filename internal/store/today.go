package store

import (
	"context"
	"fmt"
	"time"
)

// Today is what the shop's people see first: what is ahead, and what is wrong.
type Today struct{ *DB }

// Ahead is a contact that is planned.
type Ahead struct {
	ID         int64  `db:"id"`
	Shop       string `db:"shop"`
	CustomerID int64  `db:"customer_id"`
	Customer   string `db:"customer"`
	FollowUpID int64  `db:"follow_up_id"`
	Channel    string `db:"channel"`
	Playbook   string `db:"playbook"`
	Step       int    `db:"step"`
	Template   string `db:"template"`
	Reason     string `db:"reason"`  // codes: why it waits, "" when it only waits for its time
	HeldBy     string `db:"held_by"` // the name of whoever holds it back since HeldAt, "" when nobody does
	HeldAt     Time   `db:"held_at"`
	NextAt     Time   `db:"next_at"`
	NotAfter   Time   `db:"not_after"`
	Items      []string
}

// AheadFilter says which planned contacts are asked for.
type AheadFilter struct {
	Rehearsal   bool
	From, Until time.Time // when they are looked at next; From may be zero
	After       int64     // the contact after which the list goes on, 0: from its beginning
	Limit       int
}

func (f AheadFilter) where(a *args) string {
	// The channels are named for the index contacts_due.
	where := `c.state = 'planned' and c.channel in ('sms', 'email', 'call') and c.step > 0 and c.rehearsal = ` + a.add(f.Rehearsal) +
		` and c.next_at < ` + a.add(f.Until)
	if !f.From.IsZero() {
		where += ` and c.next_at >= ` + a.add(f.From)
	}
	if f.After != 0 {
		where += ` and (c.next_at, c.id) > (select p.next_at, p.id from contacts p where p.id = ` + a.add(f.After) + `)`
	}
	return where
}

const personName = `coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), k.company, '')`

// Ahead lists planned contacts with what they are about, the soonest first.
func (t Today) Ahead(ctx context.Context, f AheadFilter) ([]Ahead, error) {
	var a args
	var out []Ahead
	err := t.db.SelectContext(ctx, &out, `
		select c.id, c.shop_id as shop, c.customer_id, `+personName+` as customer, c.follow_up_id, c.channel,
		       c.playbook_id as playbook, c.step, c.template, c.reason, c.next_at, c.not_after, `+holding()+`
		from contacts c join customers k on k.id = c.customer_id
		where `+f.where(&a)+` order by c.next_at, c.id limit `+a.add(f.Limit), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read what goes out next: %w", err)
	}
	followUps := make([]int64, len(out))
	for i, c := range out {
		followUps[i] = c.FollowUpID
	}
	items, err := t.itemNames(ctx, followUps)
	for i := range out {
		out[i].Items = items[out[i].FollowUpID]
	}
	return out, err
}

// CountAhead counts planned contacts, up to a limit.
func (t Today) CountAhead(ctx context.Context, f AheadFilter) (n int, err error) {
	var a args
	err = t.db.GetContext(ctx, &n, `select count(*) from (select 1 from contacts c where `+f.where(&a)+` limit `+a.add(f.Limit)+`) n`, a.list...)
	if err != nil {
		return 0, fmt.Errorf("count what goes out next: %w", err)
	}
	return n, nil
}

// NextAhead returns when the next planned contact is looked at, zero when none is planned.
func (t Today) NextAhead(ctx context.Context, rehearsal bool) (time.Time, error) {
	var next Time
	err := t.db.GetContext(ctx, &next, `select min(next_at) from contacts where state = 'planned' and step > 0 and rehearsal = $1`, rehearsal)
	if err != nil {
		return time.Time{}, fmt.Errorf("look for the next contact: %w", err)
	}
	return next.Time, nil
}

// itemNames returns what follow-ups are about, in the words of the orders.
func (t Today) itemNames(ctx context.Context, followUps []int64) (map[int64][]string, error) {
	var a args
	var rows []struct {
		FollowUpID int64  `db:"follow_up_id"`
		Name       string `db:"name"`
	}
	err := t.db.SelectContext(ctx, &rows, `
		select i.follow_up_id, coalesce(l.name, nullif(x.what, ''), 'canceled order ' || x.number, '') as name
		from follow_up_items i left join order_lines l on l.id = i.line_id
		left join canceled_orders x on x.id = i.canceled_order_id
		where i.released_at is null and i.follow_up_id in `+in(&a, unique(followUps))+` order by i.follow_up_id, l.id, x.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read what follow-ups are about: %w", err)
	}
	out := make(map[int64][]string)
	for _, r := range rows {
		out[r.FollowUpID] = append(out[r.FollowUpID], r.Name)
	}
	return out, nil
}

// Doubtful is a contact of which nobody knows whether it left.
type Doubtful struct {
	ID         int64  `db:"id"`
	CustomerID int64  `db:"customer_id"`
	Customer   string `db:"customer"`
	Channel    string `db:"channel"`
	HandedAt   Time   `db:"handed_at"`
}

// Doubtful lists contacts that are in doubt since before a time, the oldest first.
func (t Today) Doubtful(ctx context.Context, before time.Time, limit int) ([]Doubtful, error) {
	var out []Doubtful
	err := t.db.SelectContext(ctx, &out, `
		select c.id, coalesce(c.customer_id, 0) as customer_id, `+personName+` as customer, c.channel, c.handed_at
		from contacts c left join customers k on k.id = c.customer_id
		where c.state = 'unconfirmed' and c.`+onTheWay+` and c.handed_at <= $1 order by c.handed_at, c.id limit $2`, at(before), limit)
	if err != nil {
		return nil, fmt.Errorf("read contacts in doubt: %w", err)
	}
	return out, nil
}

// Failure is a way in which messages failed, and how many did.
type Failure struct {
	Channel string `db:"channel"`
	Reason  string `db:"reason"`
	Code    string `db:"error_code"` // the provider's, "" when it gave none
	Why     string `db:"why"`        // of one of them
	Count   int    `db:"n"`
}

// Failures counts the messages handed over since a time that did not arrive, the
// most frequent reason first.
func (t Today) Failures(ctx context.Context, since time.Time) ([]Failure, error) {
	var out []Failure
	err := t.db.SelectContext(ctx, &out, `
		select c.channel, c.reason, c.error_code, min(e.why) as why, count(*) as n
		from contacts c join contact_events e on e.id = (select max(id) from contact_events where contact_id = c.id)
		where c.handed_at >= $1 and c.state in ('failed', 'undelivered', 'bounced') and c.direction = 'out'
		group by c.channel, c.reason, c.error_code order by n desc, c.channel, c.reason, c.error_code limit 20`, at(since))
	if err != nil {
		return nil, fmt.Errorf("count failures: %w", err)
	}
	return out, nil
}

// AtWork returns how many daemons are at work, and when one was last.
func (t Today) AtWork(ctx context.Context, now time.Time, deadAfter time.Duration) (n int, last time.Time, err error) {
	var found struct {
		Alive int  `db:"alive"`
		Last  Time `db:"last"`
	}
	err = t.db.GetContext(ctx, &found, `
		select coalesce(sum(case when ended_at is null and heartbeat_at > $1 and heartbeat_at <= $2 then 1 else 0 end), 0) as alive,
		       max(heartbeat_at) as last from daemons`, at(now.Add(-deadAfter)), at(now.Add(deadAfter)))
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("look for daemons: %w", err)
	}
	return found.Alive, found.Last.Time, nil
}

// Fresh reports whether no order was ever imported.
func (t Today) Fresh(ctx context.Context) (bool, error) {
	found, err := exists(ctx, t.db, `select 1 from orders union all select 1 from canceled_orders`)
	if err != nil {
		return false, fmt.Errorf("look for orders: %w", err)
	}
	return !found, nil
}
