package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

func TestSearchCustomers(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := b.AddCustomer(fixture.Customer{Name: "Ana de la Example", Phone: "+13125550101", Email: "ana@example.com"})
		elo := b.AddCustomer(fixture.Customer{Name: "Élodie Óscar-Sample", Phone: "+12125550102"})
		czech := b.AddCustomer(fixture.Customer{Name: "Čapek Sample"})
		per := b.AddCustomer(fixture.Customer{Name: "Percent 100%_Example"})
		gone := b.AddCustomer(fixture.Customer{Name: "Ana Gone", Email: "gone@example.com"})
		b.Exec(`update customers set merged_into = $1 where id = $2`, ana, gone)
		bakery := b.AddCustomer(fixture.Customer{Name: "- -", Kind: outreach.Organization})
		b.Exec(`update customers set company = 'Example Bakery', first_name = '', last_name = '' where id = $1`, bakery)
		car := b.AddVehicle(elo, "2018 Subaru Outback")
		b.Exec(`update vehicles set plate = 'AB 12-34' where id = $1`, car)
		b.AddOrder(fixture.Order{Customer: per, Number: "7001", Closed: noon})
		b.AddCanceled(fixture.Canceled{Customer: ana, Number: "8001", At: noon})
		for query, want := range map[string][]int64{
			"ana": {ana}, "ANA": {ana}, "de la ex": {ana}, "ana de": {ana}, "Example, Ana": nil, "de la Example, Ana": {ana}, "exam": {bakery},
			"Élo": {elo}, "élo": {elo}, "óscar": {elo}, "Óscar-Sample Élodie": {elo}, "lodie": nil,
			"elo": {elo}, "OSCAR": {elo}, "oscar-sample elodie": {elo}, "ÁNA": {ana}, "čap": {czech}, "Čap": {czech}, "cap": nil,
			"0101": {ana}, "0102": {elo}, "101": nil, "0199": nil,
			"100%": {per}, "%": nil, "_": nil, "100%_ex": {per},
			"(312) 555-0101": {ana}, "312.555.0101": {ana}, "+1 312 555 0101": {ana}, "5550101": {ana}, "555-0102": nil, "2125550102": {elo},
			"ANA@example.com": {ana}, "gone@example.com": nil,
			"ab1234": {elo}, "AB 12 34": {elo}, "ab-12-34": {elo}, "7001": {per}, "#7001": {per}, "8001": {ana},
			"'; drop table customers; --": nil, "": nil, "   ": nil, "\\": nil,
		} {
			found, err := store.Customers{DB: b.DB}.Search(t.Context(), strings.TrimSpace(query), "312", 50)
			if err != nil {
				t.Fatalf("%q: %v", query, err)
			}
			var ids []int64
			for _, m := range found {
				ids = append(ids, m.ID)
			}
			if !slices.Equal(ids, want) {
				t.Errorf("%q finds %v, want %v", query, ids, want)
			}
		}
		found, err := store.Customers{DB: b.DB}.Search(t.Context(), "élodie", "", 50)
		if err != nil || len(found) != 1 || !slices.Equal(found[0].Addresses, []string{"+12125550102"}) ||
			!slices.Equal(found[0].Vehicles, []string{"2018 Subaru Outback AB 12-34"}) {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// lived is a customer with something in every part of the file, and a stranger who
// shares the number.
func lived(t *testing.T, b *fixture.Books) (customer, kin int64) {
	t.Helper()
	ctx, people := t.Context(), store.Customers{DB: b.DB}
	customer = b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: "+13125550101", Email: "ana@example.com", Texts: true})
	kin = b.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: "+13125550101", Email: "kim@example.com"})
	for _, c := range []struct {
		id   int64
		name string
		days int // until the appointment
	}{{customer, "ana's", 3}, {kin, "kim's", 4}} {
		car := b.AddVehicle(c.id, "2018 Subaru Outback")
		order := b.AddOrder(fixture.Order{Customer: c.id, Vehicle: car, Closed: noon.AddDate(0, 0, -9), Lines: []fixture.Line{
			{Name: c.name + " brakes", Finding: "2 mm", Price: 42_000},
			{Name: c.name + " recall", Auth: outreach.Authorized, PayType: "warranty", Done: noon},
		}})
		b.AddSent(fixture.Sent{Customer: c.id, Channel: outreach.SMS, To: "+13125550101", At: noon.AddDate(0, 0, -2), Body: c.name + " text", Lines: b.Lines(order)[:1]})
		must(t, people.AddNote(ctx, noon.Add(-time.Hour), c.id, "pat", c.name+" note"))
		b.AddCanceled(fixture.Canceled{Customer: c.id, What: c.name + " visit", At: noon.AddDate(0, 0, -3)})
		b.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c.id, noon.AddDate(0, 0, c.days))
		b.Exec(`insert into audit_log (at, who, what, object, detail) values ($1, 'pat', 'merge customers', $2, $3)`, noon, fmt.Sprintf("customer %d", c.id), c.name+" audit")
	}
	return customer, kin
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFileIsOneCustomers: nothing of another one, though they share a number, but
// that they do.
func TestFileIsOneCustomers(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		customer, kin := lived(t, b)
		people := store.Customers{DB: b.DB}
		f, err := people.File(t.Context(), noon, customer)
		must(t, err)
		page, more, err := people.Timeline(t.Context(), customer, store.Mark{})
		must(t, err)
		all := fmt.Sprintf("%+v", f)
		for _, e := range page {
			if e.Contact != nil {
				all += fmt.Sprintf("%+v", *e.Contact)
			}
			all += fmt.Sprintf("%+v", e)
		}
		if strings.Contains(all, "kim's") || strings.Contains(all, "kim@") || more {
			t.Errorf("something of another customer: %s", all)
		}
		for _, part := range []string{"ana's recall", "ana's text", "ana's note", "ana's audit"} {
			if !strings.Contains(all, part) {
				t.Errorf("%s is missing", part)
			}
		}
		if len(f.Addresses) != 2 || len(f.Addresses[0].Shared) != 1 || f.Addresses[0].Shared[0] != (store.Named{ID: kin, Name: "Kim Example"}) || f.Addresses[1].Shared != nil {
			t.Errorf("addresses: %+v", f.Addresses)
		}
		if len(f.Open) != 2 || f.Open[0].Line.Name != "ana's brakes" || f.Open[1].Canceled.What != "ana's visit" {
			t.Errorf("open: %+v", f.Open)
		}
		if len(f.Cars) != 1 || len(f.Cars[0].Visits) != 1 || len(f.Cars[0].Visits[0].Lines) != 2 || f.Cars[0].Visits[0].Lines[1].PayType != "warranty" {
			t.Errorf("cars: %+v", f.Cars)
		}
		if len(f.Running) != 1 || len(f.Consents) != 1 || !slices.Equal(f.Booked, []time.Time{noon.AddDate(0, 0, 3)}) || len(f.Cases) != 0 {
			t.Errorf("running %+v, consents %+v, booked %v, cases %+v", f.Running, f.Consents, f.Booked, f.Cases)
		}
		// The household's open wound is everybody's.
		b.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, kin, noon)
		if f, err = people.File(t.Context(), noon, customer); err != nil || len(f.Cases) != 1 || f.Cases[0].CustomerID != kin {
			t.Errorf("cases: %+v, %v", f.Cases, err)
		}
		if _, err := people.File(t.Context(), noon, 999999); !errors.Is(err, store.ErrNoCustomer) {
			t.Errorf("nobody: %v", err)
		}
		b.Exec(`update customers set merged_into = $1 where id = $2`, customer, kin)
		if f, err = people.File(t.Context(), noon, kin); err != nil || f.Customer.ID != customer {
			t.Errorf("merged: %+v, %v", f.Customer, err)
		}
	})
}

// TestTimelineInPages: each entry once, the newest first, also where many happened
// at one instant; and a page of a long one comes quickly.
func TestTimelineInPages(t *testing.T) {
	const entries = 5000
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		customer := b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		series := `with recursive s (n) as (select 1 union all select n + 1 from s where n < $1) `
		at := `strftime('%Y-%m-%dT%H:%M:%f000Z', '2026-01-01', '+' || (n / 3) || ' minutes')`
		if b.Postgres {
			at = `timestamptz '2026-01-01T00:00:00Z' + (n / 3) * interval '1 minute'`
			series = `with s (n) as (select generate_series(1, cast($1 as integer))) `
		}
		b.Exec(series+`insert into notes (customer_id, at, by_whom, words) select cast($2 as bigint), `+at+`, 'pat', 'note ' || n from s`, entries/2, customer)
		b.Exec(series+`insert into contacts (shop_id, customer_id, channel, state, ended_at) select 'main', cast($2 as bigint), 'sms', 'suppressed', `+at+` from s`, entries/2, customer)
		people := store.Customers{DB: b.DB}
		seen := map[store.Mark]bool{}
		read := func(from store.Mark) (last store.Mark, more bool) {
			t.Helper()
			start := time.Now()
			page, more, err := people.Timeline(t.Context(), customer, from)
			must(t, err)
			if took := time.Since(start); took > 20*time.Second { // some hundredths of one, but for -race and busy machines
				t.Errorf("a page took %v", took)
			}
			last = from
			for _, e := range page {
				if seen[e.Mark] || !last.At.IsZero() && e.At.After(last.At) {
					t.Fatalf("%+v after %+v", e.Mark, last)
				}
				if (e.Kind == store.EntryNote) != (e.Note != "") || (e.Kind == store.EntryContact) != (e.Contact != nil) {
					t.Fatalf("an entry is empty: %+v", e)
				}
				seen[e.Mark], last = true, e.Mark
			}
			return last, more
		}
		const pages = 5
		var from store.Mark
		for range pages {
			from, _ = read(from)
		}
		if len(seen) != pages*store.TimelinePage {
			t.Errorf("%d entries on %d pages", len(seen), pages)
		}
		early := store.Mark{At: time.Date(2026, 1, 1, 0, 2, 0, 0, time.UTC)}
		if _, more := read(early); more || len(seen) != pages*store.TimelinePage+2*5 {
			t.Errorf("%d entries, and more: %v", len(seen), more)
		}
	})
}

func TestStaffOptOutIsTheCustomersOwn(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		customer, _ := lived(t, b)
		people := store.Customers{DB: b.DB}
		must(t, people.OptOut(t.Context(), noon, customer, outreach.SMS, "pat", "told_to_staff"))
		if got := b.Strings(`select address, channel, source from opt_outs`); !slices.Equal(got, []string{"+13125550101 sms pat"}) {
			t.Errorf("texts: %v", got)
		}
		must(t, people.OptOut(t.Context(), noon, customer, "", "pat", "told_to_staff"))
		if got := b.Strings(`select address from opt_outs where channel = '' order by 1`); !slices.Equal(got, []string{"+13125550101", "ana@example.com"}) {
			t.Errorf("everything: %v", got)
		}
		n, err := people.Lift(t.Context(), noon, customer, "kim@example.com", "meg")
		if !errors.Is(err, store.ErrNoAddress) || n != 0 {
			t.Errorf("another's address: %d, %v", n, err)
		}
		if n, err = people.Lift(t.Context(), noon.Add(time.Second), customer, "+13125550101", "meg"); err != nil || n != 2 {
			t.Errorf("lifted %d, %v", n, err)
		}
		page, _, err := people.Timeline(t.Context(), customer, store.Mark{})
		must(t, err)
		i := slices.IndexFunc(page, func(e store.Entry) bool { return e.Kind == store.EntryLifted })
		if i < 0 || page[i].Who != "meg" || page[i].Detail != "the customer asked to hear from us again" {
			t.Errorf("who lifted it: %+v", page[max(i, 0)])
		}
	})
}
