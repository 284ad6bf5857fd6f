package store_test

import (
	"slices"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestFollowUpEndsWhileItsMessageIsOnItsWay: a mail that the provider puts off
// comes back to a follow-up that is over by then, and goes nowhere. Another
// customer's goes on.
func TestFollowUpEndsWhileItsMessageIsOnItsWay(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := handedMail(t, b)
		ben := b.AddCustomer(fixture.Customer{Email: "ben@example.com"})
		b.AddPlanned(fixture.Planned{Customer: ben, Channel: outreach.Email, Due: noon})
		b.Exec(`update follow_ups set state = 'ended', end_reason = 'booked' where id = (select follow_up_id from contacts where id = $1)`, ana)
		q := store.Queue{DB: b.DB}
		later := outreach.Result{ContactID: ana, Attempt: 1, State: outreach.Planned, NextAt: noon, Provider: "smtp", Why: "later"}
		if _, err := q.Record(t.Context(), noon, "test", []outreach.Result{later}); err != nil {
			t.Fatal(err)
		}
		if _, err := q.HandOver(t.Context(), handOver(outreach.Email), everyOne(outreach.Handed, "")); err != nil {
			t.Fatal(err)
		}
		got := b.Strings(`select state, reason from contacts order by id`)
		if want := []string{"canceled booked", "handed "}; !slices.Equal(got, want) {
			t.Errorf("contacts: %q, want %q", got, want)
		}
	})
}
