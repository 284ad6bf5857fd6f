package scheduler_test

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestOneCustomerThroughAllSteps is the main road: found, grouped, written to
// by text, called, written to again, done.
func TestOneCustomerThroughAllSteps(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		ana := o.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: phone(1), Email: mail(1), Texts: true})
		o.AddOrder(fixture.Order{
			Number: "1001", Customer: ana, Vehicle: o.AddVehicle(ana, "2018 Subaru Outback"), Closed: o.clock.Now(),
			Lines: []fixture.Line{{Name: "Front brake pads", Price: 42_000}, {Name: "Tie rod end", Price: 18_000}},
		})
		o.until("2026-06-03 08:00")
		o.expectContacts(
			"declined-safety/1 sms planned ", "declined-safety/2 call planned ", "declined-safety/3 sms planned ",
		)
		o.at("2026-06-05 10:00", "2026-06-12 10:00", "2026-06-18 12:00", "2026-07-02 10:00")
		o.expectContacts(
			"declined-safety/1 sms accepted ", "declined-safety/2 call expired past_not_after", "declined-safety/3 sms accepted ",
		)
		if got := o.text.to(); len(got) != 2 || len(o.mail.to()) != 0 {
			o.t.Errorf("texts to %v, mails to %v", got, o.mail.to())
		}
		if got := o.Strings(`select state, end_reason from follow_ups`); len(got) != 1 || got[0] != "ended completed" {
			o.t.Errorf("follow-ups: %v", got)
		}
	})
}
