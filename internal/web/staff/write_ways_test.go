package staff

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestAnswerElsewhere: who wrote by text may be answered by mail, where their
// mailbox is open; it goes to the address that was shown.
func TestAnswerElsewhere(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat := o.signedIn(outreach.RoleAdviser)
		_, path := o.client()
		_, body, _ := pat.get(path)
		mentions(t, body, "They wrote by text", "Answer by text to (312) 555-0141", "Answer by e-mail to "+anasMail)
		status, _, _ := pat.post(path+"/reply", "seen", hidden(t, body, "seen"), "answers", hidden(t, body, "answers")+":"+anasMail, "words", "Yes, you can.")
		if status != http.StatusSeeOther {
			t.Fatal(status)
		}
		const planned = `select channel, address, subject, body from contacts join contact_words on contact_id = id where written_by <> ''`
		if got := b.Strings(planned)[0]; !strings.HasPrefix(got, "email "+anasMail+" Your message to Example Auto Care Yes, you can.\n\nadviser") {
			t.Errorf("planned: %q", got)
		}
		for _, to := range []string{"nobody@example.com", "+13125550199", "x"} {
			seen := strconv.Itoa(b.Count(`select max(id) from contacts`))
			if status, _, _ := pat.post(path+"/reply", "seen", seen, "answers", hidden(t, body, "answers")+":"+to, "words", "Yes."); status != http.StatusUnprocessableEntity {
				t.Errorf("to %s: %d", to, status)
			}
		}
		o.Exec(`insert into opt_outs (address, channel, reason, source, recorded_at) values ($1, 'email', 'page', 'page', $2)`, anasMail, o.now)
		_, body, _ = pat.get(path)
		if strings.Contains(body, "Answer by e-mail") || !strings.Contains(body, "Answer by text") {
			t.Error("a mailbox that refused is offered")
		}
	})
}

// TestAnswerAPress: what was pressed on the page is not called a text, and what the
// customer did not write is answered by text only where they agreed to texts.
func TestAnswerAPress(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		o := open(t, b)
		pat := o.signedIn(outreach.RoleAdviser)
		ana := o.AddCustomer(fixture.Customer{Phone: anasPhone, Email: anasMail})
		sent, _ := o.AddSent(fixture.Sent{Customer: ana, Channel: outreach.SMS, To: anasPhone, At: o.now.Add(-time.Hour)})
		press := outreach.Press{ContactID: sent, Key: "k", Action: outreach.ActionBook, At: o.now}
		_, err := store.Inbox{DB: b.DB}.Press(t.Context(), o.now, press, func(outreach.Sender) outreach.Consequence {
			return outreach.Consequence{Reason: "book", Class: "none", Detail: "book", Task: &outreach.Task{Kind: outreach.TaskBooking, DueAt: o.now}}
		})
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := pat.get("/customers/" + strconv.FormatInt(ana, 10))
		mentions(t, body, "On their page, Tue Jun 2, 12:00 PM", "pressed “I want to come in”", "This cannot be answered by text", "Answer by e-mail to "+anasMail)
		if strings.Contains(body, "They wrote by text") || strings.Contains(body, "(no words)") {
			t.Error("a press is called a text")
		}
	})
}

// TestWhoCanBeCalled is said as it is, where an answer in writing cannot go.
func TestWhoCanBeCalled(t *testing.T) {
	const can, want, number = "A person can call.", "Nor do they want to be called.", "Nor is there a number to call."
	for name, tc := range map[string]struct {
		change string
		says   string
	}{
		"no texts":             {`insert into opt_outs (address, channel, reason, source, recorded_at) values ('` + anasPhone + `', 'sms', 'x', 'x', '2026-06-01')`, can},
		"nothing":              {`insert into opt_outs (address, reason, source, recorded_at) values ('` + anasPhone + `', 'x', 'x', '2026-06-01')`, want},
		"no calls in a ledger": {`insert into consents (customer_id, channel, state, source, occurred_at) select id, '', 'revoked', 'x', '2026-06-02T18:00:00Z' from customers`, want},
		"dead":                 {`update customers set deceased = (1 = 1)`, want},
		"wrong number":         {`update addresses set status = 'invalid'`, number},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				o := open(t, b)
				pat := o.signedIn(outreach.RoleAdviser)
				_, path := o.client()
				o.Exec(tc.change)
				_, body, _ := pat.get(path)
				for _, words := range []string{can, want, number} {
					if strings.Contains(body, words) != (words == tc.says) {
						t.Errorf("%q: %v", words, words != tc.says)
					}
				}
			})
		})
	}
}
