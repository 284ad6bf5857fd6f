package promises

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

// TestTextServerMisbehaves lets Twilio fail for one person each, all served by
// one daemon; the next one asks about those in doubt.
func TestTextServerMisbehaves(t *testing.T) {
	sent := fate{state: outreach.Accepted, attempts: 1, arrived: 1}
	retried := fate{state: outreach.Accepted, attempts: 2, arrived: 1}
	tests := []struct {
		name  string
		fault twiliofake.Fault
		want  fate
	}{
		{"nothing", twiliofake.Fault{Times: 1, Nth: 2}, sent},
		{"too many requests", twiliofake.Fault{Status: 429, Code: 20429, RetryAfter: "1", Times: 1}, retried},
		{"failed and taken", twiliofake.Fault{Accept: true, Status: 500, Body: "<html>oops</html>"}, sent},
		{"silent and taken", twiliofake.Fault{Accept: true, Hang: true}, sent},
		{"cut and taken", twiliofake.Fault{Accept: true, Cut: true}, sent},
		{"garbled and taken", twiliofake.Fault{Accept: true, Status: 201, Body: "{"}, sent},
		{
			"failed and not taken",
			twiliofake.Fault{Status: 503, Body: "oops"},
			fate{state: outreach.Unconfirmed, reason: "unknown_outcome", code: "503", attempts: 1},
		},
		{
			"not a number",
			twiliofake.Fault{Status: 400, Code: 21211},
			fate{state: outreach.Failed, reason: "refused_by_provider", code: "21211", attempts: 1},
		},
		{
			"opted out there",
			twiliofake.Fault{Status: 400, Code: 21610},
			fate{state: outreach.Failed, reason: "refused_by_provider", code: "21610", attempts: 1},
		},
	}
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		s := openShop(t, url, "twilio.timeout", "500ms")
		people := s.fill(0, len(tests))
		for i, test := range tests {
			test.fault.To = people[i].address
			s.texts.Add(test.fault)
		}
		s.plan()
		d := serve(t, s.config)
		s.awaitRest()
		d.stop()
		d = serve(t, s.config)
		eventually(t, "all doubts to be asked about", func() bool { return s.due(outreach.Unconfirmed) == 0 })
		d.stop()
		for i, test := range tests {
			if got := s.fate(people[i]); got != test.want {
				t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
			}
		}
		s.expectNeverAgain(people[len(people)-1])
	})
}

// expectNeverAgain brings up the last step of a follow-up, whose provider has
// said that the person opted out, and expects no text to go.
func (s *shop) expectNeverAgain(c customer) {
	s.t.Helper()
	if n := s.count(`select count(*) from opt_outs where address = $1 and channel = ''`, c.address); n != 1 {
		s.t.Errorf("the opt-out at the provider is recorded %d times", n)
	}
	s.texts.ClearFaults()
	s.exec(`update contacts set due_at = $2, next_at = $2 where customer_id = $1 and step = 3`, c.id, when(s.now()))
	d := serve(s.t, s.config)
	s.awaitRest()
	d.stop()
	if n := s.fate(c).arrived; n > 0 {
		s.t.Errorf("%d texts went out after the opt-out", n)
	}
	if n := s.count(`select count(*) from contacts where customer_id = $1 and step = 3 and state = 'canceled' and reason = 'asked_to_stop'`, c.id); n != 1 {
		s.t.Error("the follow-up goes on")
	}
}

// TestTextsAreNotRegistered: when carriers block the sender, the channel stops
// at once. What waits is not lost and goes on when a person says so.
func TestTextsAreNotRegistered(t *testing.T) {
	testdb.EachURL(t, func(t *testing.T, url string) {
		t.Parallel()
		const mails, texts = 5, 3 * textsAtOnce
		s := openShop(t, url)
		people := s.fill(mails, texts)
		s.texts.Add(twiliofake.Fault{Status: 400, Code: 30034})
		s.plan()
		d := serve(t, s.config)
		s.awaitHold(outreach.SMS)
		s.expectSentOnce(people[:mails])
		refused := s.count(`select count(*) from contacts where state = 'failed' and error_code = '30034'`)
		if waiting := s.count(`select count(*) from contacts where state = 'planned' and reason = 'channel_hold'`); refused+waiting != texts {
			t.Errorf("of %d texts %d were refused and %d wait", texts, refused, waiting)
		}
		if refused == 0 || refused > textsAtOnce {
			t.Errorf("%d texts ran into the wall; at most those under way, %d, should", refused, textsAtOnce)
		}
		s.texts.ClearFaults()
		s.resume()
		s.awaitRest()
		d.stop()
		contacts, receipts := s.books()
		for _, what := range audit(contacts, receipts, nil) {
			t.Error(what)
		}
		if len(receipts) != mails+texts-refused {
			t.Errorf("%d messages went out, want %d", len(receipts), mails+texts-refused)
		}
	})
}
