package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// CallToMake is a call on the advisers' list, with what helps to make it.
type CallToMake struct {
	ID         int64  `db:"id"`
	Shop       string `db:"shop"`
	CustomerID int64  `db:"customer_id"`
	Customer   string `db:"customer"`
	TimeZone   string `db:"time_zone"`
	PostalCode string `db:"postal_code"`
	Region     string `db:"region"`
	Number     string `db:"number"`
	Words      string `db:"words"` // what to say
	Playbook   string `db:"playbook"`
	DueAt      Time   `db:"due_at"`
	NotAfter   Time   `db:"not_after"`
	// ClaimedBy is who is making the call, "" when nobody is; Claimant is their name.
	ClaimedBy string `db:"claimed_by"`
	Claimant  string `db:"claimant"`
	ClaimedAt Time   `db:"claimed_at"`

	Items []CallItem
	Tried []CallTry
	Last  *LastContact // before this call, nil for none
}

// CallItem is one thing that a call is about.
type CallItem struct {
	ContactID  int64  `db:"contact_id"`
	Name       string `db:"name"`
	Finding    string `db:"finding"`
	Severity   string `db:"severity"`
	PriceMinor int64  `db:"price_minor"`
	Currency   string `db:"currency"`
	PriceUntil Time   `db:"price_until"`
	Order      string `db:"order_number"`
	Adviser    string `db:"adviser"`
	Year       int    `db:"year"`
	Make       string `db:"make"`
	Model      string `db:"model"`
}

// Price is what the item was to cost, zero when not known.
func (i CallItem) Price() outreach.Money {
	return outreach.Money{Minor: i.PriceMinor, Currency: i.Currency}
}

// CallTry is an earlier attempt at a call that reached nobody.
type CallTry struct {
	ContactID int64  `db:"contact_id"`
	At        Time   `db:"at"`
	Who       string `db:"who"`
	Why       string `db:"why"` // the outcome and the note
}

// LastContact is the last that passed between the shop and a customer.
type LastContact struct {
	CustomerID int64  `db:"customer_id"`
	Direction  string `db:"direction"`
	Channel    string `db:"channel"`
	State      string `db:"state"`
	At         Time   `db:"at"`
}

// userName is how pages call whoever signs in under the login in a column.
func userName(column string) string {
	return `coalesce((select u.name from users u where u.login = ` + column + `), ` + column + `)`
}

// Open lists up to limit open calls for one person: those they are making first,
// then those due by a time, of these what concerns safety first, then the others.
// A claim that has lapsed is none.
func (c Calls) Open(ctx context.Context, now, dueBy time.Time, who string, limit int) ([]CallToMake, error) {
	var out []CallToMake
	err := c.db.SelectContext(ctx, &out, `
		select c.id, c.shop_id as shop, coalesce(c.customer_id, 0) as customer_id, `+personName+` as customer,
		       coalesce(k.time_zone, '') as time_zone, coalesce(k.postal_code, '') as postal_code,
		       coalesce(k.region, '') as region, coalesce(w.address, '') as number, coalesce(w.body, '') as words,
		       c.playbook_id as playbook, c.due_at, c.not_after, c.claimed_by, c.claimed_at, `+claimant+`
		from contacts c left join customers k on k.id = c.customer_id left join contact_words w on w.contact_id = c.id
		where c.state = 'open'
		order by case when c.claimed_by = $1 and c.claimed_at > $2 then 0 else 1 end,
		         case when c.due_at <= $3 then 0 else 1 end,
		         case when c.due_at <= $3 and exists (
		             select 1 from contact_items i join order_lines l on l.id = i.line_id
		             where i.contact_id = c.id and l.severity = 'safety') then 0 else 1 end,
		         c.due_at, c.id limit $4`, who, at(now.Add(-ClaimLapses)), at(dueBy), limit)
	if err != nil {
		return nil, fmt.Errorf("read open calls: %w", err)
	}
	byID := make(map[int64]*CallToMake, len(out))
	var ids, customers []int64
	for i := range out {
		o := &out[i]
		if !o.ClaimedAt.After(now.Add(-ClaimLapses)) {
			o.ClaimedBy, o.Claimant, o.ClaimedAt = "", "", Time{}
		}
		byID[o.ID] = o
		ids, customers = append(ids, o.ID), append(customers, o.CustomerID)
	}
	if err := c.addItems(ctx, ids, byID); err != nil {
		return nil, err
	}
	if err := c.addTries(ctx, ids, byID); err != nil {
		return nil, err
	}
	last, err := c.lastContacts(ctx, unique(customers))
	for i := range out {
		out[i].Last = last[out[i].CustomerID]
	}
	return out, err
}

// addItems adds what calls are about: first lines, then canceled orders.
func (c Calls) addItems(ctx context.Context, ids []int64, calls map[int64]*CallToMake) error {
	const vehicle = `coalesce(v.year, 0) as year, coalesce(v.make, '') as make, coalesce(v.model, '') as model`
	for _, query := range []string{`
		select i.contact_id, l.name, l.finding, l.severity, l.price_minor, coalesce(nullif(l.currency, ''), s.currency) as currency,
		       l.price_valid_until as price_until, o.number as order_number, o.adviser, ` + vehicle + `
		from contact_items i join order_lines l on l.id = i.line_id join orders o on o.id = l.order_id
		join shops s on s.id = o.shop_id left join vehicles v on v.id = o.vehicle_id
		where i.contact_id in %s order by l.id`, `
		select i.contact_id, x.what as name, x.reason_text as finding, '' as severity, x.total_minor as price_minor,
		       coalesce(nullif(x.currency, ''), s.currency) as currency, null as price_until, x.number as order_number,
		       '' as adviser, ` + vehicle + `
		from contact_items i join canceled_orders x on x.id = i.canceled_order_id
		join shops s on s.id = x.shop_id left join vehicles v on v.id = x.vehicle_id
		where i.contact_id in %s order by x.id`} {
		var a args
		var items []CallItem
		if err := c.db.SelectContext(ctx, &items, fmt.Sprintf(query, in(&a, ids)), a.list...); err != nil {
			return fmt.Errorf("read what calls are about: %w", err)
		}
		for _, i := range items {
			calls[i.ContactID].Items = append(calls[i.ContactID].Items, i)
		}
	}
	return nil
}

func (c Calls) addTries(ctx context.Context, ids []int64, calls map[int64]*CallToMake) error {
	var a args
	var tries []CallTry
	err := c.db.SelectContext(ctx, &tries, `
		select contact_id, at, `+userName("by_whom")+` as who, why from contact_events
		where from_state = 'open' and to_state = 'open' and contact_id in `+in(&a, ids)+` order by id`, a.list...)
	if err != nil {
		return fmt.Errorf("read earlier attempts: %w", err)
	}
	for _, t := range tries {
		t.Why = callWords(t.Why)
		calls[t.ContactID].Tried = append(calls[t.ContactID].Tried, t)
	}
	return nil
}

// callWords takes from an entry of the history what it says to people.
func callWords(why string) string { return strings.TrimPrefix(why, callEntry) }

func (c Calls) lastContacts(ctx context.Context, customers []int64) (map[int64]*LastContact, error) {
	var a args
	var rows []LastContact
	err := c.db.SelectContext(ctx, &rows, `
		select customer_id, direction, channel, state,
		       case when direction = 'in' or channel = 'call' then coalesce(ended_at, handed_at, created_at) else handed_at end as at
		from contacts
		where (direction = 'in' or handed_at is not null) and not rehearsal and state not in ('open', 'suppressed', 'expired', 'canceled')
		  and customer_id in `+in(&a, customers)+` order by 5, id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read last contacts: %w", err)
	}
	out := make(map[int64]*LastContact, len(customers))
	for i := range rows {
		out[rows[i].CustomerID] = &rows[i]
	}
	return out, nil
}

// CallDone is a call that is not on the list any more.
type CallDone struct {
	ID         int64          `db:"id"`
	CustomerID int64          `db:"customer_id"`
	Customer   string         `db:"customer"`
	State      outreach.State `db:"state"`
	Reason     string         `db:"reason"`
	At         Time           `db:"at"`
	Who        string         `db:"who"` // the name of the person, or of the daemon
	Why        string         `db:"why"` // the outcome and the note, or why it left the list
}

// Note is what the person wrote, or why the call left the list.
func (d CallDone) Note() string {
	if rest, ok := strings.CutPrefix(d.Why, string(d.State)); ok {
		return strings.TrimPrefix(rest, ": ")
	}
	return d.Why
}

// Done lists up to limit calls that left the list since a time, the last first.
func (c Calls) Done(ctx context.Context, since time.Time, limit int) ([]CallDone, error) {
	return c.done(ctx, `c.ended_at >= $1`, at(since), limit)
}

// Ended returns how an earlier call ended, or ErrNotOpen when it never was on
// the list or still is.
func (c Calls) Ended(ctx context.Context, id int64) (CallDone, error) {
	found, err := c.done(ctx, `c.id = $1`, id, 1)
	if err == nil && len(found) == 0 {
		err = ErrNotOpen
	}
	if err != nil {
		return CallDone{}, err
	}
	return found[0], nil
}

func (c Calls) done(ctx context.Context, where string, param any, limit int) ([]CallDone, error) {
	var out []CallDone
	err := c.db.SelectContext(ctx, &out, `
		select c.id, coalesce(c.customer_id, 0) as customer_id, `+personName+` as customer, c.state, c.reason, e.at,
		       e.why, `+userName("e.by_whom")+` as who
		from contacts c left join customers k on k.id = c.customer_id
		join contact_events e on e.id = (select max(id) from contact_events where contact_id = c.id)
		where c.channel = 'call' and c.ended_at is not null and e.from_state = 'open' and e.to_state <> 'open' and `+where+`
		order by e.at desc, c.id desc limit $2`, param, limit)
	if err != nil {
		return nil, fmt.Errorf("read calls made: %w", err)
	}
	for i := range out {
		out[i].Why = callWords(out[i].Why)
	}
	return out, nil
}
