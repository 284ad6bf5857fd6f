package store

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/courtesyd/courtesyd/internal/phone"
)

// Customers are the people and companies the shop works for, as its own people
// look at them.
type Customers struct{ *DB }

// Match is a customer whom somebody may have looked for.
type Match struct {
	ID        int64  `db:"id"`
	FirstName string `db:"first_name"`
	LastName  string `db:"last_name"`
	Company   string `db:"company"`
	LastVisit Time   `db:"last_visit"`
	Addresses []string
	Vehicles  []string
}

// Search finds customers by the beginning of a name, by a phone number however it
// is written or its last four digits, by mail address, plate or order number: at most limit of them, by
// name. areaCode is the shop's, for numbers written without one.
func (c Customers) Search(ctx context.Context, text, areaCode string, limit int) ([]Match, error) {
	var a args
	var ways []string
	for _, way := range []func(*args, string) string{c.byAddress(areaCode), c.byLastDigits, byPlate, byNumber, c.byName} {
		if query := way(&a, text); query != "" {
			ways = append(ways, query)
		}
	}
	if len(ways) == 0 {
		return nil, nil
	}
	var out []Match
	err := c.db.SelectContext(ctx, &out, fmt.Sprintf(`
		select k.id, k.first_name, k.last_name, k.company,
		       (select max(coalesce(o.closed_at, o.opened_at)) from orders o where o.customer_id = k.id) as last_visit
		from customers k where k.merged_into is null and k.id in (%s)
		order by lower(k.last_name), lower(k.first_name), k.id limit %d`, strings.Join(ways, " union "), limit), a.list...)
	if err != nil {
		return nil, fmt.Errorf("look for customers: %w", err)
	}
	return out, c.describe(ctx, out)
}

// byAddress finds whose number or mail address a text is.
func (c Customers) byAddress(areaCode string) func(*args, string) string {
	return func(a *args, text string) string {
		value := strings.ToLower(text)
		if !strings.Contains(text, "@") {
			if strings.ContainsFunc(text, unicode.IsLetter) {
				return ""
			}
			const local = 7 // digits of a number without its area code
			if digits := onlyDigits(text); len(digits) == local {
				text = areaCode + digits
			}
			number, err := phone.Normalize(text, "")
			if err != nil {
				return "" // it is something else
			}
			value = number
		}
		return `select customer_id from addresses where value = ` + a.add(value)
	}
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

func byPlate(a *args, text string) string {
	plate := strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(text))
	return `select customer_id from vehicles where plate <> '' and upper(replace(replace(plate, ' ', ''), '-', '')) = ` + a.add(plate)
}

func byNumber(a *args, text string) string {
	number := a.add(strings.TrimPrefix(text, "#"))
	return `select customer_id from orders where number = ` + number + ` union select customer_id from canceled_orders where number = ` + number
}

// byName finds by the beginnings of names.
func (c Customers) byName(a *args, text string) string {
	ways := c.named(a, text)
	for i, way := range ways {
		ways[i] = `select k.id from customers k where ` + way
	}
	return strings.Join(ways, " union ")
}

// byLastDigits finds by the end of a phone number, as people remember it.
func (d *DB) byLastDigits(a *args, text string) string {
	const known = 4
	if digits := onlyDigits(text); len(digits) != known || digits != text {
		return ""
	}
	end := `substr(value, -4)`
	if d.postgres {
		end = `right(value, 4)`
	}
	return `select customer_id from addresses where kind = 'phone' and ` + end + ` = ` + a.add(text)
}

// describe adds what tells people of one name apart.
func (c Customers) describe(ctx context.Context, found []Match) error {
	ids := make([]int64, len(found))
	at := make(map[int64]int, len(found))
	for i, m := range found {
		ids[i], at[m.ID] = m.ID, i
	}
	var a args
	list := in(&a, ids)
	var rows []struct {
		ID      int64  `db:"customer_id"`
		Vehicle bool   `db:"vehicle"`
		Text    string `db:"text"`
	}
	err := c.db.SelectContext(ctx, &rows, `
		select customer_id, false as vehicle, value as text from addresses where customer_id in `+list+`
		union all
		select customer_id, true, trim(case when year > 0 then cast(year as text) else '' end || ' ' || make || ' ' || model || ' ' || plate)
		from vehicles where customer_id in `+list+` order by 3`, a.list...)
	if err != nil {
		return fmt.Errorf("read addresses and vehicles: %w", err)
	}
	for _, r := range rows {
		m := &found[at[r.ID]]
		if r.Vehicle {
			m.Vehicles = append(m.Vehicles, r.Text)
		} else {
			m.Addresses = append(m.Addresses, r.Text)
		}
	}
	return nil
}
