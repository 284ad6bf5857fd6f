package scheduler_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
)

// TestRetriesBackOffAndEnd: what was certainly not accepted is tried again, ever
// later, so many times and no more.
func TestRetriesBackOffAndEnd(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.mail.says(notify.Outcome{Result: notify.Retry, Provider: "smtp", Code: "451", Detail: "try later"})
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		o.drain()
		o.expectContacts("declined-safety/1 email planned not_accepted_yet")
		o.clock.set(o.clock.Now().Add(50 * time.Second))
		o.drain()
		if n := len(o.mail.to()); n != 1 {
			o.t.Errorf("%d attempts within the first pause", n)
		}
		o.until("2026-06-02 18:00")
		o.expectContacts("declined-safety/1 email failed attempts_used_up")
		if n := len(o.mail.to()); n != 3 {
			o.t.Errorf("%d attempts, want 3", n)
		}
		if got := o.Strings(`select error_code, attempts from contacts`)[0]; got != "451 3" {
			o.t.Errorf("kept %q", got)
		}
	})
}

// TestRetryIsJudgedAgain: an opt-out between two attempts ends it.
func TestRetryIsJudgedAgain(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.mail.says(notify.Outcome{Result: notify.Retry, Provider: "smtp"})
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		o.drain()
		o.optOut(mail(1))
		o.until("2026-06-02 18:00")
		o.expectContacts("declined-safety/1 email suppressed opted_out,no_address")
		if n := len(o.mail.to()); n != 1 {
			o.t.Errorf("%d attempts", n)
		}
	})
}

// TestAnswersThatMeanMore follows each effect of an answer to the next contact.
func TestAnswersThatMeanMore(t *testing.T) {
	for name, tc := range map[string]struct {
		answer   notify.Outcome
		want     []string
		attempts string // counted for the first one
	}{
		"opted out at the provider": {
			notify.Outcome{Result: notify.Refused, Provider: "twilio", Code: "21610", Effect: notify.SuppressAddress},
			[]string{"declined-safety/1 sms failed refused_by_provider", "declined-safety/1 sms suppressed opted_out,no_consent,no_address,template_not_approved"},
			"1",
		},
		"landline": {
			notify.Outcome{Result: notify.Refused, Provider: "twilio", Code: "30006", Effect: notify.MarkLandline},
			[]string{"declined-safety/1 sms failed refused_by_provider", "declined-safety/1 sms suppressed landline,no_address,template_not_approved"},
			"1",
		},
		"nobody there": {
			notify.Outcome{Result: notify.Refused, Provider: "twilio", Code: "30005", Effect: notify.InvalidateAddress},
			[]string{"declined-safety/1 sms failed refused_by_provider", "declined-safety/1 sms suppressed address_invalid,no_address,template_not_approved"},
			"1",
		},
		"not registered": {
			notify.Outcome{Result: notify.Retry, Provider: "twilio", Code: "30034", Effect: notify.StopChannel, Detail: "register first"},
			[]string{"declined-safety/1 sms planned channel_hold", "declined-safety/1 sms planned channel_hold"},
			"0",
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				o.Exec(`update template_versions set state = 'retired' where name = 'declined-safety-1' and channel = 'call'`)
				o.work()
				o.text.says(tc.answer)
				c := o.AddCustomer(fixture.Customer{Phone: phone(1), Texts: true})
				o.owed(c, outreach.SMS)
				o.drain()
				o.Exec(`update follow_ups set playbook_id = 'earlier'`)
				o.clock.set(o.clock.Now().AddDate(0, 0, 1))
				o.owed(c, outreach.SMS)
				o.drain()
				got := o.Strings(`select playbook_id || '/' || step, channel, state, reason from contacts order by id`)
				if !slices.Equal(got, tc.want) {
					o.t.Errorf("got  %q\nwant %q", got, tc.want)
				}
				if attempts := o.Strings(`select attempts from contacts order by id`)[0]; attempts != tc.attempts {
					o.t.Errorf("%s attempts", attempts)
				}
			})
		})
	}
}

// TestDoubtsAreAskedAbout, seldom, and never sent again.
func TestDoubtsAreAskedAbout(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.text.says(notify.Outcome{Result: notify.Unknown, Provider: "twilio", Detail: "no answer"})
		for i := range 2 {
			o.owed(o.AddCustomer(fixture.Customer{Phone: phone(i), Texts: true}), outreach.SMS)
		}
		o.drain()
		asked := map[string][]time.Time{}
		o.text.find = func(a notify.Attempt) (notify.Outcome, bool, error) {
			asked[a.To] = append(asked[a.To], o.clock.Now())
			if a.Text == "" || a.ShopID == "" || a.HandedAt.IsZero() {
				o.t.Errorf("asked about too little: %+v", a)
			}
			switch {
			case a.To == phone(0) && len(asked[a.To]) == 1:
				return notify.Outcome{}, false, errors.New("the provider is down")
			case a.To == phone(0):
				return notify.Outcome{Result: notify.Accepted, Provider: "twilio", ProviderID: "SM1"}, true, nil
			}
			return notify.Outcome{}, false, nil
		}
		start := o.clock.Now()
		for o.clock.Now().Before(start.Add(100 * time.Hour)) {
			_ = o.Beat(o.t.Context()) // it tells of the provider that is down
			o.clock.set(o.clock.Now().Add(time.Hour))
		}
		o.expectContacts("declined-safety/1 sms accepted ", "declined-safety/1 sms unconfirmed unknown_outcome")
		if n := len(asked[phone(0)]); n != 2 {
			o.t.Errorf("asked %d times about the one that was found", n)
		}
		if n := len(asked[phone(1)]); n < 5 || n > 12 {
			o.t.Errorf("asked %d times about the one that nobody knows", n)
		}
		if first := asked[phone(1)][0].Sub(start); first < 5*time.Minute {
			o.t.Errorf("asked after %v already", first)
		}
		if n := len(o.text.to()); n != 2 {
			o.t.Errorf("%d texts for two contacts", n)
		}
		if !strings.Contains(o.log.String(), "a person must settle it") {
			o.t.Error("nobody was told")
		}
	})
}

// TestContactsOfADeadDaemonAreInDoubt, and stay so until somebody knows.
func TestContactsOfADeadDaemonAreInDoubt(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		id := o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		_, dead := o.hire()
		_, err := store.Queue{DB: o.DB}.HandOver(o.t.Context(), outreach.HandOver{
			Now: o.clock.Now(), Channel: outreach.Email, Limit: 1, Daemon: dead,
		}, func(_ outreach.Installation, due []outreach.Due) []outreach.Ruling {
			c := due[0].Contact
			c.State, c.Attempts = outreach.Handed, 1
			return []outreach.Ruling{{Contact: c, Why: "test", Address: mail(1)}}
		})
		o.must(err)
		o.at("2026-06-02 12:02", "2026-06-03 12:00", "2026-06-20 12:00")
		o.expectContacts("declined-safety/1 email unconfirmed daemon_ended")
		if n := len(o.mail.to()); n != 0 {
			o.t.Errorf("contact %d was sent again", id)
		}
	})
}
