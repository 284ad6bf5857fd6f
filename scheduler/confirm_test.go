package scheduler_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// desk takes in what customers of the office say. An answer is due in two hours,
// a decision about unclear words in two days.
func (o *office) desk() *inbound.Desk {
	return &inbound.Desk{
		Inbox: store.Inbox{DB: o.DB}, Now: o.clock.Now, Log: slog.New(slog.DiscardHandler),
		Clock: inbound.Clock{
			AnswerBy: func(_ string, from time.Time) time.Time { return from.Add(2 * time.Hour) },
			ReviewBy: func(_ string, from time.Time) time.Time { return from.Add(48 * time.Hour) },
		},
	}
}

// hears takes in a text.
func (o *office) hears(from, body string) {
	o.t.Helper()
	o.must(o.desk().Receive(o.t.Context(), outreach.Arrival{
		Provider: "twilio", ProviderID: body + o.clock.Now().String(), Channel: outreach.SMS, From: from, Body: body, At: o.clock.Now(),
	}))
}

// done records the open task as done.
func (o *office) done(outcome inbound.Outcome) {
	o.t.Helper()
	e, _ := inbound.EffectsOf(outcome)
	o.must(store.Tasks{DB: o.DB}.Done(o.t.Context(), o.clock.Now(), store.TaskEnd{
		ID: int64(o.Count(`select id from tasks where done_at is null`)), Outcome: string(outcome), Who: "kim",
		EndReason: e.EndReason, Decided: e.Decided, OptOut: e.OptOut, Wrong: e.Wrong,
	}))
}

const confirmations = `select state, reason from contacts where direction = 'out' and answers is not null`

// TestConfirmationLeaves once, at once, whatever the hour, in the customer's
// language, to the number that refused; and nothing else ever does.
func TestConfirmationLeaves(t *testing.T) {
	for locale, words := range map[string]string{"en": "You asked us to stop", "es": "Recibimos su aviso"} {
		t.Run(locale, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				c := o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true, Locale: locale})
				o.AddAddress(c, outreach.PhoneNumber, phone(2), outreach.Mobile)
				o.owed(c, outreach.SMS)
				o.drain()
				_, followUp := o.AddPlanned(fixture.Planned{Customer: c, FollowUp: 1, Step: 3, Channel: outreach.SMS, Due: wall(t, "2026-06-09 12:00")})
				o.Exec(`update follow_ups set state = 'active', ended_at = null, end_reason = '' where id = $1`, followUp)
				o.at("2026-06-02 22:00")
				o.hears(phone(1), "please stop writing to me")
				o.hears(phone(1), "I said stop writing to me")
				o.work()
				o.until("2026-06-30 12:00")
				sent := o.text.messages()
				if len(sent) != 2 || sent[1].To != phone(1) || !strings.Contains(sent[1].Text, words) || !strings.Contains(sent[1].Text, "Example Auto Care") {
					o.t.Fatalf("texts: %+v", sent)
				}
				if got := o.mail.to(); len(got) != 0 {
					o.t.Errorf("mails: %v", got)
				}
				if got := o.Strings(`select state, class, template_version from contacts where answers is not null and direction = 'out'`); got[0] != "accepted informational 1" {
					o.t.Errorf("in the log: %v", got)
				}
			})
		})
	}
}

// TestConfirmationStaysBack where something stands against it, for good.
func TestConfirmationStaysBack(t *testing.T) {
	for name, tc := range map[string]struct {
		before, after func(o *office, customer int64)
		want          string
	}{
		"brake": {after: func(o *office, _ int64) {
			o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "me", "x"))
		}, want: "suppressed stop_all"},
		"late": {after: func(o *office, _ int64) { o.clock.set(o.clock.Now().Add(5 * time.Minute)) }, want: "expired past_not_after"},
		"not approved": {before: func(o *office, _ int64) {
			o.Exec(`update template_versions set state = 'retired' where name = 'opt-out-confirmation'`)
		}, want: "suppressed template_not_approved"},
		"recovery": {after: func(o *office, c int64) {
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, c, o.clock.Now())
		}, want: "suppressed recovery_open"},
		"no longer that number": {after: func(o *office, _ int64) {
			o.Exec(`update addresses set value = $1 where kind = 'phone'`, phone(2))
		}, want: "suppressed no_address"},
		"rehearsing": {before: func(o *office, _ int64) {
			o.settings.Policy.Mode = outreach.Rehearsal
		}, after: func(o *office, _ int64) {
			o.work()
			o.clock.set(o.clock.Now().Add(6 * time.Minute))
		}, want: "expired past_not_after"},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				c := o.AddCustomer(fixture.Customer{Phone: phone(1), Texts: true})
				o.owed(c, outreach.SMS)
				o.drain()
				if tc.before != nil {
					tc.before(o, c)
					o.restart()
				}
				o.hears(phone(1), "please stop writing to me")
				if tc.after != nil {
					tc.after(o, c)
				}
				o.work()
				o.until("2026-06-02 13:00")
				if got := o.Strings(confirmations); len(got) != 1 || got[0] != tc.want {
					o.t.Errorf("the confirmation: %v, want %s", got, tc.want)
				}
				if got := o.text.to(); len(got) != 1 {
					o.t.Errorf("texts went to %v", got)
				}
			})
		})
	}
}
