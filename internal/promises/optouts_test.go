package promises

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// way is how a customer says no. say returns when whoever was told has answered.
type way struct {
	name      string
	channel   outreach.Channel // their messages come by
	confirmed bool             // we may confirm it, once
	slow      bool
	say       func(*listening, *refuser)
}

func ways() []way {
	sms, email := outreach.SMS, outreach.Email
	return []way{
		{"a keyword, which Twilio brings", sms, false, false, func(l *listening, r *refuser) { l.text(r.customer, "STOP") }},
		{"words, which Twilio brings", sms, true, false, func(l *listening, r *refuser) { l.text(r.customer, "please stop texting me") }},
		{"a keyword, asked for", sms, false, true, func(l *listening, r *refuser) { l.leave(r.customer, "Stop") }},
		{"words, asked for", sms, true, true, func(l *listening, r *refuser) { l.leave(r.customer, "Take me off your list, please") }},
		{"the page, from a text", sms, false, false, func(l *listening, r *refuser) { l.choose(r.customer, outreach.ActionStop) }},
		{"the page, from a mail", email, false, false, func(l *listening, r *refuser) { l.choose(r.customer, outreach.ActionStop) }},
		{"one click", email, false, false, (*listening).oneClick},
		{"the counter", sms, false, false, func(l *listening, r *refuser) { l.command("opt-out", r.address) }},
		{"the counter, by the other address", sms, false, false, func(l *listening, r *refuser) {
			l.command("opt-out", fmt.Sprintf("also%d@example.test", r.id))
		}},
		{"a call", sms, false, false, (*listening).toldOnThePhone},
		{"a reply that a person reads", sms, false, false, (*listening).toldInAReply},
		{"the provider", sms, false, false, (*listening).toldElsewhere},
	}
}

// refuser is a customer who says no.
type refuser struct {
	customer
	way
	kin []int64 // other customers with the same number
	had int     // hand-overs when the answer to the no was there, -1 before
	// spared is true when there was nothing left to say no to.
	spared bool
}

func (l *listening) oneClick(r *refuser) {
	_, link := l.linksOf(r.customer)
	l.press(link, http.StatusOK, url.Values{"List-Unsubscribe": {"One-Click"}})
}

// toldOnThePhone brings the call of the follow-up up early and records it.
func (l *listening) toldOnThePhone(r *refuser) {
	l.exec(`update contacts set state = 'open' where customer_id = $1 and step = 2 and state = 'planned'`, r.id)
	call := l.count(`select id from contacts where customer_id = $1 and step = 2`, r.id)
	l.exec(`insert into contact_words (contact_id, address) values ($1, $2)`, call, r.address)
	l.command("calls", "done", fmt.Sprint(call), string(outreach.CallRefused))
}

func (l *listening) toldInAReply(r *refuser) {
	l.text(r.customer, "who is this about?")
	r.had = l.handedTo(r)
	l.finishTask(r.customer, "opt_out")
}

// toldElsewhere waits until the provider has refused a text of somebody who said
// no to it.
func (l *listening) toldElsewhere(r *refuser) {
	atLength(l.t, "the provider to say no", func() bool {
		open := l.count(`select count(*) from contacts where customer_id in ($1, $2) and step = 1 and state in ('planned', 'handed')
			and reason not like '%opted_out%'`, r.id, r.kin[0])
		r.spared = l.refusals(r.address) == 0
		return !r.spared || open == 0
	})
}

func (l *listening) refusals(address string) int {
	return l.count(`select count(*) from opt_outs where address = $1 and channel = '' and lifted_at is null and not tentative`, address)
}

func (l *listening) handedTo(r *refuser) int {
	n := l.handOvers(r.id)
	for _, id := range r.kin {
		n += l.handOvers(id)
	}
	return n
}

// TestNoneAfterANoByAnyWay lets people say no by every way there is while the
// real daemons hand over all they can and are killed in between: from the moment
// a no is answered nothing more is handed over to whoever said it, and no answer
// is lost or counted twice. (A no by mail comes by the same desk; the mailbox has
// tests of its own.)
func TestNoneAfterANoByAnyWay(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, dbURL string) {
		t.Parallel()
		each, crashes := 7, 4
		if testing.Short() {
			each, crashes = 3, 2
		}
		l := openListening(t, dbURL)
		refusers, patient := l.invite(each)
		var happenings []happening
		for _, r := range refusers {
			happenings = append(happenings, happening{r.customer, r.slow, func() {
				r.say(l, r)
				if r.had < 0 {
					r.had = l.handedTo(r)
				}
			}})
		}
		l.hold(happenings)
		l.start()
		l.unleash(happenings, crashes)
		l.awaitCrew()
		l.repeat()
		l.rest()
		early := 0
		for _, r := range refusers {
			l.judgeRefuser(r)
			early += l.count(`select count(*) from contacts where customer_id = $1 and step = 1 and state in ('suppressed', 'canceled')`, r.id)
		}
		if early < len(refusers)/2 {
			t.Errorf("only %d of %d refusals came while there was something to stop", early, len(refusers))
		}
		for _, c := range patient {
			if n := l.arrived(c.address); n > 1 || n == 0 && l.fate(c).state != outreach.Unconfirmed {
				t.Errorf("%s, who did not refuse, got %d messages: %+v", c.address, n, l.fate(c))
			}
		}
		l.expectOnce()
		t.Logf("%d refusals, of which %d stopped something; %d hand-overs, %d crashes", len(refusers), early, l.handOvers(0), crashes)
	})
}

// invite plans for people who will refuse, a number of them by each way, and for
// some who will not.
func (l *listening) invite(each int) (refusers []*refuser, patient []customer) {
	l.t.Helper()
	mails, texts := 2*each, 2*each
	for _, w := range ways() {
		if w.channel == outreach.Email {
			mails += each
		} else {
			texts += each
		}
	}
	const kin = 1
	people := l.fill(mails, texts+kin*each)
	byMail, byText := people[:mails], people[mails:]
	next := func(ch outreach.Channel) (c customer) {
		from := &byText
		if ch == outreach.Email {
			from = &byMail
		}
		c, *from = (*from)[0], (*from)[1:]
		return c
	}
	for _, w := range ways() {
		for range each {
			r := &refuser{customer: next(w.channel), way: w, had: -1}
			if w.name == "the provider" {
				also := next(w.channel)
				r.kin = []int64{also.id}
				l.exec(`update addresses set value = $2 where customer_id = $1`, also.id, r.address)
				l.sayLater(r.customer, tries/4+rand.IntN(tries/2), false)
				l.texts.Add(twiliofake.Fault{To: r.address, Status: http.StatusBadRequest, Code: 21610})
			}
			l.sayLater(r.customer, 0, r.slow)
			refusers = append(refusers, r)
		}
	}
	for _, c := range append(byMail, byText...) {
		l.sayLater(c, 1+rand.IntN(tries-1), false)
		patient = append(patient, c)
	}
	l.plan()
	l.remember()
	return refusers, patient
}

// judgeRefuser compares what was handed over with the moment of the no.
func (l *listening) judgeRefuser(r *refuser) {
	l.t.Helper()
	if r.spared {
		return
	}
	if now := l.handedTo(r); now != r.had {
		l.t.Errorf("%s said no by %s and was handed over %d times, %d of them after the no", r.address, r.name, now, now-r.had)
	}
	addresses := []string{r.address}
	if r.customer.channel == outreach.SMS {
		addresses = append(addresses, fmt.Sprintf("also%d@example.test", r.id))
	}
	for _, address := range addresses {
		if n := l.refusals(address); n != 1 {
			l.t.Errorf("%s: the no by %s is on record %d times", address, r.name, n)
		}
	}
	most := 0
	if r.confirmed {
		most = 1
	}
	if n := l.count(`select count(*) from contacts where customer_id = $1 and direction = 'out' and answers is not null`, r.id); n != most {
		l.t.Errorf("%s: the no by %s is confirmed %d times, expected %d", r.address, r.name, n, most)
	}
	if n := l.arrived(addresses...); n > most {
		l.t.Errorf("%s said no by %s and got %d messages", r.address, r.name, n)
	}
}
