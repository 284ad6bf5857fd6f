package staff

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// morning is when the tests' people are told: half past seven.
var morning = noon.Add(-4*time.Hour - 30*time.Minute)

// dailyMail is what somebody would be told now.
func (o *office) dailyMail(u outreach.User) (subject, text string) {
	o.t.Helper()
	subject, text, err := o.site.DailyMail(o.t.Context(), o.now, u)
	if err != nil {
		o.t.Fatal(err)
	}
	return subject, text
}

// busyMorning is a shop in which there is something of everything.
func (o *office) busyMorning() {
	o.t.Helper()
	o.now = morning
	person := func(n int) int64 {
		return o.AddCustomer(fixture.Customer{Name: fmt.Sprintf("Customer%d Secret", n), Phone: fmt.Sprintf("+1312555010%d", n)})
	}
	for n, due := range []time.Duration{-time.Hour, time.Hour, time.Hour} {
		person(n)
		o.writes(fmt.Sprintf("+1312555010%d", n), "a secret question", outreach.Task{Kind: outreach.TaskReply, DueAt: o.now.Add(due)})
	}
	o.Exec(`update tasks set adviser = 'Someone Else' where id = (select max(id) from tasks)`)
	o.AddOpenCall(fixture.OpenCall{Customer: person(3), Number: "+13125550103", Since: o.now.Add(-time.Hour), Words: "secret words"})
	o.AddPlanned(fixture.Planned{Customer: person(4), Channel: outreach.SMS, Due: o.now.Add(5 * time.Hour)})
	failed, _ := o.AddSent(fixture.Sent{Customer: person(5), Channel: outreach.SMS, To: "+13125550105", At: o.now.Add(-20 * time.Hour)})
	o.Exec(`update contacts set state = 'undelivered', reason = 'undelivered' where id = $1`, failed)
	o.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom, why) values ($1, $2, 'accepted', 'undelivered', 'twilio',
		'30003: +1 312 555 0105 of secret@example.com is off')`, failed, o.now)
	controls, cases := store.Controls{DB: o.DB}, store.Recovery{DB: o.DB}
	for _, err := range []error{
		controls.Hold(o.t.Context(), o.now, outreach.SMS, "courtesyd", "Twilio refuses: campaign not registered"),
		controls.StopAll(o.t.Context(), o.now, "pat", "wrong prices"),
	} {
		if err != nil {
			o.t.Fatal(err)
		}
	}
	for n, by := range []time.Duration{-time.Hour, 48 * time.Hour} {
		_, _, err := cases.Start(o.t.Context(), o.now.AddDate(0, 0, -2), store.CaseOpening{
			CustomerID: person(6 + n), ShopID: "main", Happened: "a secret mistake", DecideBy: o.now.Add(by),
		})
		if err != nil {
			o.t.Fatal(err)
		}
	}
}

// Each is told what concerns their role, in numbers and without customers.
func TestDailyMailForEveryRole(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.busyMorning()
		o.site.URL = "https://courtesy.shop.test"
		const (
			ownReplies = "2 customers wait for an answer; past the promised time: 1.\nhttps://courtesy.shop.test/\n"
			allReplies = "3 customers wait for an answer; past the promised time: 1."
			calls      = "1 customer is to be called today.\nhttps://courtesy.shop.test/calls\n"
			ahead      = "1 message or call is planned for today. Nothing goes out while sending is stopped."
			brake      = "- All sending is stopped since Tue Jun 2, 7:30 AM: wrong prices.\n"
			hold       = "- Texts are on hold since Tue Jun 2, 7:30 AM: Twilio refuses: campaign not registered.\n"
			failure    = "- 1 text since yesterday did not arrive. 30003: [number] of [address] is off.\n"
			late       = "- A recovery case is overdue"
			overdue    = "of Sun May 31, 2026 awaits your decision, overdue since Tue Jun 2, 6:30 AM.\n  https://courtesy.shop.test/recovery/1\n"
			open       = "of Sun May 31, 2026 awaits your decision, by Thu Jun 4, 7:30 AM."
		)
		for role, want := range map[outreach.Role]struct {
			subject       string
			with, without []string
		}{
			outreach.RoleAdviser: {
				"Tuesday, June 2: 2 replies waiting, 1 call",
				[]string{ownReplies, calls},
				[]string{"GOES OUT", "PROBLEMS", "RECOVERY"},
			},
			outreach.RoleManager: {
				"Tuesday, June 2: 4 problems, 3 replies waiting, 1 call, 1 going out",
				[]string{allReplies, calls, ahead, brake, hold, failure, late},
				[]string{"RECOVERY"},
			},
			outreach.RoleGeneralManager: {
				"Tuesday, June 2: 1 recovery case overdue, 1 recovery case open, 3 problems, 3 replies waiting, 1 call, 1 going out",
				[]string{allReplies, calls, ahead, brake, hold, failure, overdue, open},
				[]string{late},
			},
		} {
			subject, text := o.dailyMail(outreach.User{Login: "pat", Name: "Pat\n\nPROBLEMS", Role: role, Email: "pat@example.com"})
			if subject != want.subject {
				t.Errorf("%s: subject %q", role, subject)
			}
			for _, words := range append(want.with, "Good morning, Pat PROBLEMS.\n", "\n-- \nExample Auto Care sends this", `courtesyd user email pat ""`) {
				if !strings.Contains(text, words) {
					t.Errorf("%s: it does not say %q", role, words)
				}
			}
			for _, words := range append(want.without, "ecret", "Customer", "555", "\n\n\n") {
				if body := strings.Replace(text, "Pat PROBLEMS", "", 1); strings.Contains(body, words) {
					t.Errorf("%s: it says %q", role, words)
				}
			}
			if t.Failed() {
				t.Logf("%s", text)
			}
		}
	})
}

// Where nobody has said how the pages are reached, they are named.
func TestDailyMailWithoutAddress(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		o.busyMorning()
		_, text := o.dailyMail(outreach.User{Login: "pat", Role: outreach.RoleGeneralManager})
		for _, words := range []string{"Good morning.\n", "See the page Today.\n", "See the page Calls.\n", "See the page Recovery.\n"} {
			if !strings.Contains(text, words) {
				t.Errorf("it does not say %q in\n%s", words, text)
			}
		}
		if strings.Contains(text, "http") {
			t.Errorf("it links somewhere:\n%s", text)
		}
	})
}

// A quiet morning is no reason to write; in a rehearsal nothing is promised.
func TestDailyMailOfAQuietMorning(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		for _, role := range outreach.Roles() {
			if subject, text := o.dailyMail(outreach.User{Login: "pat", Role: role}); subject != "" || text != "" {
				t.Errorf("%s: %s\n%s", role, subject, text)
			}
		}
		o.site.Mode = outreach.Rehearsal
		id, _ := o.AddPlanned(fixture.Planned{Customer: o.AddCustomer(fixture.Customer{}), Channel: outreach.Email, Due: o.now})
		o.Exec(`update contacts set rehearsal = $2 where id = $1`, id, true)
		_, text := o.dailyMail(outreach.User{Login: "pat", Role: outreach.RoleManager})
		if want := "1 message or call is planned for today, as a rehearsal: nothing leaves."; !strings.Contains(text, want) {
			t.Errorf("it does not say %q in\n%s", want, text)
		}
	})
}
