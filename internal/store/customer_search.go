package store

import (
	"context"
	"fmt"
	"slices"
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
// is written, by mail address, plate or order number: at most limit of them, by
// name. areaCode is the shop's, for numbers written without one.
func (c Customers) Search(ctx context.Context, text, areaCode string, limit int) ([]Match, error) {
	var a args
	var ways []string
	for _, way := range []func(*args, string) string{c.byAddress(areaCode), byPlate, byNumber, c.byName} {
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

// byName finds by the beginnings of first and last name, in either order, or of
// a company's name.
func (c Customers) byName(a *args, text string) string {
	names := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || r == ',' })
	if len(names) == 0 {
		return ""
	}
	whole := strings.Join(strings.Fields(text), " ")
	ways := []string{c.begins(a, "company", whole) + ` and company <> ''`, c.begins(a, "last_name", whole), c.begins(a, "first_name", whole)}
	for i := 1; i < len(names); i++ { // "Pat van Example", "Example, Pat"
		one, two := strings.Join(names[:i], " "), strings.Join(names[i:], " ")
		ways = append(ways,
			c.begins(a, "first_name", one)+` and `+c.begins(a, "last_name", two),
			c.begins(a, "last_name", one)+` and `+c.begins(a, "first_name", two))
	}
	for i, way := range ways {
		ways[i] = `select id from customers where ` + way
	}
	return strings.Join(ways, " union ")
}

// begins is the condition that a column begins with a text, in any case. SQLite's
// lower(), and PostgreSQL's in the locale C, leave letters outside ASCII as they
// are, so what was typed is compared with a capital there, too. PostgreSQL is told
// to compare bytes, as SQLite does.
func (c Customers) begins(a *args, column, text string) string {
	bytewise := ""
	if c.postgres {
		bytewise = ` collate "C"`
	}
	small := []rune(strings.ToLower(text))
	spellings := []string{string(small), lowerASCII(text)}
	small[0] = unicode.ToUpper(small[0])
	spellings = append(spellings, lowerASCII(string(small)))
	slices.Sort(spellings)
	var tests []string
	for _, s := range slices.Compact(spellings) {
		tests = append(tests, fmt.Sprintf(`(lower(%[1]s)%[2]s >= %[3]s and lower(%[1]s)%[2]s < %[4]s)`,
			column, bytewise, a.add(s), a.add(s+string(unicode.MaxRune))))
	}
	return "(" + strings.Join(tests, " or ") + ")"
}

func lowerASCII(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, text)
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
