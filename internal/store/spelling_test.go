package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// dueNow returns what a hand-over would be judged by, and changes nothing.
func dueNow(t *testing.T, b *fixture.Books, ch outreach.Channel) (out []outreach.Due) {
	t.Helper()
	_, err := store.Queue{DB: b.DB}.HandOver(t.Context(), handOver(ch), func(_ outreach.Installation, due []outreach.Due) []outreach.Ruling {
		out = due
		rulings := make([]outreach.Ruling, len(due))
		for i, d := range due {
			rulings[i] = outreach.Ruling{Contact: d.Contact}
		}
		return rulings
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestAddressesHaveOneSpelling(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		for spelled, want := range map[string]string{
			"Pat@Example.com": "pat@example.com", " kim@example.org ": "kim@example.org", "lee@example.net": "lee@example.net",
			"(212) 555-0123": "+12125550123", "1.212.555.0124": "+12125550124", "+1 212-555-0125": "+12125550125",
			"+12125550126": "+12125550126",
		} {
			b.Exec(`insert into opt_outs (address, reason, source) values ($1, 'test', 'another program')`, spelled)
			if n := b.Count(`select count(*) from opt_outs where address = $1`, want); n != 1 {
				t.Errorf("%q was not kept as %q: %q", spelled, want, b.Strings(`select address from opt_outs`))
			}
		}
		pat := b.AddCustomer(fixture.Customer{Email: "PAT@Example.com"})
		b.AddPlanned(fixture.Planned{Customer: pat, Channel: outreach.Email, Due: noon})
		due := dueNow(t, b, outreach.Email)
		if len(due) != 1 || len(due[0].OptOuts) != 1 {
			t.Errorf("the no of another spelling is not seen: %+v", due)
		}
	})
}

func TestNoForTheWholePerson(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		b.AddCustomer(fixture.Customer{Phone: "+12125550123", Email: "pat@example.com"})
		b.AddCustomer(fixture.Customer{Phone: "+12125550124", Email: "kim@example.com"})
		n, err := store.Consents{DB: b.DB}.OptOut(t.Context(), outreach.OptOut{
			Address: "+12125550123", Person: true, Reason: "test", Source: "test", RecordedAt: noon,
		})
		got := b.Strings(`select address from opt_outs order by address`)
		if err != nil || n != 2 || !slices.Equal(got, []string{"+12125550123", "pat@example.com"}) {
			t.Errorf("%d addresses, %v: %q", n, err, got)
		}
	})
}

func TestChannelThatDoesNotFitTheAddress(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		for _, o := range []outreach.OptOut{
			{Address: "pat@example.com", Channel: outreach.SMS},
			{Address: "+12125550123", Channel: outreach.Email},
			{Address: "+12125550124", Channel: outreach.SMS},
		} {
			o.Reason, o.Source, o.RecordedAt = "test", "test", noon
			if _, err := (store.Consents{DB: b.DB}).OptOut(t.Context(), o); err != nil {
				t.Fatal(err)
			}
		}
		got := b.Strings(`select address || ' ' || channel from opt_outs order by address`)
		if want := []string{"+12125550123 ", "+12125550124 sms", "pat@example.com "}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

func TestSomebodyElsesNoToASharedNumber(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const shared = "+12125550123"
		bob := b.AddCustomer(fixture.Customer{Name: "Bob Example", Phone: shared, Texts: true})
		robert := b.AddCustomer(fixture.Customer{Name: "Robert Example", Phone: shared, Texts: true})
		b.AddConsent(bob, outreach.SMS, outreach.ConsentRevoked, outreach.ConsentNoBasis)
		b.AddPlanned(fixture.Planned{Customer: robert, Channel: outreach.SMS, Due: noon})
		due := dueNow(t, b, outreach.SMS)
		if len(due) != 1 {
			t.Fatalf("due: %+v", due)
		}
		yes, no := 0, 0
		for _, c := range due[0].Consents {
			if c.State == outreach.ConsentGiven {
				yes++
			} else {
				no++
			}
		}
		if yes != 1 || no != 1 {
			t.Errorf("%d yes and %d no: only his own yes counts, and anybody's no", yes, no)
		}
	})
}

// An unreadable date must not keep anybody else from their turn.
func TestDatesNobodyCanRead(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		bad := b.AddCustomer(fixture.Customer{Email: "pat@example.com"})
		order := b.Declines(bad, noon.AddDate(0, 0, -3), "Front brake pads")
		value := "soon"
		if b.Postgres {
			value = "infinity"
		}
		b.Exec(`update order_lines set price_valid_until = $2 where order_id = $1`, order, value)
		good := b.AddCustomer(fixture.Customer{Email: "kim@example.com"})
		b.Declines(good, noon.AddDate(0, 0, -3), "Front brake pads")
		for _, id := range []int64{bad, good} {
			line := b.Count(`select l.id from order_lines l join orders o on o.id = l.order_id where o.customer_id = $1`, id)
			b.AddPlanned(fixture.Planned{Customer: id, Channel: outreach.Email, Due: noon, Line: int64(line)})
		}
		if due := dueNow(t, b, outreach.Email); len(due) != 2 || len(due[0].Items) != 1 || len(due[1].Items) != 1 {
			t.Errorf("due: %+v", due)
		}
	})
}

func TestWorkDoneLongBefore(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		pat := b.AddCustomer(fixture.Customer{Email: "pat@example.com"})
		car := b.AddVehicle(pat, "2018 Subaru Outback")
		job := func(day time.Time, auth outreach.Authorization) int64 {
			id := b.AddOrder(fixture.Order{
				Customer: pat, Vehicle: car, Closed: day,
				Lines: []fixture.Line{{Name: "Front brake pads", Auth: auth}},
			})
			b.Exec(`update orders set opened_at = null where id = $1`, id)
			return id
		}
		job(noon.AddDate(-6, 0, 0), outreach.Declined)
		job(noon.AddDate(-5, 0, 0), outreach.Authorized)
		order := job(noon.AddDate(0, 0, -3), outreach.Declined)
		line := b.Count(`select id from order_lines where order_id = $1`, order)
		b.AddPlanned(fixture.Planned{Customer: pat, Channel: outreach.Email, Due: noon, Line: int64(line)})
		due := dueNow(t, b, outreach.Email)
		if len(due) != 1 || due[0].Items[0].DoneHere || due[0].Items[0].Refusals != 1 {
			t.Fatalf("work done five years ago counts for today's: %+v", due)
		}
		job(noon.AddDate(0, 0, -1), outreach.Authorized)
		if due = dueNow(t, b, outreach.Email); !due[0].Items[0].DoneHere {
			t.Error("work done since does not count")
		}
	})
}

func TestPanicInATransaction(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		pat := b.AddCustomer(fixture.Customer{Email: "pat@example.com"})
		b.AddPlanned(fixture.Planned{Customer: pat, Channel: outreach.Email, Due: noon})
		func() {
			defer func() { _ = recover() }()
			_, _ = store.Queue{DB: b.DB}.HandOver(t.Context(), handOver(outreach.Email), func(outreach.Installation, []outreach.Due) []outreach.Ruling {
				panic("a template went mad")
			})
			t.Error("the panic was swallowed")
		}()
		if due := dueNow(t, b, outreach.Email); len(due) != 1 {
			t.Errorf("the transaction that panicked still holds its contact: %+v", due)
		}
	})
}
