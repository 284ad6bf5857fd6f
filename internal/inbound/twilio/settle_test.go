package twilio

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify/sms"
)

func TestLateNewsIsAskedFor(t *testing.T) {
	o := open(t, pollOnly)
	sid, gone := o.send(7), "SM000000000000000000000000000000aa"
	o.run(sid, twiliofake.Course{Statuses: []string{"sent"}, Calls: []string{}})
	o.poller.Contacts = contacts{
		{ID: 5, Attempts: 1, HandedAt: noon, ProviderID: gone}, // deleted at Twilio
		{ID: 7, Attempts: 2, HandedAt: noon, ProviderID: sid},
	}
	for o.now = noon; o.now.Before(noon.Add(5 * time.Hour)); o.now = o.now.Add(15 * time.Minute) {
		if o.now.Equal(noon.Add(3 * time.Hour)) {
			o.run(sid, twiliofake.Course{Statuses: []string{"undelivered"}, ErrorCode: 30003, Calls: []string{}})
		}
		o.poll()
	}
	if len(o.desk.news) != 1 {
		t.Fatalf("news: %+v", o.desk.news)
	}
	if n := o.desk.news[0]; n.ContactID != 7 || n.Attempt != 2 || n.State != outreach.Undelivered || !n.Soft || n.ErrorCode != "30003" {
		t.Errorf("got %+v", n)
	}
}

// asked counts what is asked about each message.
type asked struct {
	Account
	times map[string]int
	fails bool
}

func TestQuestionsGetRarerAndEnd(t *testing.T) {
	o := open(t, pollOnly)
	const sid = "SM000000000000000000000000000000aa"
	o.poller.Contacts = contacts{{ID: 1, Attempts: 1, HandedAt: noon, ProviderID: sid}}
	var ages []time.Duration
	counting := &asked{Account: o.sender, times: map[string]int{}}
	o.poller.Account = counting
	for age := time.Duration(0); age < 60*time.Hour; age += 5 * time.Minute {
		before := counting.times[sid]
		o.now = noon.Add(age)
		o.poll()
		if counting.times[sid] > before {
			ages = append(ages, age.Truncate(time.Hour))
		}
	}
	want := []time.Duration{1 * time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 32 * time.Hour}
	if len(ages) != len(want) {
		t.Fatalf("asked at ages %v, want %v", ages, want)
	}
	for i := range want {
		if ages[i] != want[i] {
			t.Errorf("asked at ages %v, want %v", ages, want)
		}
	}
}

func TestManyAreAskedAboutABitAtATime(t *testing.T) {
	o := open(t, pollOnly)
	var all contacts
	for n := range int64(250) {
		sid := o.twilio.Put(twiliofake.Message{CreatedAt: noon, From: shopLine, To: customer, Status: "delivered"})
		all = append(all, outreach.Contact{ID: n + 1, Attempts: 1, HandedAt: noon, ProviderID: sid})
	}
	o.poller.Contacts = all
	o.feed.cursor = noon.Add(3 * time.Hour).Format(time.RFC3339) // the list is past them
	o.now = noon.Add(3 * time.Hour)
	counting := &asked{Account: o.sender, times: map[string]int{}}
	o.poller.Account = counting
	for _, want := range []int{100, 200} {
		o.poll()
		if got := len(counting.times); got != want {
			t.Fatalf("%d asked about, want %d", got, want)
		}
	}
	counting.fails = true
	if err := o.poller.Poll(t.Context(), o.now); err == nil {
		t.Error("the poll went well")
	}
	counting.fails = false
	o.poll() // goes on where it stopped
	if len(o.desk.news) != 250 {
		t.Errorf("%d of 250 settled", len(o.desk.news))
	}
	for sid, n := range counting.times {
		if n != 1 {
			t.Errorf("%s was asked about %d times", sid, n)
		}
	}
}

func TestAnUnreadableMessageHoldsUpNobody(t *testing.T) {
	o := open(t, pollOnly)
	sid := o.twilio.Put(twiliofake.Message{CreatedAt: noon, From: shopLine, To: customer, Status: "delivered"})
	o.now = noon.Add(3 * time.Hour)
	o.feed.cursor = o.now.Format(time.RFC3339)
	o.poller.Contacts = contacts{
		{ID: 1, Attempts: 1, HandedAt: noon, ProviderID: sid},
		{ID: 2, Attempts: 1, HandedAt: noon, ProviderID: sid},
	}
	o.twilio.Add(twiliofake.Fault{Reads: true, Nth: 2, Times: 1, Status: http.StatusOK, Body: `{"sid":[]}`})
	o.poll()
	if len(o.desk.news) != 1 || o.desk.news[0].ContactID != 2 {
		t.Errorf("news: %+v", o.desk.news)
	}
}

// Message implements Account.
func (a *asked) Message(ctx context.Context, sid string) (sms.Record, error) {
	if a.fails {
		return sms.Record{}, errAway
	}
	a.times[sid]++
	return a.Account.Message(ctx, sid)
}
