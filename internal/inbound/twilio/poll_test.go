package twilio

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/notify/sms"
)

func TestPollBringsWhatTheWebhookWould(t *testing.T) {
	in := twiliofake.Incoming{From: customer, To: shopLine, Body: "Friday at 8?", Media: 1}
	told := open(t, nil)
	if _, err := told.twilio.Text(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	asked := open(t, pollOnly)
	if _, err := asked.twilio.Text(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	asked.poll()
	asked.poll()
	if !slices.Equal(told.desk.arrivals, asked.desk.arrivals) || len(asked.desk.arrivals) != 1 {
		t.Errorf("by webhook %+v\nby poll    %+v", told.desk.arrivals, asked.desk.arrivals)
	}
}

func TestBothWaysBringNothingTwice(t *testing.T) {
	o := open(t, nil)
	sid := o.send(1)
	o.run(sid, twiliofake.Course{Statuses: []string{"sent", "delivered"}})
	if err := o.text("one"); err != nil {
		t.Fatal(err)
	}
	o.poll()
	if err := o.text("two"); err != nil {
		t.Fatal(err)
	}
	o.poll()
	o.expectBodies("one", "two")
	if got := o.desk.stateOf(sid); got != outreach.Delivered || len(o.desk.news) != 2 {
		t.Errorf("%q after %+v", got, o.desk.news)
	}
}

func TestPollHealsLostCallbacks(t *testing.T) {
	o := open(t, nil)
	delivered, failed, waiting := o.send(1), o.send(2), o.send(3)
	o.run(delivered, twiliofake.Course{Statuses: []string{"sent", "delivered"}, Calls: []string{}})
	o.run(failed, twiliofake.Course{Statuses: []string{"undelivered"}, Calls: []string{}, ErrorCode: 30003})
	o.run(waiting, twiliofake.Course{Statuses: []string{"sent"}, Calls: []string{}})
	o.poll()
	for sid, want := range map[string]outreach.State{delivered: outreach.Delivered, failed: outreach.Undelivered, waiting: ""} {
		if got := o.desk.stateOf(sid); got != want {
			t.Errorf("%s is %q, want %q", sid, got, want)
		}
	}
	for _, n := range o.desk.news {
		if n.ContactID != 0 || n.Soft != (n.ErrorCode == "30003") {
			t.Errorf("got %+v", n)
		}
	}
	o.run(waiting, twiliofake.Course{Statuses: []string{"delivered"}, Calls: []string{}})
	o.now = noon.Add(30 * time.Minute)
	o.poll()
	if got := o.desk.stateOf(waiting); got != outreach.Delivered {
		t.Errorf("what was sent half an hour ago is %q", got)
	}
}

func TestPollOfNothingNewAsksTheDeskNothing(t *testing.T) {
	o := open(t, pollOnly)
	sid := o.send(1)
	o.run(sid, twiliofake.Course{Statuses: []string{"delivered"}, Calls: []string{}})
	if err := o.text("hello"); err != nil {
		t.Fatal(err)
	}
	o.poll()
	before := o.desk.calls
	for range 200 {
		o.now = o.now.Add(30 * time.Second)
		o.poll()
	}
	if o.desk.calls != before {
		t.Errorf("the desk was asked %d times more", o.desk.calls-before)
	}
	if n := len(o.poller.told); n != 0 {
		t.Errorf("%d messages are remembered after the overlap", n)
	}
}

func TestDaysDown(t *testing.T) {
	o := open(t, pollOnly)
	if err := o.text("before"); err != nil {
		t.Fatal(err)
	}
	o.poll()
	want := []string{"before"}
	for day := range 5 {
		for n := range 60 { // several pages in all
			o.now = noon.AddDate(0, 0, day).Add(time.Duration(n) * 10 * time.Minute)
			body := fmt.Sprintf("day %d, text %d", day, n)
			if err := o.text(body); err != nil {
				t.Fatal(err)
			}
			want = append(want, body)
			o.run(o.send(int64(day*1000+n)), twiliofake.Course{Statuses: []string{"delivered"}, Calls: []string{}})
		}
	}
	o.now = noon.AddDate(0, 0, 7)
	o.poll()
	o.expectBodies(want...) // all, in the order in which they were written
	if n := len(o.desk.state); n != 300 {
		t.Errorf("%d of 300 texts are known to be delivered", n)
	}
	if o.feed.cursor != o.now.Format(time.RFC3339) {
		t.Errorf("the feed stands at %s", o.feed.cursor)
	}
}

func TestTextsOfOneSecondKeepTheirOrder(t *testing.T) {
	o := open(t, pollOnly)
	for _, body := range []string{"STOP", "START", "STOP"} {
		if err := o.text(body); err != nil {
			t.Fatal(err)
		}
	}
	o.poll()
	o.expectBodies("STOP", "START", "STOP")
}

func TestFirstPollLooksThreeDaysBack(t *testing.T) {
	o := open(t, pollOnly)
	for _, age := range []time.Duration{100 * time.Hour, 71 * time.Hour, time.Minute} {
		o.now = noon.Add(-age)
		if err := o.text(age.String()); err != nil {
			t.Fatal(err)
		}
	}
	o.now = noon
	o.poll()
	o.expectBodies("71h0m0s", "1m0s")
}

func TestWhoseClockIsWrong(t *testing.T) {
	for _, off := range []time.Duration{-50 * time.Hour, -time.Hour, time.Hour, 50 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			o := open(t, pollOnly)
			for n := range 5 {
				body := fmt.Sprint(n)
				if err := o.text(body); err != nil {
					t.Fatal(err)
				}
				if _, err := o.poller.Poll(t.Context(), o.now.Add(off)); err != nil {
					t.Fatal(err)
				}
				o.now = o.now.Add(20 * time.Hour)
			}
			o.expectBodies("0", "1", "2", "3", "4")
		})
	}
}

func TestPollLeavesOtherProgramsAlone(t *testing.T) {
	o := open(t, pollOnly)
	ours := twiliofake.Incoming{From: customer, To: shopLine, Body: "for the shop"}
	theirs := twiliofake.Incoming{From: customer, To: "+12125550199", Body: "for the pizzeria"}
	for _, in := range []twiliofake.Incoming{theirs, ours} {
		if _, err := o.twilio.Text(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	o.twilio.Put(twiliofake.Message{CreatedAt: noon, From: theirs.To, To: customer, Body: "Your pizza", Status: "delivered"})
	o.twilio.Put(twiliofake.Message{CreatedAt: noon, From: shopLine, To: customer, Body: "by TwiML", Status: "delivered", Direction: "outbound-reply"})
	o.poll()
	o.expectBodies("for the shop")
	if len(o.desk.news) != 0 {
		t.Errorf("news of others: %+v", o.desk.news)
	}
}

func TestADeskThatFailsIsAskedAgain(t *testing.T) {
	o := open(t, pollOnly)
	o.poll()
	before := o.feed.cursor
	o.now = noon.Add(time.Minute)
	if err := o.text("one"); err != nil {
		t.Fatal(err)
	}
	o.run(o.send(1), twiliofake.Course{Statuses: []string{"delivered"}, Calls: []string{}})
	o.desk.setAway(true)
	if _, err := o.poller.Poll(t.Context(), o.now); err == nil {
		t.Error("the poll went well")
	}
	if o.feed.cursor != before || len(o.feed.failed) != 1 {
		t.Errorf("the feed went from %s to %s, failures %q", before, o.feed.cursor, o.feed.failed)
	}
	o.desk.setAway(false)
	o.poll()
	o.expectBodies("one")
	if len(o.desk.news) != 1 {
		t.Errorf("news: %+v", o.desk.news)
	}
}

func TestTwilioFails(t *testing.T) {
	html := "<html><body>Bad gateway</body></html>"
	tests := []struct {
		name  string
		fault twiliofake.Fault
		want  string
	}{
		{"401", twiliofake.Fault{Status: 401, Code: 20003}, "check account SID and auth token"},
		{"429", twiliofake.Fault{Status: 429, Code: 20429, RetryAfter: "5"}, "error 20429"},
		{"500", twiliofake.Fault{Status: 500, Code: 20500}, "error 20500"},
		{"HTML 502", twiliofake.Fault{Status: 502, Body: html}, "status 502"},
		{"HTML 200", twiliofake.Fault{Status: 200, Body: html}, "status 200"},
		{"redirect", twiliofake.Fault{Status: 302, Location: "https://elsewhere.example.com/"}, "status 302"},
		{"other JSON", twiliofake.Fault{Status: 200, Body: `{"ok":true}`}, "holds none"},
		{"list in pieces", twiliofake.Fault{Status: 200, Body: `{"messages":[{"sid":"SM`}, "status 200"},
		{"connection dropped", twiliofake.Fault{Cut: true}, "cannot reach Twilio"},
		{"a later page", twiliofake.Fault{Nth: 2, Status: 503, Code: 20503}, "error 20503"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t, pollOnly)
			o.now = noon.Add(-72 * time.Hour)
			for n := range 120 { // two pages
				if err := o.text(fmt.Sprint(n)); err != nil {
					t.Fatal(err)
				}
			}
			tt.fault.Reads = true
			o.twilio.Add(tt.fault)
			o.now = noon
			_, err := o.poller.Poll(t.Context(), noon)
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), twiliofake.AuthToken) {
				t.Errorf("error %v, want %q in it", err, tt.want)
			}
			if o.feed.cursor != "" || len(o.feed.failed) != 1 || len(o.desk.bodies()) != 0 {
				t.Errorf("the feed stands at %q, failures %q, %d texts", o.feed.cursor, o.feed.failed, len(o.desk.bodies()))
			}
			o.twilio.ClearFaults()
			o.poll()
			if n := len(o.desk.bodies()); n != 120 {
				t.Errorf("%d of 120 texts after Twilio's return", n)
			}
		})
	}
}

func TestNotOurTurn(t *testing.T) {
	o := open(t, pollOnly)
	if err := o.text("hello"); err != nil {
		t.Fatal(err)
	}
	o.feed.setNotOur(true)
	if asked, err := o.poller.Poll(t.Context(), noon); asked || err != nil {
		t.Errorf("asked %v, %v", asked, err)
	}
	if o.desk.calls != 0 || o.feed.done != 0 {
		t.Errorf("desk asked %d times, feed done %d times", o.desk.calls, o.feed.done)
	}
}

func TestBeingStoppedIsNoFailure(t *testing.T) {
	o := open(t, pollOnly)
	ctx, cancel := context.WithCancel(t.Context())
	o.poller.Account = account{messages: func() (sms.Page, error) {
		cancel()
		return sms.Page{}, ctx.Err()
	}}
	if _, err := o.poller.Poll(ctx, noon); err == nil || len(o.feed.failed) != 0 {
		t.Errorf("%v, failures %q", err, o.feed.failed)
	}
}

func TestOneBadMessageIsSetAside(t *testing.T) {
	const good = `{"sid":"SM00000000000000000000000000000001","direction":"inbound","from":"` + customer + `","to":"` + shopLine +
		`","body":"a\u0000b","status":"received","num_media":"0","date_created":"Mon, 02 Mar 2026 16:59:00 +0000","date_sent":null}`
	o := open(t, pollOnly)
	o.twilio.Add(twiliofake.Fault{Reads: true, Status: http.StatusOK, Body: `{"messages":[
		{"sid":"SM00000000000000000000000000000002","direction":"inbound","body":{"not":"a text"}},
		{"sid":7}, "nonsense", ` + good + `]}`})
	o.poll()
	o.poll()
	o.expectBodies("ab")
	if _, ok := o.feed.aside["SM00000000000000000000000000000002"]; !ok || len(o.feed.aside) != 3 {
		t.Errorf("set aside: %v", o.feed.aside)
	}
}

func TestWhatListsMayHold(t *testing.T) {
	at := func(d time.Duration) time.Time { return noon.Add(d) }
	text := func(body, status string, sent time.Time) sms.Record {
		return sms.Record{SID: "SM" + body, Direction: inbound, From: customer, To: shopLine, Body: body, Status: status, At: sent}
	}
	pages := []sms.Page{
		// The list is not quite in order, and of the last not all is there yet.
		{Now: at(0), Next: "Page=1", Records: []sms.Record{
			text("third", "received", at(-1*time.Minute)), text("fourth", "received", at(0)), text("fif", "receiving", at(0)),
		}},
		// It took long to be read: what came meanwhile is on no page of it.
		{Now: at(2 * time.Hour), Records: []sms.Record{text("second", "received", at(-2*time.Minute))}},
		// What shows up late, and what is older than what a poll lists again.
		{Now: at(3 * time.Hour), Records: []sms.Record{
			text("fif", "received", at(0)), text("first", "received", at(-59*time.Minute)), text("old", "received", at(-61*time.Minute)),
		}},
	}
	o := open(t, pollOnly)
	o.feed.cursor = at(-10 * time.Minute).Format(time.RFC3339)
	o.poller.Account = account{messages: func() (sms.Page, error) {
		page := pages[0]
		pages = pages[1:]
		return page, nil
	}}
	o.poll()
	o.expectBodies("second", "third", "fourth")
	if want := noon.Format(time.RFC3339); o.feed.cursor != want {
		t.Errorf("the feed stands at %s, want %s, when the list began", o.feed.cursor, want)
	}
	o.poll()
	o.expectBodies("second", "third", "fourth", "first", "fif")
}

// account answers what it is told to.
type account struct {
	messages func() (sms.Page, error)
}

func (a account) Messages(context.Context, time.Time, time.Time, string) (sms.Page, error) {
	return a.messages()
}

func (a account) Message(context.Context, string) (sms.Record, error) {
	return sms.Record{}, sms.ErrNoMessage
}

func TestAListThatNeverEnds(t *testing.T) {
	o := open(t, pollOnly)
	o.poller.Account = account{messages: func() (sms.Page, error) { return sms.Page{Next: "Page=1", Now: noon}, nil }}
	if _, err := o.poller.Poll(t.Context(), noon); err == nil || !strings.Contains(err.Error(), "does not end") {
		t.Error(err)
	}
}
