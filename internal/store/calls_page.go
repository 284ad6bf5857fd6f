package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// CallToMake is a customer to call: one entry of the advisers' list, for one
// conversation about all open calls, with what helps to have it.
type CallToMake struct {
	CustomerID int64  `db:"customer_id"`
	Customer   string `db:"customer"`
	TimeZone   string `db:"time_zone"`
	PostalCode string `db:"postal_code"`
	Region     string `db:"region"`

	Calls   []OpenCall   // the first due first; never empty
	Waiting []Waiting    // what the customer said and nobody has answered yet
	Last    *LastContact // before this call, nil for none
}

// OpenCall is a step of a playbook that an adviser is to make by telephone.
type OpenCall struct {
	ID       int64  `db:"id"`
	Shop     string `db:"shop"`
	Number   string `db:"number"`
	Words    string `db:"words"` // what to say
	Playbook string `db:"playbook"`
	DueAt    Time   `db:"due_at"`
	NotAfter Time   `db:"not_after"`
	// ClaimedBy is who is making the call, "" when nobody is; Claimant is their name.
	ClaimedBy string `db:"claimed_by"`
	Claimant  string `db:"claimant"`
	ClaimedAt Time   `db:"claimed_at"`

	Items []CallItem
	Tried []CallTry
}

// First is the call that is due first. Its number names the entry.
func (c CallToMake) First() OpenCall { return c.Calls[0] }

// NotAfter is until when all calls of the entry may wait, zero when they may for ever.
func (c CallToMake) NotAfter() (earliest time.Time) {
	for _, call := range c.Calls {
		if last := call.NotAfter.Time; earliest.IsZero() || !last.IsZero() && last.Before(earliest) {
			earliest = last
		}
	}
	return earliest
}

// Claim is the call by which somebody has the customer on the telephone at this
// moment; the zero call when nobody has.
func (c CallToMake) Claim() OpenCall {
	for _, call := range c.Calls {
		if call.ClaimedBy != "" {
			return call
		}
	}
	return OpenCall{}
}

// Numbers are where the calls go, each once.
func (c CallToMake) Numbers() []string {
	var out []string
	for _, call := range c.Calls {
		out = append(out, call.Number)
	}
	return unique(out)
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

// callees ranks customers by their open calls, for one person: whom they are
// calling at this moment, then whom to call by a time, of these where safety is
// concerned first. A claim that has lapsed is none.
func callees(a *args, now, dueBy time.Time, who string) string {
	by := a.add(dueBy)
	return `
		select c.customer_id,
		       max(case when c.claimed_by = ` + a.add(who) + ` and c.claimed_at > ` + a.add(now.Add(-ClaimLapses)) + ` then 1 else 0 end) as mine,
		       max(case when c.due_at <= ` + by + ` then 1 else 0 end) as due,
		       max(case when c.due_at <= ` + by + ` and exists (
		           select 1 from contact_items i join order_lines l on l.id = i.line_id
		           where i.contact_id = c.id and l.severity = 'safety') then 1 else 0 end) as safety,
		       min(c.due_at) as first, min(c.id) as lowest
		from contacts c where c.state = 'open' group by c.customer_id`
}

// Count counts the customers whom one person is to call by a time, or is calling.
func (c Calls) Count(ctx context.Context, now, dueBy time.Time, who string) (n int, err error) {
	var a args
	err = c.db.GetContext(ctx, &n, `select count(*) from (`+callees(&a, now, dueBy, who)+`) k where k.mine = 1 or k.due = 1`, a.list...)
	if err != nil {
		return 0, fmt.Errorf("count calls: %w", err)
	}
	return n, nil
}

// Open lists up to limit customers to call, for one person: those they are calling
// first, then those with a call due by a time, then the others.
func (c Calls) Open(ctx context.Context, now, dueBy time.Time, who string, limit int) ([]CallToMake, error) {
	var a args
	const order = ` order by mine desc, due desc, safety desc, first, lowest`
	var rows []struct {
		CallToMake
		Call OpenCall `db:"call"`
	}
	err := c.db.SelectContext(ctx, &rows, `
		select c.customer_id, `+personName+` as customer, k.time_zone, k.postal_code, k.region,
		       c.id as "call.id", c.shop_id as "call.shop", coalesce(w.address, '') as "call.number", coalesce(w.body, '') as "call.words",
		       c.playbook_id as "call.playbook", c.due_at as "call.due_at", c.not_after as "call.not_after",
		       c.claimed_by as "call.claimed_by", c.claimed_at as "call.claimed_at", `+userName("c.claimed_by")+` as "call.claimant"
		from (select * from (`+callees(&a, now, dueBy, who)+`) n`+order+` limit `+a.add(limit)+`) n
		join contacts c on c.state = 'open' and c.customer_id = n.customer_id
		join customers k on k.id = c.customer_id left join contact_words w on w.contact_id = c.id`+order+`, c.due_at, c.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read open calls: %w", err)
	}
	var out []CallToMake
	for _, r := range rows {
		if !r.Call.ClaimedAt.After(now.Add(-ClaimLapses)) {
			r.Call.ClaimedBy, r.Call.Claimant, r.Call.ClaimedAt = "", "", Time{}
		}
		if n := len(out); n == 0 || out[n-1].CustomerID != r.CustomerID {
			out = append(out, r.CallToMake)
		}
		last := &out[len(out)-1]
		last.Calls = append(last.Calls, r.Call)
	}
	return out, c.complete(ctx, out)
}

// complete adds what helps to have the conversations.
func (c Calls) complete(ctx context.Context, list []CallToMake) error {
	if len(list) == 0 {
		return nil
	}
	byID, byCustomer := map[int64]*OpenCall{}, map[int64]*CallToMake{}
	var ids, customers []int64
	for i := range list {
		k := &list[i]
		byCustomer[k.CustomerID], customers = k, append(customers, k.CustomerID)
		for j := range k.Calls {
			byID[k.Calls[j].ID], ids = &k.Calls[j], append(ids, k.Calls[j].ID)
		}
	}
	if err := c.addItems(ctx, ids, byID); err != nil {
		return err
	}
	if err := c.addTries(ctx, ids, byID); err != nil {
		return err
	}
	var a args
	waiting, err := Tasks(c).waiting(ctx, ` and t.customer_id in `+in(&a, customers)+` order by t.due_at, t.id`, a)
	if err != nil {
		return err
	}
	for _, w := range waiting {
		byCustomer[w.CustomerID].Waiting = append(byCustomer[w.CustomerID].Waiting, w)
	}
	last, err := c.lastContacts(ctx, customers)
	for id, k := range byCustomer {
		k.Last = last[id]
	}
	return err
}

// addItems adds what calls are about: first lines, then canceled orders.
func (c Calls) addItems(ctx context.Context, ids []int64, calls map[int64]*OpenCall) error {
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

func (c Calls) addTries(ctx context.Context, ids []int64, calls map[int64]*OpenCall) error {
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
