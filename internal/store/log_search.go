package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/courtesyd/courtesyd/internal/phone"
)

// logSet is the contacts that a word of the filter stands for: themselves, of
// customers, of follow-ups, to or from addresses.
type logSet struct {
	ids, customers, followUps []int64
	addresses                 []string
}

func (s logSet) empty() bool {
	return len(s.ids)+len(s.customers)+len(s.followUps)+len(s.addresses) == 0
}

// tests are the ways to be in the set. Each has an index of its own.
func (s logSet) tests(a *args) (out []string) {
	if len(s.ids) > 0 {
		out = append(out, "c.id in "+in(a, s.ids))
	}
	if len(s.customers) > 0 {
		out = append(out, "c.customer_id in "+in(a, s.customers))
	}
	if len(s.followUps) > 0 {
		out = append(out, "c.follow_up_id in "+in(a, s.followUps))
	}
	if len(s.addresses) > 0 {
		out = append(out, "c.id in (select contact_id from contact_words where address in "+in(a, s.addresses)+")")
	}
	return out
}

// member is the condition to be in the set.
func (s logSet) member(a *args) string {
	return "(" + strings.Join(s.tests(a), " or ") + ")"
}

// contacts selects those of the set that fit further conditions.
func (s logSet) contacts(a *args, and string) string {
	tests := s.tests(a)
	for i, test := range tests {
		tests[i] = "select c.id as id, " + happened + " as at from contacts c where " + test + and
	}
	return strings.Join(tests, " union ")
}

// condition is written into a statement with its arguments. One that looks into
// other tables does so contact by contact: written as a join, the planner might
// begin at the other end, with all contacts of many customers.
type condition func(*args) string

// many bounds sets. If more people or orders fit, enough contacts do that they
// are found by looking at one after the other.
const many = 400

// findSets finds whom and what the filter names, and notes if that is nothing.
func (r *reading) findSets(ctx context.Context, f LogFilter) error {
	if f.ID != 0 {
		r.sets = append(r.sets, logSet{ids: []int64{f.ID}})
	}
	if f.CustomerID != 0 {
		r.sets = append(r.sets, logSet{customers: []int64{f.CustomerID}})
	}
	for _, word := range []struct {
		text string
		find func(context.Context, string) (s logSet, wide condition, err error)
	}{
		{f.Order, r.aboutOrder},
		{f.Vehicle, r.aboutVehicle},
		{f.Customer, r.called},
		{f.Name, r.withName},
		{f.Search, func(ctx context.Context, text string) (logSet, condition, error) {
			return r.search(ctx, text, f.AreaCode)
		}},
		{f.Adviser, r.ofAdviser},
	} {
		if word.text == "" {
			continue
		}
		set, wide, err := word.find(ctx, word.text)
		switch {
		case err != nil:
			return err
		case wide != nil:
			r.wide = append(r.wide, wide)
		case set.empty():
			r.nothing = true
			return nil
		default:
			r.sets = append(r.sets, set)
		}
	}
	return nil
}

// search finds what may be meant by words in a single field.
func (r *reading) search(ctx context.Context, text, areaCode string) (set logSet, wide condition, err error) {
	if set, _, err = r.aboutOrder(ctx, text); err != nil {
		return set, nil, err
	}
	cars, _, err := r.aboutVehicle(ctx, text)
	if err != nil {
		return set, nil, err
	}
	set.followUps = unique(append(set.followUps, cars.followUps...))
	if address := addressIn(text, areaCode); address != "" {
		set.addresses = []string{address}
		set.customers, err = r.found(ctx, args{list: []any{address}}, `select customer_id from addresses where value = $1`)
		return set, nil, err
	}
	var a args
	if query := r.byLastDigits(&a, text); query != "" {
		set.customers, err = r.found(ctx, a, query)
		return set, nil, err
	}
	if !strings.ContainsFunc(text, unicode.IsLetter) {
		return set, nil, nil
	}
	people, called, err := r.withName(ctx, text)
	set.customers = people.customers
	if err != nil || called == nil || set.empty() {
		return set, called, err
	}
	return set, func(a *args) string { return "(" + called(a) + " or " + set.member(a) + ")" }, nil
}

// addressIn reads a whole phone number or mail address, as addresses are kept.
// A number may be without its area code where that is the shop's.
func addressIn(text, areaCode string) string {
	text = strings.TrimSpace(text)
	if strings.Contains(text, "@") {
		return strings.ToLower(text)
	}
	if strings.ContainsFunc(text, unicode.IsLetter) {
		return ""
	}
	for _, written := range []string{text, areaCode + text} {
		if number, err := phone.Normalize(written, ""); err == nil {
			return number
		}
	}
	return "" // no number, so something else is looked for
}

// found reads up to one more than many ids.
func (d *DB) found(ctx context.Context, a args, query string) ([]int64, error) {
	var ids []int64
	if err := d.db.SelectContext(ctx, &ids, query+" limit "+strconv.Itoa(many+1), a.list...); err != nil {
		return nil, fmt.Errorf("find customers and orders: %w", err)
	}
	return ids, nil
}

const (
	// viaLines and viaCanceled lead from orders to the follow-ups they are raised in.
	// PostgreSQL must be told that most items have no canceled order.
	viaLines = `select i.follow_up_id from orders o join order_lines n on n.order_id = o.id
		join follow_up_items i on i.line_id = n.id `
	viaCanceled = `select i.follow_up_id from canceled_orders o
		join follow_up_items i on i.canceled_order_id = o.id and i.canceled_order_id is not null `
)

// aboutOrder finds contacts about the orders of a number or a source's id.
func (r *reading) aboutOrder(ctx context.Context, number string) (logSet, condition, error) {
	a := args{list: []any{strings.TrimSpace(number)}}
	const which = `where o.number = $1 or o.external_id = $1`
	ids, err := r.found(ctx, a, viaLines+which+" union "+viaCanceled+which)
	return logSet{followUps: ids}, nil, err
}

// aboutVehicle finds contacts about the vehicles of a plate or VIN.
func (r *reading) aboutVehicle(ctx context.Context, mark string) (logSet, condition, error) {
	mark = strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(mark))
	a := args{list: []any{mark}}
	const which = `join vehicles v on v.id = o.vehicle_id
		where v.plate <> '' and upper(replace(replace(v.plate, ' ', ''), '-', '')) = $1 or v.vin <> '' and v.vin = $1`
	ids, err := r.found(ctx, a, viaLines+which+" union "+viaCanceled+which)
	return logSet{followUps: ids}, nil, err
}

// ofAdviser finds contacts about orders that an adviser wrote.
func (r *reading) ofAdviser(ctx context.Context, adviser string) (logSet, condition, error) {
	a := args{list: []any{adviser}}
	orders, err := r.found(ctx, a, `select id from orders where adviser <> '' and adviser = $1`)
	if err != nil {
		return logSet{}, nil, err
	}
	if len(orders) > many {
		return logSet{}, func(a *args) string {
			return `(select count(*) from (` + viaLines + `where i.follow_up_id = c.follow_up_id and o.adviser = ` + a.add(adviser) + `) his) > 0`
		}, nil
	}
	a = args{}
	var ids []int64
	err = r.db.SelectContext(ctx, &ids, viaLines+`where o.id in `+in(&a, orders), a.list...)
	if err != nil {
		return logSet{}, nil, fmt.Errorf("find follow-ups of an adviser: %w", err)
	}
	return logSet{followUps: unique(ids)}, nil, nil
}

// called finds customers whose name contains a text.
func (r *reading) called(ctx context.Context, text string) (logSet, condition, error) {
	return r.people(ctx, func(a *args) string {
		return r.folded(`coalesce(nullif(trim(k.first_name || ' ' || k.last_name), ''), k.company)`) + ` like ` +
			a.add("%"+likeText(text)+"%") + ` escape '\'`
	})
}

// withName finds customers whose first and last names, in either order, or whose
// company begin with a text.
func (r *reading) withName(ctx context.Context, text string) (logSet, condition, error) {
	if len(r.named(&args{}, text)) == 0 {
		return logSet{}, nil, nil
	}
	return r.people(ctx, func(a *args) string { return "(" + strings.Join(r.named(a, text), " or ") + ")" })
}

// people finds customers by a condition on k, their row. A customer who was
// merged into another is found as that one.
func (r *reading) people(ctx context.Context, fits condition) (logSet, condition, error) {
	var a args
	query := `select coalesce(k.merged_into, k.id) from customers k where ` + fits(&a)
	ids, err := r.found(ctx, a, query)
	if err != nil || len(ids) <= many {
		return logSet{customers: unique(ids)}, nil, err
	}
	return logSet{}, func(a *args) string {
		return `(select ` + fits(a) + ` from customers k where k.id = c.customer_id)`
	}, nil
}

// likeText escapes what LIKE would read as a pattern.
func likeText(s string) string {
	return strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(fold(s))
}
