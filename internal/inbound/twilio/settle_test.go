package twilio

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
)

func TestLateNewsIsAskedFor(t *testing.T) {
	o := open(t, pollOnly)
	late := o.send(7)
	o.run(late, twiliofake.Course{Statuses: []string{"undelivered"}, ErrorCode: 30003, Calls: []string{}})
	underWay := o.send(8)
	o.run(underWay, twiliofake.Course{Statuses: []string{"sent"}, Calls: []string{}})
	o.poller.Contacts = &contacts{[]outreach.Contact{
		{ID: 5, Attempts: 1, HandedAt: noon, ProviderID: "SM000000000000000000000000000000aa"}, // deleted at Twilio
		{ID: 8, Attempts: 1, HandedAt: noon, ProviderID: underWay},
		{ID: 7, Attempts: 2, HandedAt: noon, ProviderID: late},
	}}
	o.now = noon.Add(3 * time.Hour)
	o.feed.cursor = o.now.Format(time.RFC3339) // the list is past it
	o.poll()
	if len(o.desk.news) != 1 {
		t.Fatalf("news: %+v", o.desk.news)
	}
	if n := o.desk.news[0]; n.ContactID != 7 || n.Attempt != 2 || n.State != outreach.Undelivered || !n.Soft || n.ErrorCode != "30003" {
		t.Errorf("got %+v", n)
	}
}

func TestWhatIsAskedAboutFails(t *testing.T) {
	tests := []struct {
		name   string
		fault  twiliofake.Fault
		fails  bool
		settle []int64
	}{
		{"unreadable", twiliofake.Fault{Status: http.StatusOK, Body: `{"sid":[]}`}, false, []int64{2}},
		{"Twilio is away", twiliofake.Fault{Status: http.StatusServiceUnavailable}, true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o := open(t, pollOnly)
			sid := o.twilio.Put(twiliofake.Message{CreatedAt: noon, From: shopLine, To: customer, Status: "delivered"})
			o.now = noon.Add(3 * time.Hour)
			o.feed.cursor = o.now.Format(time.RFC3339)
			o.poller.Contacts = &contacts{[]outreach.Contact{
				{ID: 1, Attempts: 1, HandedAt: noon, ProviderID: sid},
				{ID: 2, Attempts: 1, HandedAt: noon, ProviderID: sid},
			}}
			tt.fault.Reads, tt.fault.Nth, tt.fault.Times = true, 2, 1 // the first lists
			o.twilio.Add(tt.fault)
			if _, err := o.poller.Poll(t.Context(), o.now); (err != nil) != tt.fails || len(o.feed.failed) > 0 != tt.fails {
				t.Errorf("%v, failures %q", err, o.feed.failed)
			}
			var settled []int64
			for _, n := range o.desk.news {
				settled = append(settled, n.ContactID)
			}
			if !slices.Equal(settled, tt.settle) {
				t.Errorf("settled %v, want %v", settled, tt.settle)
			}
		})
	}
}
