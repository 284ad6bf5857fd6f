package store_test

import (
	"context"
	"slices"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestRefusalEndsFollowUps by whichever way it is recorded: at every shop, with
// what was planned and what was on the advisers' list. A no to one channel, or one
// that somebody has yet to read, ends nothing, and a lift brings nothing back.
func TestRefusalEndsFollowUps(t *testing.T) {
	const (
		number = "+13125550101"
		over   = "ended asked_to_stop"
		on     = "active "
	)
	optOut := func(change func(*outreach.OptOut)) func(context.Context, *fixture.Books, int64) error {
		return func(ctx context.Context, b *fixture.Books, _ int64) error {
			o := outreach.OptOut{Address: number, Person: true, Reason: "told_to_staff", Source: "kim", RecordedAt: noon}
			change(&o)
			_, err := store.Consents{DB: b.DB}.OptOut(ctx, o)
			return err
		}
	}
	onPage := func(ch outreach.Channel) func(context.Context, *fixture.Books, int64) error {
		return func(ctx context.Context, b *fixture.Books, ana int64) error {
			return store.Customers{DB: b.DB}.OptOut(ctx, noon, ana, ch, "kim", "told_to_staff_by_phone")
		}
	}
	for name, tc := range map[string]struct {
		refuse         func(ctx context.Context, b *fixture.Books, ana int64) error
		ana, household string
	}{
		"command":                  {optOut(func(*outreach.OptOut) {}), over, over}, // it closes all of both
		"command, one channel":     {optOut(func(o *outreach.OptOut) { o.Channel = outreach.SMS }), on, on},
		"command, one address":     {optOut(func(o *outreach.OptOut) { o.Person = false }), on, on},
		"somebody has yet to read": {optOut(func(o *outreach.OptOut) { o.Tentative = true }), on, on},
		"page":                     {onPage(""), over, on},
		"page, one channel":        {onPage(outreach.SMS), on, on},
		"call that was on no list": {func(ctx context.Context, b *fixture.Books, ana int64) error {
			return store.Customers{DB: b.DB}.RecordCall(ctx, noon, store.TookPlace{CustomerID: ana, At: noon, ShopID: "main", CallEnd: store.CallEnd{
				Outcome: outreach.CallRefused, Who: "kim", OptOut: true, EndReason: outreach.AskedToStop,
			}})
		}, over, on},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				east := fixture.MainShop()
				east.ID = "east"
				b.AddShop(east)
				ana := b.AddCustomer(fixture.Customer{Phone: number, Email: "ana@example.com"})
				kin := b.AddCustomer(fixture.Customer{Phone: number, Email: "kim@example.com"})
				stranger := b.AddCustomer(fixture.Customer{Phone: "+13125550102"})
				b.AddOpenCall(fixture.OpenCall{Customer: ana, Number: number, Since: noon})
				b.AddPlanned(fixture.Planned{Shop: "east", Customer: ana, Channel: outreach.SMS, Due: noon})
				b.AddPlanned(fixture.Planned{Customer: kin, Channel: outreach.Email, Due: noon})
				b.AddPlanned(fixture.Planned{Customer: stranger, Channel: outreach.SMS, Due: noon})
				if err := tc.refuse(t.Context(), b, ana); err != nil {
					t.Fatal(err)
				}
				if _, err := (store.Consents{DB: b.DB}).Lift(t.Context(), noon, number, "kim", "asked"); err != nil {
					t.Fatal(err)
				}
				want := []string{tc.ana, tc.ana, tc.household, on}
				if got := b.Strings(`select state, end_reason from follow_ups order by id`); !slices.Equal(got, want) {
					t.Errorf("follow-ups: %q, want %q", got, want)
				}
				ended := slices.DeleteFunc(slices.Clone(want), func(state string) bool { return state == on })
				if n := b.Count(`select count(*) from contacts where state = 'canceled' and reason = 'asked_to_stop'`); n != len(ended) {
					t.Errorf("%d contacts are canceled, want %d", n, len(ended))
				}
				if n := b.Count(`select count(*) from contact_events where to_state = 'canceled' and why = 'asked_to_stop'`); n != len(ended) {
					t.Errorf("%d entries in the history, want %d", n, len(ended))
				}
				if n := b.Count(`select count(*) from audit_log where who = 'kim' and what = 'opt out'`); n == 0 {
					t.Error("nobody is named for it")
				}
			})
		})
	}
}

// TestRefusalOnTheTelephone is the customer's own, also where the number they were
// called at is no longer on file: what is, is closed, and so is what comes later.
func TestRefusalOnTheTelephone(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		refuse := func(customer int64) {
			t.Helper()
			call, _ := b.AddOpenCall(fixture.OpenCall{Customer: customer, Number: "+13125550101", Since: noon})
			b.Exec(`update follow_ups set playbook_id = 'another' where customer_id = $1`, customer)
			b.AddPlanned(fixture.Planned{Customer: customer, Channel: outreach.Email, Due: noon})
			err := calls.End(ctx, noon, store.CallEnd{
				ContactID: call, Outcome: outreach.CallRefused, Who: "kim", OptOut: true, EndReason: outreach.AskedToStop,
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		refuse(b.AddCustomer(fixture.Customer{Email: "ana@example.com"}))
		refuse(b.AddCustomer(fixture.Customer{}))
		if got, want := b.Strings(`select address from opt_outs order by address`), []string{"+13125550101", "ana@example.com"}; !slices.Equal(got, want) {
			t.Errorf("closed: %q, want %q", got, want)
		}
		if got := b.Strings(`select customer_id, channel from consents where state = 'revoked'`); !slices.Equal(got, []string{"2 "}) {
			t.Errorf("kept for later: %q", got)
		}
		if n := b.Count(`select count(*) from follow_ups where state = 'active'`); n != 0 {
			t.Errorf("%d follow-ups go on", n)
		}
	})
}
