package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// facts reads what a group of contacts is judged by, and holds it still until tx
// ends. Contacts of people with whom somebody else is at work are left out: their
// turn comes again.
func (q Queue) facts(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, contacts []outreach.Contact) ([]outreach.Due, error) {
	addresses, err := loadAddresses(ctx, tx, customersOf(contacts))
	if err != nil {
		return nil, err
	}
	// From here on no opt-out for these addresses, and no other hand-over to
	// them, can commit before we do; one that already has is seen by the next
	// statement.
	if contacts, err = q.undisturbed(ctx, tx, contacts, addresses); err != nil || len(contacts) == 0 {
		return nil, err
	}
	return gather(ctx, tx, r, contacts, addresses)
}

// gather reads everything the gate needs to know about a group of contacts, in
// a number of queries that does not grow with the group.
func gather(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, contacts []outreach.Contact, addresses map[int64][]outreach.Address) ([]outreach.Due, error) {
	customers, followUps, shops := keysOf(contacts)
	p, err := loadPeople(ctx, tx, r, customers, valuesOf(addresses))
	if err != nil {
		return nil, err
	}
	shopByID, err := loadShops(ctx, tx, shops)
	if err != nil {
		return nil, err
	}
	items, err := itemsOf(ctx, tx, followUps)
	if err != nil {
		return nil, err
	}
	sent, err := sentBy(ctx, tx, followUps)
	if err != nil {
		return nil, err
	}
	asked, err := whatWasAsked(ctx, tx, contacts)
	if err != nil {
		return nil, err
	}
	own, err := ownWords(ctx, tx, contacts)
	if err != nil {
		return nil, err
	}
	out := make([]outreach.Due, len(contacts))
	for i, c := range contacts {
		d := outreach.Due{
			Contact: c, Shop: shopByID[c.ShopID], Customer: p.customers[c.CustomerID],
			Addresses: addresses[c.CustomerID], Consents: p.ledger(c.CustomerID, addresses[c.CustomerID]),
			LastVisit: p.lastVisit[c.CustomerID], Sent: sent[c.FollowUpID], Items: items[c.FollowUpID],
			Subject: own[c.ID].Subject, Body: own[c.ID].Body,
		}
		q := asked[c.Answers]
		q.invites(&d, cmp.Or(own[c.ID].Address, q.Address))
		for _, a := range d.Addresses {
			d.OptOuts = append(d.OptOuts, p.optOuts[a.Value]...)
		}
		for _, k := range p.kin[c.CustomerID] {
			d.RecoveryOpen = d.RecoveryOpen || p.recovery[k]
			d.ReplyWaiting = d.ReplyWaiting || p.waiting[k]
			d.Booked = d.Booked || p.booked[k]
			d.History = append(d.History, p.history[k]...)
		}
		out[i] = d
	}
	return out, nil
}

func customersOf(contacts []outreach.Contact) []int64 {
	customers, _, _ := keysOf(contacts)
	return customers
}

func keysOf(contacts []outreach.Contact) (customers, followUps []int64, shops []string) {
	for _, c := range contacts {
		customers, followUps = append(customers, c.CustomerID), append(followUps, c.FollowUpID)
		shops = append(shops, c.ShopID)
	}
	return customers, followUps, shops
}

// undisturbed returns those contacts all of whose customer's addresses it could lock.
func (q Queue) undisturbed(ctx context.Context, tx *sqlx.Tx, contacts []outreach.Contact, addresses map[int64][]outreach.Address) ([]outreach.Contact, error) {
	own, err := q.tryLockAddresses(ctx, tx, valuesOf(addresses))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(contacts, func(c outreach.Contact) bool {
		return slices.ContainsFunc(addresses[c.CustomerID], func(a outreach.Address) bool { return !own(a.Value) })
	}), nil
}

func valuesOf(addresses map[int64][]outreach.Address) []string {
	var out []string
	for _, list := range addresses {
		for _, a := range list {
			out = append(out, a.Value)
		}
	}
	return out
}

// people is what is known about a group of customers and their kin.
type people struct {
	customers map[int64]outreach.Customer
	kin       map[int64][]int64
	consents  map[int64][]outreach.Consent
	optOuts   map[string][]outreach.OptOut
	lastVisit map[int64]time.Time
	history   map[int64][]time.Time
	recovery  map[int64]bool
	waiting   map[int64]bool
	booked    map[int64]bool
}

// ledger is a customer's own consents, and every "no" that somebody else said
// about an address they share. A "yes" is only ever the customer's own.
func (p people) ledger(customerID int64, addresses []outreach.Address) []outreach.Consent {
	out := p.consents[customerID]
	for _, k := range p.kin[customerID] {
		if k == customerID {
			continue
		}
		for _, c := range p.consents[k] {
			shared := c.Address == "" || slices.ContainsFunc(addresses, func(a outreach.Address) bool { return a.Value == c.Address })
			if c.State == outreach.ConsentRevoked && shared {
				out = append(slices.Clip(out), c)
			}
		}
	}
	return out
}

func loadPeople(ctx context.Context, tx *sqlx.Tx, r outreach.HandOver, customers []int64, addresses []string) (p people, err error) {
	if p.customers, err = loadCustomers(ctx, tx, customers); err != nil {
		return p, err
	}
	if p.kin, err = loadKin(ctx, tx, customers); err != nil {
		return p, err
	}
	var kin []int64
	for _, ids := range p.kin {
		kin = append(kin, ids...)
	}
	kin = unique(kin)
	if p.consents, err = loadConsents(ctx, tx, kin); err != nil {
		return p, err
	}
	if p.optOuts, err = loadOptOuts(ctx, tx, addresses); err != nil {
		return p, err
	}
	if p.lastVisit, err = loadLastVisits(ctx, tx, customers); err != nil {
		return p, err
	}
	if p.history, err = loadHistory(ctx, tx, kin, r.HistorySince, r.Rehearsal); err != nil {
		return p, err
	}
	if p.recovery, err = flagged(ctx, tx, `
		select distinct customer_id from recovery_cases where closed_at is null and customer_id in `, kin); err != nil {
		return p, err
	}
	if p.waiting, err = flagged(ctx, tx, `
		select distinct customer_id from contacts where direction = 'in' and answered_at is null and customer_id in `, kin); err != nil {
		return p, err
	}
	// Who wrote before they were on record waits, too.
	strangers, err := flagged(ctx, tx, `
		select distinct a.customer_id from contacts c join contact_words w on w.contact_id = c.id join addresses a on a.value = w.address
		where c.direction = 'in' and c.answered_at is null and c.customer_id is null and a.customer_id in `, kin)
	if err != nil {
		return p, err
	}
	maps.Copy(p.waiting, strangers)
	p.booked, err = flagged(ctx, tx, `
		select distinct customer_id from appointments where canceled_at is null and starts_at > $1 and customer_id in `,
		kin, at(r.Now))
	return p, err
}

// flagged returns the customers for whom a query finds something. The list of
// ids is appended to the query.
func flagged(ctx context.Context, tx *sqlx.Tx, query string, ids []int64, params ...any) (map[int64]bool, error) {
	a := args{list: params}
	var found []int64
	if err := tx.SelectContext(ctx, &found, query+in(&a, ids), a.list...); err != nil {
		return nil, fmt.Errorf("read what stops a contact: %w", err)
	}
	out := make(map[int64]bool, len(found))
	for _, id := range found {
		out[id] = true
	}
	return out, nil
}

func loadLastVisits(ctx context.Context, tx *sqlx.Tx, customers []int64) (map[int64]time.Time, error) {
	var a args
	var rows []struct {
		CustomerID int64 `db:"customer_id"`
		At         Time  `db:"at"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select customer_id, max(closed_at) as at from orders
		where status = 'closed' and customer_id in `+in(&a, unique(customers))+` group by customer_id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read last visits: %w", err)
	}
	out := make(map[int64]time.Time, len(rows))
	for _, r := range rows {
		out[r.CustomerID] = r.At.Time
	}
	return out, nil
}

// loadHistory reads when customers had, or may have had, a contact from us.
func loadHistory(ctx context.Context, tx *sqlx.Tx, kin []int64, since time.Time, rehearsal bool) (map[int64][]time.Time, error) {
	var a args
	from, reh := a.add(since), a.add(rehearsal)
	var rows []struct {
		CustomerID int64  `db:"customer_id"`
		State      string `db:"state"`
		At         Time   `db:"at"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select customer_id, state, case when channel = 'call' then coalesce(ended_at, handed_at, created_at) else handed_at end as at
		from contacts
		where (handed_at >= `+from+` or ended_at >= `+from+`) and rehearsal = `+reh+` and direction = 'out'
		  and customer_id in `+in(&a, kin), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read contact history: %w", err)
	}
	out := make(map[int64][]time.Time)
	for _, r := range rows {
		if counts(outreach.State(r.State)) {
			out[r.CustomerID] = append(out[r.CustomerID], r.At.Time)
		}
	}
	return out, nil
}

func loadShops(ctx context.Context, tx *sqlx.Tx, ids []string) (map[string]outreach.Shop, error) {
	var a args
	var rows []struct {
		ID            string `db:"id"`
		Name          string `db:"name"`
		LegalName     string `db:"legal_name"`
		Phone         string `db:"phone"`
		Email         string `db:"email"`
		PostalAddress string `db:"postal_address"`
		PostalCode    string `db:"postal_code"`
		Region        string `db:"region"`
		Country       string `db:"country"`
		TimeZone      string `db:"time_zone"`
		Locale        string `db:"locale"`
		Currency      string `db:"currency"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select id, name, legal_name, phone, email, postal_address, postal_code, region, country, time_zone, locale, currency
		from shops where id in `+in(&a, unique(ids)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read shops: %w", err)
	}
	out := make(map[string]outreach.Shop, len(rows))
	for _, r := range rows {
		out[r.ID] = outreach.Shop(r)
	}
	return out, nil
}

// itemsOf loads what follow-ups are about, weighed by each vehicle's history.
func itemsOf(ctx context.Context, tx *sqlx.Tx, followUps []int64) (map[int64][]outreach.Item, error) {
	var a args
	var lines []lineRow
	err := tx.SelectContext(ctx, &lines, `
		select `+lineColumns+`
		from follow_up_items i join order_lines l on l.id = i.line_id join orders o on o.id = l.order_id
		left join vehicles v on v.id = o.vehicle_id
		where i.released_at is null and i.follow_up_id in `+in(&a, unique(followUps))+` order by l.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read lines of follow-ups: %w", err)
	}
	a = args{}
	var canceled []canceledRow
	err = tx.SelectContext(ctx, &canceled, `
		select `+canceledColumns+`
		from follow_up_items i join canceled_orders x on x.id = i.canceled_order_id
		left join vehicles v on v.id = x.vehicle_id
		where i.released_at is null and i.follow_up_id in `+in(&a, unique(followUps))+` order by x.id`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read canceled orders of follow-ups: %w", err)
	}
	items, err := weighed(ctx, tx, lines)
	if err != nil {
		return nil, err
	}
	out := make(map[int64][]outreach.Item)
	for _, it := range items {
		out[it.FollowUpID] = append(out[it.FollowUpID], it)
	}
	for _, r := range canceled {
		out[r.FollowUpID] = append(out[r.FollowUpID], r.item())
	}
	return out, nil
}

// counts reports whether a contact in a state is held against the next one.
// An open call is: an adviser may be making it at this moment.
func counts(s outreach.State) bool {
	return s.Reached() || s == outreach.Rehearsed || s == outreach.CallOpen
}

// sentBy counts what each follow-up has already said, or may have said.
func sentBy(ctx context.Context, tx *sqlx.Tx, followUps []int64) (map[int64]int, error) {
	var a args
	var rows []struct {
		FollowUpID int64  `db:"follow_up_id"`
		State      string `db:"state"`
	}
	err := tx.SelectContext(ctx, &rows, `
		select follow_up_id, state from contacts where follow_up_id in `+in(&a, unique(followUps)), a.list...)
	if err != nil {
		return nil, fmt.Errorf("count contacts of follow-ups: %w", err)
	}
	out := make(map[int64]int)
	for _, r := range rows {
		if counts(outreach.State(r.State)) {
			out[r.FollowUpID]++
		}
	}
	return out, nil
}
