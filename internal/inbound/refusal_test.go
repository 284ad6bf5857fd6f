package inbound_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const ended = `select state, end_reason from follow_ups order by id`

// TestClearRefusal closes every address of the person for every channel and ends
// the follow-up. Nobody has to answer it.
func TestClearRefusal(t *testing.T) {
	type words struct{ body, reason string }
	play(t, map[string]words{
		"keyword": {"STOP", "keyword"},
		"English": {"please stop writing to me", "stop"},
		"Spanish": {"no me escriban más por favor", "stop"},
		"threat":  {"I will report you to the FCC, my lawyer will hear of this", "legal_threat"},
	}, func(c *counter, w words) {
		ana, message := c.ana()
		ben := c.AddCustomer(fixture.Customer{Email: bensMail})
		c.AddPlanned(fixture.Planned{Customer: ana, FollowUp: c.followUp(message), Step: 2, Channel: outreach.Email, Due: noon})
		c.texts(anasPhone, w.body)
		c.expectOptOuts(anasPhone+" "+w.reason, anasMail+" "+w.reason)
		c.expect("follow-ups", ended, "ended asked_to_stop")
		c.expect("planned", `select state, reason from contacts where step = 2`, "canceled asked_to_stop")
		if w.reason != "legal_threat" { // which a person should know of
			c.expectTasks()
			c.expectAgainst(ana, outreach.Email, gate.OptedOut)
		}
		c.expectAgainst(ben, outreach.Email)
	})
}

// TestRefusalFromElsewhere: whoever answers from an address that nobody knew
// means the one we wrote to, and everything else on record for them. Since anybody
// who saw the message could have written it, a person looks at it.
func TestRefusalFromElsewhere(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Phone: anasPhone, Email: anasMail})
		message, _ := c.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: "former@example.com", At: noon.Add(-time.Hour)})
		c.mails("private@example.com", "please stop writing to me", answering(message))
		c.expectOptOuts(anasPhone+" stop held", anasMail+" stop held", "former@example.com stop held", "private@example.com stop held")
		c.expectTasks(fmt.Sprintf("review %d", ana))
	})
}

// TestOneOfACouple who writes from an address of their own speaks for that and
// for what they share, but not for the other's mailbox.
func TestOneOfACouple(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		ben := c.AddCustomer(fixture.Customer{Phone: anasPhone, Email: bensMail})
		c.mails(anasMail, "unsubscribe me please", answering(message))
		c.expectAgainst(ben, outreach.Email)
		c.expectAgainst(ben, outreach.SMS, gate.OptedOut, gate.NoConsent)
	})
}

// TestUnsubscribeMail refuses, whatever its words are.
func TestUnsubscribeMail(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		c.mails(anasMail, "", answering(message), func(a *outreach.Arrival) { a.Unsubscribe, a.Auto = true, true })
		c.expectOptOuts(anasPhone+" mailto", anasMail+" mailto")
		c.expect("follow-ups", ended, "ended asked_to_stop")
		c.expectTasks()
	})
}

// TestUnsubscribe by a link adds nothing while the "no" is in force, and counts
// anew when it was lifted.
func TestUnsubscribe(t *testing.T) {
	eachCounter(t, func(c *counter) {
		_, message := c.ana()
		for _, err := range together(20, func(int) error { return c.Unsubscribe(c.t.Context(), message, "one_click") }) {
			c.t.Error(err)
		}
		c.expectOptOuts(anasPhone+" one_click", anasMail+" one_click")
		c.expect("follow-ups", ended, "ended asked_to_stop")
		c.expect("in the log", `select reason, provider from contacts where direction = 'in'`, "unsubscribed page")
		c.now = noon.Add(time.Hour)
		c.texts(anasPhone, "START")
		c.texts(anasPhone, "start")
		c.expect("lifts in the audit log", `select object from audit_log where what = 'lift opt-out'`, outreach.Mask(anasPhone))
		c.must(c.Unsubscribe(c.t.Context(), message, "one_click"))
		c.expectOptOuts(anasPhone+" one_click", anasPhone+" call texts_only", anasMail+" one_click")
		if err := c.Unsubscribe(c.t.Context(), 999, "page"); !errors.Is(err, outreach.ErrNoPage) {
			c.t.Errorf("of no message: %v", err)
		}
	})
}

// TestWrongNumber is about that number only: consent for it is void, it is not
// used again, and a mail to the customer may still go.
func TestWrongNumber(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		c.texts(anasPhone, "wrong number")
		c.expectOptOuts(anasPhone + " wrong_number")
		c.expect("the address", `select status from addresses where value = '`+anasPhone+`'`, "invalid")
		c.expect("follow-ups", ended, "active")
		c.expectTasks()
		c.expectAgainst(ana, outreach.Email)
		c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent, gate.AddressInvalid)
		c.expectAgainst(ana, outreach.Call, gate.OptedOut, gate.NoConsent, gate.AddressInvalid)
		c.expect("confirmations", `select count(*) from contacts where direction = 'out' and answers is not null`, "0")
	})
}

// TestWrongPerson who was forwarded a mail speaks of the address we wrote to.
func TestWrongPerson(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Phone: anasPhone, Email: anasMail})
		message, _ := c.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: anasMail, At: noon.Add(-time.Hour)})
		c.mails("somebody@example.com", "You have the wrong person", answering(message))
		c.expectAgainst(ana, outreach.Email, gate.OptedOut, gate.ReplyWaiting)
		c.done(inbound.WrongNumber)
		c.expectAgainst(ana, outreach.Email, gate.OptedOut, gate.NoConsent, gate.AddressInvalid)
		c.expectAgainst(ana, outreach.Call)
	})
}

// TestOneChannelOnly: who wants no calls may be texted, who wants no texts may be
// mailed, whichever way they say so.
func TestOneChannelOnly(t *testing.T) {
	noTexts := func(c *counter, ana int64) {
		c.expectOptOuts(anasPhone + " sms texts_only")
		c.done(inbound.Answered)
		c.expectAgainst(ana, outreach.Email)
		c.expectAgainst(ana, outreach.Call)
		c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent)
	}
	play(t, map[string]func(c *counter, ana, message int64){
		"no calls": func(c *counter, ana, _ int64) {
			c.texts(anasPhone, "stop calling me but texting is fine")
			c.expectOptOuts(anasPhone + " call calls_only")
			c.expectAgainst(ana, outreach.Call, gate.OptedOut)
			c.expectAgainst(ana, outreach.SMS)
			c.expect("follow-ups", ended, "active")
		},
		"no texts, by text": func(c *counter, ana, _ int64) {
			c.texts(anasPhone, "please do not text me, email is fine")
			noTexts(c, ana)
		},
		"no texts, by mail": func(c *counter, ana, message int64) {
			c.mails(anasMail, "please do not text me, email is fine", answering(message))
			noTexts(c, ana)
		},
	}, func(c *counter, says func(c *counter, ana, message int64)) {
		ana, message := c.ana()
		says(c, ana, message)
	})
}

// TestDeceased: nobody writes there again, and a person knows.
func TestDeceased(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		c.texts(anasPhone, "he passed away last month")
		c.expectOptOuts(anasPhone+" deceased", anasMail+" deceased")
		c.expect("follow-ups", ended, "ended do_not_contact")
		c.expectTasks(fmt.Sprintf("reply %d", ana))
		c.done(inbound.Answered)
		c.expectAgainst(ana, outreach.Email, gate.Deceased, gate.OptedOut)
		ben := c.AddCustomer(fixture.Customer{Phone: anasPhone})
		for _, address := range []string{anasPhone, anasMail} { // the first is Ben's, too
			c.expectAgainst(ana, outreach.Email, gate.Deceased, gate.OptedOut)
			_, err := store.Consents{DB: c.DB}.Lift(c.t.Context(), c.now, address, "kim", "asked to hear from us")
			c.must(err)
		}
		c.expectAgainst(ana, outreach.Email)
		c.expectAgainst(ben, outreach.Call)
	})
}

// TestStartLiftsThatNumber and no other address, and brings information back but
// no advertising: what was agreed in writing was taken back. Nor does it bring
// calls back.
func TestStartLiftsThatNumber(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		stopped := []string{anasPhone + " keyword", anasMail + " keyword"}
		for i, start := range []string{"START", "unstop"} {
			c.now = noon.Add(time.Duration(2*i) * time.Hour)
			c.texts(anasPhone, "STOP")
			c.now = c.now.Add(time.Hour)
			c.texts(anasPhone, "YES")
			c.mails(anasMail, "START")
			c.expectOptOuts(stopped...)
			for c.Count(`select count(*) from tasks where done_at is null`) > 0 {
				c.done(inbound.Answered)
			}
			c.texts(anasPhone, start)
			c.expectOptOuts(anasPhone+" call texts_only", anasMail+" keyword")
			stopped = []string{anasPhone + " keyword", anasPhone + " call texts_only", anasMail + " keyword"}
			c.expectAgainst(ana, outreach.SMS, gate.NoConsent)
			if got := c.against(ana, outreach.SMS, outreach.Informational); len(got) > 0 {
				c.t.Errorf("after %s, against information: %v", start, got)
			}
			c.expectAgainst(ana, outreach.Email, gate.OptedOut)
		}
	})
}

// TestUnclearIsHeld: it counts like a refusal until a person has read it, and
// takes no consent back.
func TestUnclearIsHeld(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		c.texts(anasPhone, "not interested")
		c.texts(anasPhone, "who is this")
		c.expectOptOuts(anasPhone+" who_is_this held", anasMail+" who_is_this held")
		c.expectTasks(fmt.Sprintf("review %d", ana))
		task := int64(c.Count(`select id from tasks`))
		if err := c.end(task, inbound.Answered); !errors.Is(err, store.ErrUndecided) {
			c.t.Errorf("answered without a decision: %v", err)
		}
		c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.ReplyWaiting)
		c.must(c.end(task, inbound.NotAnOptOut))
		c.expectOptOuts()
		c.expectAgainst(ana, outreach.SMS)
		c.expect("follow-ups", ended, "active")
		c.texts(anasPhone, "not interested") // is held anew
		c.expectOptOuts(anasPhone+" negative held", anasMail+" negative held")
	})
}

// TestFirmAfterUnclear: what a person finds out about the unclear words does not
// take back the clear ones.
func TestFirmAfterUnclear(t *testing.T) {
	play(t, map[string]func(c *counter, message int64){
		"stop":      func(c *counter, _ int64) { c.texts(anasPhone, "please stop writing to me") },
		"one_click": func(c *counter, message int64) { c.must(c.Unsubscribe(c.t.Context(), message, "one_click")) },
		"page":      func(c *counter, message int64) { c.presses(message, outreach.ActionStop, 0) },
		"complaint": func(c *counter, message int64) {
			c.must(c.News(c.t.Context(), outreach.News{Complaint: true, Result: outreach.Result{ContactID: message, Provider: "twilio"}}))
		},
	}, func(c *counter, refuses func(c *counter, message int64)) {
		ana, message := c.ana()
		c.texts(anasPhone, "not interested")
		refuses(c, message)
		c.done(inbound.NotAnOptOut)
		if got := c.Strings(`select distinct tentative, lifted_at from opt_outs`); len(got) != 1 || got[0] != "false " && got[0] != "0 " {
			c.t.Errorf("opt-outs (held, lifted): %v", got)
		}
		c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent)
		c.expectAgainst(ana, outreach.Email, gate.OptedOut)
	})
}

// TestUnclearAfterFirm changes nothing about the firm one.
func TestUnclearAfterFirm(t *testing.T) {
	eachCounter(t, func(c *counter) {
		c.ana()
		c.texts(anasPhone, "STOP")
		c.texts(anasPhone, "who is this")
		c.done(inbound.NotAnOptOut)
		c.expectOptOuts(anasPhone+" keyword", anasMail+" keyword")
	})
}

// TestUnclearAndNotRead within two days is a refusal from then on, once.
func TestUnclearAndNotRead(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, message := c.ana()
		c.mails("private@example.com", "not interested", answering(message))
		tasks := store.Tasks{DB: c.DB}
		c.now = noon.Add(48*time.Hour - time.Second)
		conclude := func() string {
			var n [10]int
			for _, err := range together(len(n), func(i int) (err error) { n[i], err = tasks.Conclude(c.t.Context(), c.now); return err }) {
				c.t.Error(err)
			}
			sum := 0
			for _, each := range n {
				sum += each
			}
			return strconv.Itoa(sum)
		}
		if got := conclude(); got != "0" {
			c.t.Errorf("too early, %s were concluded", got)
		}
		c.now = noon.Add(48 * time.Hour)
		if got := conclude(); got != "1" {
			c.t.Errorf("%s were concluded, want one, once", got)
		}
		const why = " unclear_and_not_reviewed"
		c.expectOptOuts(anasPhone+why, anasMail+why, "private@example.com"+why)
		c.expect("follow-ups", ended, "ended asked_to_stop")
		c.expectTasks(fmt.Sprintf("reply %d", ana)) // it still waits
		c.done(inbound.NotAnOptOut)
		c.expectOptOuts(anasPhone+why, anasMail+why, "private@example.com"+why)
		c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent)
	})
}

// TestOwnerTakesBackWhatIsHeld: who asks to hear from the shop again after
// unclear words is not shut out because nobody read them in time.
func TestOwnerTakesBackWhatIsHeld(t *testing.T) {
	eachCounter(t, func(c *counter) {
		c.ana()
		c.texts(anasPhone, "not interested")
		c.texts(anasPhone, "START")
		c.now = noon.Add(72 * time.Hour)
		_, err := store.Tasks{DB: c.DB}.Conclude(c.t.Context(), c.now)
		c.must(err)
		c.expectOptOuts(anasMail + " unclear_and_not_reviewed")
		c.expect("follow-ups", ended, "active")
	})
}

// TestWhatAPersonFinds in an unclear reply.
func TestWhatAPersonFinds(t *testing.T) {
	type find struct {
		words   string
		outcome inbound.Outcome
		optOuts []string
	}
	all := []string{anasPhone + " told_to_staff", anasMail + " told_to_staff", "private@example.com told_to_staff"}
	play(t, map[string]find{
		"it is one":      {"not interested", inbound.OptOut, all},
		"wrong number":   {"not interested", inbound.WrongNumber, []string{"private@example.com wrong_number"}},
		"it is none":     {"not interested", inbound.NotAnOptOut, nil},
		"in plain words": {"thanks", inbound.OptOut, all},
	}, func(c *counter, f find) {
		_, message := c.ana()
		c.mails("private@example.com", f.words, answering(message))
		c.done(f.outcome)
		c.expectOptOuts(f.optOuts...)
		state := "active"
		if f.outcome == inbound.OptOut {
			state = "ended asked_to_stop"
		}
		c.expect("follow-ups", ended, state)
	})
}

// TestStranger who refuses is heard, too.
func TestStranger(t *testing.T) {
	eachCounter(t, func(c *counter) {
		c.texts("+13125550199", "please stop writing to me")
		c.texts("+13125550198", "not interested")
		c.expectOptOuts("+13125550198 negative held", "+13125550199 stop")
		c.expectTasks("review 0 +13125550198")
		c.done(inbound.OptOut)
		c.expectOptOuts("+13125550198 told_to_staff", "+13125550199 stop")
	})
}

// TestOneConfirmation is planned for a refusal in free text that came in a
// moment ago by text, and that the provider has not confirmed itself.
func TestOneConfirmation(t *testing.T) {
	type refusal struct {
		body   string
		change func(*outreach.Arrival)
		want   string
	}
	const stop = "please stop writing to me"
	as := func(*outreach.Arrival) {}
	play(t, map[string]refusal{
		"free text":                 {stop, as, "1"},
		"confirmed by the provider": {"STOP", func(a *outreach.Arrival) { a.Confirmed = true }, "0"},
		"five minutes old":          {stop, func(a *outreach.Arrival) { a.At = noon.Add(-5 * time.Minute) }, "0"},
		"from a clock ahead":        {stop, func(a *outreach.Arrival) { a.At = noon.Add(time.Hour) }, "1"},
		"by mail":                   {stop, func(a *outreach.Arrival) { a.Channel, a.From = outreach.Email, anasMail }, "0"},
		"wrong number":              {"wrong number", as, "0"},
		"legal threat":              {"I will report you to the FCC, my lawyer will hear of this", as, "0"},
		"unclear":                   {"not interested", as, "0"},
		"a stranger":                {stop, func(a *outreach.Arrival) { a.From = "+13125550199" }, "0"},
	}, func(c *counter, r refusal) {
		c.ana()
		c.texts(anasPhone, r.body, r.change)
		c.texts(anasPhone, "stop writing to me!", func(a *outreach.Arrival) { a.Confirmed = r.want == "0" }) // again
		c.expect("confirmations", `
			select count(*) from contacts where direction = 'out' and answers is not null and state = 'planned'
			  and template = 'opt-out-confirmation' and class = 'informational' and not_after <= '2026-06-02T17:05:00.000000Z'`, r.want)
	})
}

// TestRefusalsAllAtOnce: twenty texts that all refuse are confirmed once.
func TestRefusalsAllAtOnce(t *testing.T) {
	eachCounter(t, func(c *counter) {
		c.ana()
		for _, err := range together(20, func(i int) error {
			return c.Receive(c.t.Context(), outreach.Arrival{
				Provider: "twilio", ProviderID: "IN" + strconv.Itoa(i), Channel: outreach.SMS, From: anasPhone, Body: "stop writing to me", At: noon,
			})
		}) {
			c.t.Error(err)
		}
		c.expectOptOuts(anasPhone+" stop", anasMail+" stop")
		c.expect("in the log", `select direction, count(*) from contacts where direction = 'in' or answers is not null group by direction order by 1`,
			"in 20", "out 1")
	})
}
