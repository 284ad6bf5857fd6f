package scheduler_test

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
)

// TestExplain: for any order, why it was or was not followed up. An order is
// number 1001, declined on Tuesday June 2 by somebody who can be mailed.
func TestExplain(t *testing.T) {
	type order = fixture.Order
	pads := fixture.Line{Name: "Front brake pads", Price: 42_000}
	for _, tc := range []struct {
		name   string
		change func(*order)
		then   func(*office)
		want   string
	}{
		{
			name:   "walk-in",
			change: func(o *order) { o.Customer, o.Vehicle = 0, 0 },
			want:   "Not followed up: nobody wrote down who the customer was.",
		},
		{
			name:   "everything sold",
			change: func(o *order) { o.Lines[0].Auth = outreach.Authorized },
			want:   "Not followed up: nothing on it was left undone.",
		},
		{
			name:   "undecided",
			change: func(o *order) { o.Lines[0].Auth = outreach.Undecided },
			want:   "Front brake pads: not followed up: the customer did not leave it undone: nobody has decided yet.",
		},
		{
			name:   "warranty",
			change: func(o *order) { o.Lines[0].PayType = "warranty" },
			want:   "Front brake pads: not followed up: it is warranty work, not paid by the customer.",
		},
		{
			name:   "blocked by the shop's system",
			change: func(o *order) { o.Blocked = true },
			want:   "Front brake pads: not followed up: the shop's system forbids automatic messages about this order.",
		},
		{
			name:   "their own reason, and the other playbooks'",
			change: func(o *order) { o.Lines[0].Reason = outreach.ReasonDoItMyself },
			want: "Front brake pads: not followed up: " +
				"declined-maintenance: this playbook is not for findings marked required; " +
				"declined-safety: the customer's reason, do_it_myself, speaks against it; " +
				"inspection-reminder: this playbook is not for findings marked required.",
		},
		{
			name: "not scanned yet",
			then: func(o *office) {},
			want: "Front brake pads: not followed up: not yet: the next scan for declined-safety is on Wed Jun 3 2026, 08:00, " +
				"or another follow-up with this customer comes first.",
		},
		{
			name: "planned",
			then: func(o *office) { o.at("2026-06-03 08:00") },
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 is planned by email for Fri Jun 5 2026, 10:00; step 2 is planned by call for Fri Jun 12 2026, 10:00; " +
				"step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "sent",
			then: func(o *office) { o.until("2026-06-05 10:00") },
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by email on Fri Jun 5 2026, 10:00: accepted; step 2 is planned by call for Fri Jun 12 2026, 10:00; " +
				"step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "waits",
			then: func(o *office) {
				o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "test", "a look"))
				o.until("2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 is planned by email for Fri Jun 5 2026, 10:00 and waits until Fri Jun 5 2026, 10:15 " +
				"(All sending is stopped by the emergency brake); step 2 is planned by call for Fri Jun 12 2026, 10:00; " +
				"step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "opted out",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.optOut(mail(1))
				o.until("2026-07-10 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was not sent (The customer asked not to be contacted at this number or address; " +
				"No number or address is on file for this channel); " +
				"step 2 was not sent (No number or address is on file for this channel); " +
				"step 3 was not sent (The customer asked not to be contacted at this number or address; " +
				"No number or address is on file for this channel).",
		},
		{
			name: "the daemon was down",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.at("2026-06-10 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was not sent: its time passed on Tue Jun 9 2026, 10:00 (The time in which this contact made sense has passed); " +
				"step 2 is planned by call for Fri Jun 12 2026, 10:00; step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "done since",
			then: func(o *office) {
				o.until("2026-06-05 12:00")
				o.Exec(`update order_lines set auth = 'authorized'`)
				o.at("2026-06-06 08:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by email on Fri Jun 5 2026, 10:00: accepted; step 2 was called off (The work has been done since); " +
				"step 3 was called off (The work has been done since); it ended early: The work has been done since.",
		},
		{
			name: "in doubt",
			then: func(o *office) {
				o.mail.says(notify.Outcome{Result: notify.Unknown, Provider: "smtp", Detail: "the connection broke after the final dot"})
				o.until("2026-06-05 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by email on Fri Jun 5 2026, 10:00 is in doubt: the connection broke after the final dot; " +
				"step 2 is planned by call for Fri Jun 12 2026, 10:00; step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "refused by the provider",
			then: func(o *office) {
				o.mail.says(notify.Outcome{Result: notify.Refused, Provider: "smtp", Code: "550", Detail: "no such mailbox"})
				o.until("2026-06-05 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by email on Fri Jun 5 2026, 10:00: failed (no such mailbox); " +
				"step 2 is planned by call for Fri Jun 12 2026, 10:00; step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
		{
			name: "too late when it was found",
			change: func(o *order) {
				o.Closed = o.Closed.AddDate(0, 0, -5)
				o.Lines[0].Severity = outreach.SeverityMaintenance
			},
			then: func(o *office) {
				o.approvePlaybook("declined-maintenance", "max_age: 21d", "max_age: 210d")
				o.clock.set(o.clock.Now().AddDate(0, 6, 0))
			},
			want: "Front brake pads: not followed up: the time of every step of declined-maintenance had passed when it was found.",
		},
		{
			name: "rehearsed",
			then: func(o *office) {
				o.settings.Policy.Mode = outreach.Rehearsal
				o.restart()
				o.until("2026-06-05 12:00")
			},
			want: "Front brake pads: rehearsed (nothing left the shop) by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 would have gone by email on Fri Jun 5 2026, 10:00; step 2 is planned by call for Fri Jun 12 2026, 10:00; " +
				"step 3 is planned by email for Thu Jul 2 2026, 10:00.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				c := o.AddCustomer(fixture.Customer{Email: mail(1)})
				ord := order{
					Number: "1001", Customer: c, Vehicle: o.AddVehicle(c, "2018 Subaru Outback"), Closed: o.clock.Now(),
					Lines: []fixture.Line{pads},
				}
				if tc.change != nil {
					tc.change(&ord)
				}
				o.AddOrder(ord)
				if tc.then != nil {
					tc.then(o)
				} else {
					o.clock.set(o.clock.Now().Add(24 * time.Hour))
					o.work()
				}
				if got := o.why("1001"); got != tc.want {
					o.t.Errorf("got  %s\nwant %s", got, tc.want)
				}
			})
		})
	}
}

func TestExplainCanceledOrders(t *testing.T) {
	for _, tc := range []struct {
		name  string
		order fixture.Canceled
		want  string
	}{
		{
			"asked",
			fixture.Canceled{},
			"Canceled order 5001: followed up by canceled-order version 1 since Wed Jun 3 2026, 08:30: " +
				"step 1 by email on Wed Jun 3 2026, 11:00: accepted.",
		},
		{
			"by the shop",
			fixture.Canceled{By: "shop"},
			"Canceled order 5001: not followed up: canceled-order: this playbook is not for orders canceled by: shop.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				tc.order.Number, tc.order.Customer, tc.order.At = "5001", o.AddCustomer(fixture.Customer{Email: mail(1)}), o.clock.Now()
				o.AddCanceled(tc.order)
				o.until("2026-06-03 12:00")
				if got := o.why("5001"); got != tc.want {
					o.t.Errorf("got  %s\nwant %s", got, tc.want)
				}
			})
		})
	}
}
