package scheduler_test

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// TestRefusedBeforeAnyAddress: a customer of whom no number is on file yet wants to
// be left alone. What an import or another program learns of them later is not
// written to, until they have agreed anew.
func TestRefusedBeforeAnyAddress(t *testing.T) {
	const phone = "+13125550123"
	channels := []outreach.Channel{outreach.Email, outreach.SMS, outreach.Call}
	refuse := func(ch outreach.Channel) func(*office, int64) error {
		return func(o *office, id int64) error {
			return store.Customers{DB: o.DB}.OptOut(o.t.Context(), o.clock.Now(), id, ch, "kim", "told_to_staff_in_person")
		}
	}
	called := func(o *office, id int64) error {
		return store.Customers{DB: o.DB}.RecordCall(o.t.Context(), o.clock.Now(), store.TookPlace{
			CustomerID: id, At: o.clock.Now(), ShopID: "main",
			CallEnd: store.CallEnd{Outcome: outreach.CallRefused, Who: "kim", OptOut: true, EndReason: outreach.AskedToStop},
		})
	}
	row := func(addresses ...outreach.Address) importer.CustomerRecord {
		return importer.CustomerRecord{
			ExternalID: "c1", Customer: outreach.Customer{FirstName: "Ana", LastName: "Sample"}, Addresses: addresses,
		}
	}
	taken := func(o *office, r importer.CustomerRecord) {
		o.t.Helper()
		_, err := store.Imports{DB: o.DB}.ImportCustomers(o.t.Context(), o.clock.Now(), "test", "main", []importer.CustomerRecord{r})
		o.must(err)
	}
	imported := func(o *office, _ int64) {
		r := row(outreach.Address{Kind: outreach.PhoneNumber, Value: phone, Preferred: true}, outreach.Address{Kind: outreach.EmailAddress, Value: mail(1)})
		r.Consents = []outreach.Consent{{Channel: outreach.SMS, State: outreach.ConsentGiven, Basis: outreach.ConsentWritten, Source: "import:test"}}
		taken(o, r)
	}
	written := func(o *office, id int64) {
		o.AddAddress(id, outreach.PhoneNumber, phone, outreach.Mobile)
		o.AddAddress(id, outreach.EmailAddress, mail(1), outreach.UnknownLine)
	}
	for name, tc := range map[string]struct {
		refuse func(*office, int64) error
		comes  func(*office, int64)
		closed []outreach.Channel
	}{
		"page, import":              {refuse(""), imported, channels},
		"page, another program":     {refuse(""), written, channels},
		"call, import":              {called, imported, channels},
		"no mails, another program": {refuse(outreach.Email), written, channels[:1]},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				taken(o, row())
				ana := int64(o.Count(`select id from customers`))
				o.must(tc.refuse(o, ana))
				o.clock.set(wall(t, "2026-06-03 12:00"))
				tc.comes(o, ana)
				for _, ch := range tc.closed {
					o.owed(ana, ch)
					o.drain()
					o.Exec(`update follow_ups set state = 'ended'`)
				}
				for _, ch := range tc.closed {
					if n := o.Count(`select count(*) from contacts where channel = $1 and handed_at is not null`, string(ch)); n != 0 {
						t.Errorf("%s: %d went out", ch, n)
					}
				}
				if n := o.Count(`select count(*) from consents where state = 'revoked' and source = 'kim'`); n != 1 {
					t.Errorf("%d entries in the ledger", n)
				}
				o.clock.set(wall(t, "2026-06-16 12:00"))
				o.must(store.Customers{DB: o.DB}.RecordConsent(t.Context(), o.clock.Now(), "kim", outreach.Consent{
					CustomerID: ana, Channel: outreach.Email, Class: outreach.Marketing, State: outreach.ConsentGiven,
					Basis: outreach.ConsentExpress, OccurredAt: o.clock.Now(),
				}))
				again := o.owed(ana, outreach.Email)
				o.drain()
				if got := o.Strings(`select state, reason from contacts where id = $1`, again); got[0] != "accepted " {
					t.Errorf("agreed anew: %s", got[0])
				}
			})
		})
	}
}
