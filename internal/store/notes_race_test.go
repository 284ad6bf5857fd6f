package store_test

import (
	"fmt"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestRefusalByTelephoneAndByText: a customer tells an adviser to be left alone, and
// at that moment somebody who shares their number writes it.
func TestRefusalByTelephoneAndByText(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, inbox, people := t.Context(), store.Inbox{DB: b.DB}, store.Customers{DB: b.DB}
		for round := range 30 {
			number := fmt.Sprintf("+1312555%04d", 100+round)
			ana := b.AddCustomer(fixture.Customer{Phone: number, Email: fmt.Sprintf("ana%d@example.com", round)})
			b.AddCustomer(fixture.Customer{Phone: number, Email: fmt.Sprintf("ben%d@example.com", round)})
			take := func(id string, refuses bool) error {
				a := outreach.Arrival{Provider: "twilio", ProviderID: fmt.Sprint(id, round), Channel: outreach.SMS, From: number, At: noon}
				_, err := inbox.Take(ctx, noon, a, heard(false, outreach.TaskReply, refuses))
				return err
			}
			if err := take("first", false); err != nil {
				t.Fatal(err)
			}
			b.Exec(`update tasks set customer_id = $1 where done_at is null`, ana)
			b.Exec(`update contacts set customer_id = $1 where direction = 'in' and answered_at is null`, ana)
			errs := make(chan error, 2)
			go func() { errs <- take("second", true) }()
			go func() {
				end := store.CallEnd{Outcome: outreach.CallRefused, Who: "kim", OptOut: true, EndReason: "refused"}
				errs <- people.RecordCall(ctx, noon, store.TookPlace{CustomerID: ana, Number: number, At: noon, CallEnd: end, ShopID: "main"})
			}()
			for range 2 {
				if err := <-errs; err != nil {
					t.Fatalf("round %d: %v", round, err)
				}
			}
			b.Exec(`update tasks set done_at = $1 where done_at is null`, noon)
			b.Exec(`update contacts set answered_at = $1 where direction = 'in'`, noon)
		}
	})
}
