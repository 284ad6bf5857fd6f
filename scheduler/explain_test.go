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
			name:   "no lines",
			change: func(o *order) { o.Lines = nil },
			want:   "Not followed up: none of its lines was imported.",
		},
		{
			name:   "a decision in words nobody knows",
			change: func(o *order) { o.Lines[0].Auth = outreach.AuthorizationUnknown },
			want: "Front brake pads: not followed up: the customer did not decline it: " +
				"the imported file gives no decision on it, or one in a word that the import does not know.",
		},
		{
			name:   "undecided",
			change: func(o *order) { o.Lines[0].Auth = outreach.Undecided },
			want:   "Front brake pads: not followed up: the customer did not decline it: no decision is on record yet.",
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
				"declined-maintenance: this playbook is not for required repairs; " +
				"declined-safety: the customer's reason speaks against it: they do it themselves; " +
				"inspection-reminder: this playbook is not for required repairs.",
		},
		{
			name: "not scanned yet",
			then: func(o *office) {},
			want: "Front brake pads: not followed up: not yet: the next scan for declined-safety is on Wed Jun 3 2026, 08:00.",
		},
		{
			name: "planned",
			then: func(o *office) { o.at("2026-06-03 08:00") },
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 is planned for Fri Jun 5 2026, 10:00 (by e-mail or call, as consent allows); step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "sent",
			then: func(o *office) { o.at("2026-06-03 08:00", "2026-06-05 10:00") },
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by e-mail on Fri Jun 5 2026, 10:00: sent; step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "answered",
			then: func(o *office) {
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
				answer := outreach.Arrival{Provider: "mail", ProviderID: "1", Channel: outreach.Email, From: mail(1), At: o.clock.Now()}
				_, err := store.Inbox{DB: o.DB}.Take(o.t.Context(), o.clock.Now(), answer, func(outreach.Sender) outreach.Consequence {
					return outreach.Consequence{Reason: "thanks"}
				})
				o.must(err)
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by e-mail on Fri Jun 5 2026, 10:00: sent; the customer answered on Fri Jun 5 2026, 10:00 (understood as thanks); " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "waits",
			then: func(o *office) {
				o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "test", "a look"))
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 is planned for Fri Jun 5 2026, 10:00 (by e-mail or call, as consent allows) and waits until Fri Jun 5 2026, 10:15 " +
				"(all sending is stopped by the emergency brake); step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "held back",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.holdBack(1)
				o.at("2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was planned for Fri Jun 5 2026, 10:00 (by e-mail or call, as consent allows), but Pat Sample has held it back " +
				"since Wed Jun 3 2026, 08:00; unless it is let go, it is given up on Tue Jun 9 2026, 10:00; " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "held back for all of its time",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.holdBack(1)
				o.at("2026-06-05 10:00", "2026-06-09 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was given up on Tue Jun 9 2026, 12:00: Pat Sample had held it back since Wed Jun 3 2026, 08:00, " +
				"and nobody let it go by Tue Jun 9 2026, 10:00, the end of its time; " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "opted out",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.optOut(mail(1))
				o.at("2026-06-05 10:00", "2026-06-12 10:00", "2026-07-02 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was not sent (the customer asked not to be contacted at this number or address; " +
				"no number or address is on file for this channel); " +
				"step 2 was not sent (no number or address is on file for this channel); " +
				"step 3 was not sent (the customer asked not to be contacted at this number or address; " +
				"no number or address is on file for this channel).",
		},
		{
			name: "the daemon was down",
			then: func(o *office) {
				o.at("2026-06-03 08:00")
				o.at("2026-06-10 12:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was given up on Wed Jun 10 2026, 12:00: it could not go by Tue Jun 9 2026, 10:00, the end of its time; " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "another contact too recent for all of its time",
			then: func(o *office) {
				o.AddCanceled(fixture.Canceled{Number: "5001", Customer: 1, At: o.clock.Now()})
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 was given up on Fri Jun 5 2026, 10:00: it could not go by Tue Jun 9 2026, 10:00, the end of its time " +
				"(the last contact with this customer was too recent); step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "done since",
			then: func(o *office) {
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
				o.Exec(`update order_lines set auth = 'authorized'`)
				o.at("2026-06-06 08:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by e-mail on Fri Jun 5 2026, 10:00: sent; step 2 was called off (the work has been done since); " +
				"step 3 was called off (the work has been done since); it ended early: the work has been done since.",
		},
		{
			name: "in doubt",
			then: func(o *office) {
				o.mail.says(notify.Outcome{Result: notify.Unknown, Provider: "smtp", Detail: "the connection broke after the final dot"})
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by e-mail on Fri Jun 5 2026, 10:00 is in doubt: the connection broke after the final dot; " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
		},
		{
			name: "refused by the provider",
			then: func(o *office) {
				o.mail.says(notify.Outcome{Result: notify.Refused, Provider: "smtp", Code: "550", Detail: "no such mailbox"})
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
			},
			want: "Front brake pads: followed up by declined-safety version 1 since Wed Jun 3 2026, 08:00: " +
				"step 1 by e-mail on Fri Jun 5 2026, 10:00: failed (no such mailbox); " +
				"step 2 is planned for Fri Jun 12 2026, 10:00 (by call); step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
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
				o.at("2026-06-03 08:00", "2026-06-05 10:00")
			},
			want: "Front brake pads: rehearsed by declined-safety version 1 since Wed Jun 3 2026, 08:00, and nothing leaves the shop: " +
				"step 1 would have gone by e-mail on Fri Jun 5 2026, 10:00; step 2 is planned for Fri Jun 12 2026, 10:00 (by call); " +
				"step 3 is planned for Thu Jul 2 2026, 10:00 (by e-mail or call, as consent allows).",
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

// holdBack has Pat hold back the contacts of a step.
func (o *office) holdBack(step int) {
	o.t.Helper()
	_, err := store.Users{DB: o.DB}.Add(o.t.Context(), o.clock.Now(), "test", outreach.User{Login: "pat", Name: "Pat Sample", Role: outreach.RoleAdviser}, "")
	o.must(err)
	id := o.Count(`select id from contacts where step = $1`, step)
	o.must(store.Holds{DB: o.DB}.Hold(o.t.Context(), o.clock.Now(), int64(id), "pat"))
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
				"step 1 by e-mail on Wed Jun 3 2026, 11:00: sent.",
		},
		{
			"by the shop",
			fixture.Canceled{By: "shop"},
			"Canceled order 5001: not followed up: canceled-order: this playbook is not for orders canceled by the shop.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				order := tc.order // both engines have their own
				order.Number, order.Customer, order.At = "5001", o.AddCustomer(fixture.Customer{Email: mail(1)}), o.clock.Now()
				o.AddCanceled(order)
				o.until("2026-06-03 12:00")
				if got := o.why("5001"); got != tc.want {
					o.t.Errorf("got  %s\nwant %s", got, tc.want)
				}
			})
		})
	}
}
