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
	for body, reason := range map[string]string{
		"STOP": "keyword", "please stop writing to me": "stop", "no me escriban más por favor": "stop",
		"I will report you to the FCC, my lawyer will hear of this": "legal_threat",
	} {
		t.Run(reason+" "+body[:4], func(t *testing.T) {
			eachCounter(t, func(c *counter) {
				ana, _ := c.ana()
				ben := c.AddCustomer(fixture.Customer{Email: bensMail})
				c.texts(anasPhone, body)
				c.expectOptOuts(anasPhone+" "+reason, anasMail+" "+reason)
				c.expect("follow-ups", ended, "ended asked_to_stop")
				c.expect("planned", `select count(*) from contacts where state = 'planned' and template <> 'opt-out-confirmation'`, "0")
				if reason != "legal_threat" { // which a person should know of
					c.expectTasks()
					c.expectAgainst(ana, outreach.Email, gate.OptedOut)
				}
				c.expectAgainst(ben, outreach.Email)
			})
		})
	}
}

// TestRefusalFromElsewhere: whoever answers from an address that nobody knew
// means the one we wrote to, and everything else on record for them.
func TestRefusalFromElsewhere(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana := c.AddCustomer(fixture.Customer{Phone: anasPhone, Email: anasMail})
		message, _ := c.AddSent(fixture.Sent{Customer: ana, Channel: outreach.Email, To: "former@example.com", At: noon.Add(-time.Hour)})
		c.mails("private@example.com", "please stop writing to me", answering(message))
		c.expectOptOuts(anasPhone+" stop", anasMail+" stop", "former@example.com stop", "private@example.com stop")
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
		c.must(c.Unsubscribe(c.t.Context(), message, "one_click"))
		c.expectOptOuts(anasPhone+" one_click", anasMail+" one_click")
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
		c.expectAgainst(ana, outreach.Email, gate.OptedOut, gate.NoConsent, gate.AddressInvalid)
		c.expectAgainst(ana, outreach.Call)
	})
}

// TestOneChannelOnly: who wants no calls may be texted, who wants no texts may be
// mailed, whichever way they say so.
func TestOneChannelOnly(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		c.texts(anasPhone, "stop calling me but texting is fine")
		c.expectOptOuts(anasPhone + " call calls_only")
		c.expectAgainst(ana, outreach.Call, gate.OptedOut)
		c.expectAgainst(ana, outreach.SMS)
		c.expect("follow-ups", ended, "active")
	})
	for _, by := range []outreach.Channel{outreach.SMS, outreach.Email} {
		t.Run(string(by), func(t *testing.T) {
			eachCounter(t, func(c *counter) {
				ana, message := c.ana()
				if by == outreach.SMS {
					c.texts(anasPhone, "please do not text me, email is fine")
				} else {
					c.mails(anasMail, "please do not text me, email is fine", answering(message))
				}
				c.expectOptOuts(anasPhone + " sms texts_only")
				c.done(inbound.Answered)
				c.expectAgainst(ana, outreach.Email)
				c.expectAgainst(ana, outreach.Call)
				c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent)
			})
		})
	}
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
	})
}

// TestStartLiftsThatNumber and no other address, and brings information back but
// no advertising: what was agreed in writing was taken back.
func TestStartLiftsThatNumber(t *testing.T) {
	eachCounter(t, func(c *counter) {
		ana, _ := c.ana()
		for i, start := range []string{"START", "unstop"} {
			c.now = noon.Add(time.Duration(2*i) * time.Hour)
			c.texts(anasPhone, "STOP")
			c.now = c.now.Add(time.Hour)
			c.texts(anasPhone, "YES")
			c.mails(anasMail, "START")
			c.expectOptOuts(anasPhone+" keyword", anasMail+" keyword")
			for c.Count(`select count(*) from tasks where done_at is null`) > 0 {
				c.done(inbound.Answered)
			}
			c.texts(anasPhone, start)
			c.expectOptOuts(anasMail + " keyword")
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
	for _, firm := range []string{"stop", "unsubscribe", "press", "complaint"} {
		t.Run(firm, func(t *testing.T) {
			eachCounter(t, func(c *counter) {
				ana, message := c.ana()
				c.texts(anasPhone, "not interested")
				reason := firm
				switch firm {
				case "stop":
					c.texts(anasPhone, "please stop writing to me")
				case "unsubscribe":
					c.must(c.Unsubscribe(c.t.Context(), message, "page"))
					reason = "page"
				case "press":
					c.must(c.Press(c.t.Context(), outreach.Press{ContactID: message, Key: "k", Action: outreach.ActionStop}))
					reason = "page"
				case "complaint":
					c.must(c.News(c.t.Context(), outreach.News{Complaint: true, Result: outreach.Result{ContactID: message, Provider: "twilio"}}))
				}
				c.done(inbound.NotAnOptOut)
				c.expectOptOuts(anasPhone+" "+reason, anasMail+" "+reason)
				c.expectAgainst(ana, outreach.SMS, gate.OptedOut, gate.NoConsent)
			})
		})
	}
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
	})
}

// TestWhatAPersonFinds in an unclear reply.
func TestWhatAPersonFinds(t *testing.T) {
	for outcome, want := range map[inbound.Outcome][]string{
		inbound.OptOut:      {anasPhone + " told_to_staff", anasMail + " told_to_staff", "private@example.com told_to_staff"},
		inbound.WrongNumber: {"private@example.com wrong_number"},
		inbound.NotAnOptOut: nil,
	} {
		t.Run(string(outcome), func(t *testing.T) {
			eachCounter(t, func(c *counter) {
				_, message := c.ana()
				c.mails("private@example.com", "not interested", answering(message))
				c.done(outcome)
				c.expectOptOuts(want...)
			})
		})
	}
	t.Run("of a plain reply", func(t *testing.T) {
		eachCounter(t, func(c *counter) {
			_, message := c.ana()
			c.mails("private@example.com", "thanks", answering(message))
			c.done(inbound.OptOut)
			c.expectOptOuts(anasPhone+" told_to_staff", anasMail+" told_to_staff", "private@example.com told_to_staff")
			c.expect("follow-ups", ended, "ended asked_to_stop")
		})
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
	for _, tc := range []struct {
		name, body string
		change     func(*outreach.Arrival)
		want       int
	}{
		{"free text", "please stop writing to me", nil, 1},
		{"confirmed by the provider", "STOP", func(a *outreach.Arrival) { a.Confirmed = true }, 0},
		{"five minutes old", "please stop writing to me", func(a *outreach.Arrival) { a.At = noon.Add(-5 * time.Minute) }, 0},
		{"from a clock ahead", "please stop writing to me", func(a *outreach.Arrival) { a.At = noon.Add(time.Hour) }, 1},
		{"by mail", "please stop writing to me", func(a *outreach.Arrival) { a.Channel, a.From = outreach.Email, anasMail }, 0},
		{"wrong number", "wrong number", nil, 0},
		{"legal threat", "I will report you to the FCC, my lawyer will hear of this", nil, 0},
		{"unclear", "not interested", nil, 0},
		{"a stranger", "please stop writing to me", func(a *outreach.Arrival) { a.From = "+13125550199" }, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachCounter(t, func(c *counter) {
				c.ana()
				if tc.change == nil {
					tc.change = func(*outreach.Arrival) {}
				}
				c.texts(anasPhone, tc.body, tc.change)
				c.texts(anasPhone, "stop writing to me!", func(a *outreach.Arrival) { a.Confirmed = tc.want == 0 }) // again
				c.expect("confirmations", `
					select count(*) from contacts where direction = 'out' and answers is not null and state = 'planned'
					  and template = 'opt-out-confirmation' and class = 'informational' and not_after <= '2026-06-02T17:05:00.000000Z'`,
					strconv.Itoa(tc.want))
			})
		})
	}
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
