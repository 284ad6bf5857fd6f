package promises

import (
	"fmt"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

// stopper is something after which nothing more may be said of the work.
type stopper struct {
	name string
	// told is true where the daemons' own code records it: hand-overs in progress
	// are waited for. Of another program's commit only a hand-over that begins
	// later can know.
	told bool
	do   func(*listening, *stopped)
}

func stoppers() []stopper {
	return []stopper{
		{"a reply that is answered", true, (*listening).replyAndBeAnswered},
		{"a question on the page", true, func(l *listening, s *stopped) { l.choose(s.customer, outreach.ActionAsk) }},
		{"a booking on the page, which is made", true, func(l *listening, s *stopped) {
			l.choose(s.customer, outreach.ActionBook)
			s.had = l.handOvers(s.id)
			l.finishTask(s.customer, "booked")
		}},
		{"a no to it on the page", true, func(l *listening, s *stopped) { l.choose(s.customer, outreach.ActionNotThis) }},
		{"done elsewhere, on the page", true, func(l *listening, s *stopped) { l.choose(s.customer, outreach.ActionElsewhere) }},
		{"done elsewhere, in a text", true, func(l *listening, s *stopped) { l.text(s.customer, "I already had it done at another shop") }},
		{"a sold car, on the page", true, func(l *listening, s *stopped) { l.choose(s.customer, outreach.ActionSold) }},
		{"a sold car, in another program", false, func(l *listening, s *stopped) {
			l.exec(`update vehicles set customer_id = (select max(id) from customers) where customer_id = $1`, s.id)
		}},
		{"an appointment in another program", false, func(l *listening, s *stopped) {
			l.exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, s.id, when(l.now().AddDate(0, 0, 1)))
		}},
		{"work done, in another program", false, func(l *listening, s *stopped) {
			l.exec(`update order_lines set done_at = $2 where order_id in (select id from orders where customer_id = $1)`, s.id, when(l.now()))
		}},
		{"a recovery case in another program", false, func(l *listening, s *stopped) {
			l.exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, s.id, when(l.now()))
		}},
	}
}

// stopped is a customer to whom that happened.
type stopped struct {
	customer
	stopper
	at     time.Time // after which nothing may begin
	had    int       // hand-overs by then, -1 before
	goesOn bool
}

// replyAndBeAnswered expects that what waited for the answer goes on with it.
func (l *listening) replyAndBeAnswered(s *stopped) {
	l.text(s.customer, "I will think about it")
	had := l.handOvers(s.id)
	waits := func() bool {
		return l.count(`select count(*) from contacts where customer_id = $1 and step = 1 and state = 'planned'
			and reason like '%reply_waiting%'`, s.id) > 0
	}
	l.finishOrWait(s, waits)
	if now := l.handOvers(s.id); now != had {
		l.t.Errorf("%s was handed over %d times after the reply", s.address, now-had)
	}
	s.goesOn = waits()
	l.finishTask(s.customer, "answered")
	if !s.goesOn {
		return // all tries were used up before, or its fate is in doubt
	}
	eventually(l.t, "a message to go on after the answer", func() bool { return l.handOvers(s.id) > had })
}

// finishOrWait waits until a message is put back, or has come to its end.
func (l *listening) finishOrWait(s *stopped, waits func() bool) {
	eventually(l.t, "a message to wait for the answer", func() bool {
		return waits() || l.count(`select count(*) from contacts where customer_id = $1 and step = 1 and state in ('planned', 'handed')`, s.id) == 0
	})
}

// TestNoneIntoAnOpenWound lets customers reply, book, sell and have the work done
// while the real daemons hand over all they can: what that makes pointless or
// rude is not handed over any more, and what only had to wait goes on.
func TestNoneIntoAnOpenWound(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, dbURL string) {
		t.Parallel()
		each := 7
		if testing.Short() {
			each = 3
		}
		l := openListening(t, dbURL)
		all := l.inviteDrivers(each)
		var happenings []happening
		for _, s := range all {
			happenings = append(happenings, happening{to: s.customer, do: func() {
				s.do(l, s)
				s.at = l.now()
				if s.had < 0 {
					s.had = l.handOvers(s.id)
				}
			}})
		}
		l.hold(happenings)
		l.start()
		l.unleash(happenings, 0)
		l.rest()
		stops, wentOn := 0, 0
		for _, s := range all {
			if s.goesOn {
				wentOn++
				continue
			}
			l.judgeStopped(s)
			stops += l.count(`select count(*) from contacts where customer_id = $1 and step = 1 and state in ('planned', 'canceled', 'suppressed')`, s.id)
		}
		if stops < len(all)/2 || wentOn < each/2 {
			t.Errorf("only %d of %d events stopped anything, and %d of %d messages went on", stops, len(all), wentOn, each)
		}
		l.expectOnce()
		t.Logf("%d events, of which %d stopped something; %d of %d messages went on after the answer; %d hand-overs",
			len(all), stops, wentOn, each, l.handOvers(0))
	})
}

// inviteDrivers plans for people with a car to whom something will happen, a
// number of them for each kind, and for some others. Their provider says "later"
// for as long as it lasts.
func (l *listening) inviteDrivers(each int) (all []*stopped) {
	l.t.Helper()
	kinds := stoppers()
	for i, c := range l.fill(0, each*(len(kinds)+4)) {
		l.sayLater(c, 0, false)
		if i < each*len(kinds) {
			all = append(all, &stopped{customer: c, stopper: kinds[i/each], had: -1})
		}
	}
	l.exec(`insert into vehicles (customer_id) select id from customers`)
	l.exec(`update orders set vehicle_id = (select v.id from vehicles v where v.customer_id = orders.customer_id)`)
	l.plan()
	l.remember()
	return all
}

// judgeStopped compares what was handed over with the moment of the event.
func (l *listening) judgeStopped(s *stopped) {
	l.t.Helper()
	more := l.begunAfter(s)
	if s.told {
		more = l.handOvers(s.id) - s.had
	}
	if more > 0 {
		l.t.Errorf("after %s, %s was handed over %d times more", s.name, s.address, more)
	}
	if n := l.arrived(s.address); n > 0 {
		l.t.Errorf("after %s, %s got %d messages", s.name, s.address, n)
	}
}

// begunAfter counts the hand-overs that began when the commit was over.
func (l *listening) begunAfter(s *stopped) int {
	l.t.Helper()
	return l.count(fmt.Sprintf(`
		select count(*) from contact_events e join contacts c on c.id = e.contact_id
		where e.to_state = 'handed' and c.customer_id = $1 and e.at > cast($2 as text)%s`, l.asInstant()), s.id, when(s.at))
}
