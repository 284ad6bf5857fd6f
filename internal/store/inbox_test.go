package store_test

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestKnownAddresses are those of customers, and those that were written to, which
// may have left the customer's record since.
func TestKnownAddresses(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		pat := b.AddCustomer(fixture.Customer{Email: "pat@example.com"})
		b.AddSent(fixture.Sent{Customer: pat, Channel: outreach.Email, To: "old@example.com", At: noon, Provider: "smtp"})
		for address, want := range map[string]bool{"pat@example.com": true, "old@example.com": true, "ana@example.com": false} {
			if got, err := (store.Inbox{DB: b.DB}).Knows(t.Context(), address); err != nil || got != want {
				t.Errorf("%s is known: %v, %v", address, got, err)
			}
		}
	})
}
