package store_test

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// item returns the one item of an order as the program sees it.
func item(t *testing.T, b *fixture.Books, number string) outreach.Item {
	t.Helper()
	found, err := store.Log{DB: b.DB}.Stories(t.Context(), number)
	if err != nil || len(found) != 1 || len(found[0].Items) != 1 {
		t.Fatalf("order %s: %+v, %v", number, found, err)
	}
	return found[0].Items[0]
}

// TestWhatTheCarsHistorySays about a line left undone in January.
func TestWhatTheCarsHistorySays(t *testing.T) {
	january, june := noon.AddDate(0, -5, 0), noon
	for _, tc := range []struct {
		name     string
		later    fixture.Line
		order    fixture.Order // of the later line
		otherCar bool
		refusals int
		done     bool
	}{
		{name: "sold on a later visit", later: fixture.Line{Name: "Front brake pads", Auth: outreach.Authorized}, refusals: 1, done: true},
		{name: "sold at another shop of the group", later: fixture.Line{Name: "Front brake pads", Auth: outreach.Authorized}, order: fixture.Order{Shop: "north"}, refusals: 1, done: true},
		{name: "sold under the same operation code", later: fixture.Line{Name: "BRK PADS FR", OpCode: "BRK1", Auth: outreach.Authorized}, refusals: 1, done: true},
		{name: "sold before", later: fixture.Line{Name: "Front brake pads", Auth: outreach.Authorized}, order: fixture.Order{Closed: january.AddDate(-1, 0, 0)}, refusals: 1},
		{name: "sold on an order that was voided", later: fixture.Line{Name: "Front brake pads", Auth: outreach.Authorized}, order: fixture.Order{Status: outreach.OrderVoided}, refusals: 1},
		{name: "sold for another car", later: fixture.Line{Name: "Front brake pads", Auth: outreach.Authorized}, otherCar: true, refusals: 1},
		{name: "another service", later: fixture.Line{Name: "Engine air filter", Auth: outreach.Authorized}, refusals: 1},
		{name: "refused again", later: fixture.Line{Name: "Front brake pads"}, refusals: 2},
		{name: "refused again, said by reply", later: fixture.Line{Name: "Front brake pads", Auth: outreach.NotAuthorizedAtClose, RefusedAgain: 1}, refusals: 2},
		{name: "not decided again", later: fixture.Line{Name: "Front brake pads", Auth: outreach.NotAuthorizedAtClose}, refusals: 1},
		{name: "refused for another car", later: fixture.Line{Name: "Front brake pads"}, otherCar: true, refusals: 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				north := fixture.MainShop()
				north.ID = "north"
				b.AddShop(north)
				c := b.AddCustomer(fixture.Customer{Email: "ana@example.com"})
				car := b.AddVehicle(c, "2018 Subaru Outback")
				first := fixture.Line{Name: "Front brake pads", OpCode: tc.later.OpCode}
				b.AddOrder(fixture.Order{Number: "1001", Customer: c, Vehicle: car, Closed: january, Lines: []fixture.Line{first}})
				order := tc.order
				order.Customer, order.Vehicle, order.Lines = c, car, []fixture.Line{tc.later}
				if order.Closed.IsZero() {
					order.Closed = june
				}
				if tc.otherCar {
					order.Vehicle = b.AddVehicle(c, "2020 Honda Civic")
				}
				b.AddOrder(order)
				if it := item(t, b, "1001"); it.Refusals != tc.refusals || it.DoneHere != tc.done {
					t.Errorf("refused %d times, done %t; want %d, %t", it.Refusals, it.DoneHere, tc.refusals, tc.done)
				}
			})
		})
	}
}

// TestFactsOfAGroup reads facts about several people at once; none may be taken
// for another's.
func TestFactsOfAGroup(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "ana@example.com"})
		ben := b.AddCustomer(fixture.Customer{Name: "Ben Example", Email: "ben@example.com", Phone: "+13125550102"})
		b.AddCustomer(fixture.Customer{Name: "Bea Example", Phone: "+13125550102"}) // lives with Ben
		for _, c := range []int64{ana, ben} {
			id := b.AddOrder(fixture.Order{Customer: c, Closed: noon.AddDate(0, 0, -int(c)), Lines: []fixture.Line{{Name: "Front brake pads"}}})
			b.AddPlanned(fixture.Planned{
				Customer: c, Channel: outreach.Email, Due: noon, Line: int64(b.Count(`select id from order_lines where order_id = $1`, id)),
			})
		}
		b.AddConsent(ana, outreach.Email, outreach.ConsentGiven, outreach.ConsentExpress)
		for _, o := range []outreach.OptOut{
			{Address: "ben@example.com", Reason: "keyword", Source: "test", RecordedAt: noon},
			{Address: "+13125550102", Channel: outreach.SMS, Reason: "keyword", Source: "test", RecordedAt: noon},
		} {
			if _, err := b.SQL.Exec(`insert into opt_outs (address, channel, reason, source) values ($1, $2, 'keyword', 'test')`, o.Address, string(o.Channel)); err != nil {
				t.Fatal(err)
			}
		}
		b.Exec(`insert into appointments (shop_id, customer_id, starts_at)
			select 'main', id, $1 from customers where first_name = 'Bea'`, noon.Add(time.Hour))
		var due []outreach.Due
		_, err := store.Queue{DB: b.DB}.HandOver(t.Context(), handOver(outreach.Email), func(inst outreach.Installation, d []outreach.Due) []outreach.Ruling {
			due = d
			return everyOne(outreach.Suppressed, "")(inst, d)
		})
		if err != nil || len(due) != 2 {
			t.Fatalf("%d due, %v", len(due), err)
		}
		for _, d := range due {
			isBen := d.Customer.ID == ben
			if len(d.Items) != 1 || d.Items[0].Order.CustomerID != d.Customer.ID {
				t.Errorf("%s: items %+v", d.Customer.FirstName, d.Items)
			}
			if want := map[bool]int{true: 2, false: 0}[isBen]; len(d.OptOuts) != want {
				t.Errorf("%s: %d opt-outs, want %d", d.Customer.FirstName, len(d.OptOuts), want)
			}
			if want := map[bool]int{true: 0, false: 1}[isBen]; len(d.Consents) != want {
				t.Errorf("%s: %d consents, want %d", d.Customer.FirstName, len(d.Consents), want)
			}
			if d.Booked != isBen {
				t.Errorf("%s: booked %t", d.Customer.FirstName, d.Booked)
			}
			if want := noon.AddDate(0, 0, -int(d.Customer.ID)); !d.LastVisit.Equal(want) {
				t.Errorf("%s: last visit %v, want %v", d.Customer.FirstName, d.LastVisit, want)
			}
			if d.Shop.Name != fixture.MainShop().Name {
				t.Errorf("%s: shop %+v", d.Customer.FirstName, d.Shop)
			}
		}
	})
}
