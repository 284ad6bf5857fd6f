package sms

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestNews(t *testing.T) {
	const to = "+12125550123"
	suppress := &outreach.OptOut{Address: to, Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon}
	tests := []struct {
		status string
		code   int
		want   outreach.News // State, Soft and effects
		why    string
	}{
		{"accepted", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "accepted"},
		{"scheduled", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "scheduled"},
		{"queued", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "queued"},
		{"sending", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "sending"},
		{"sent", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "sent"},
		{"partially_delivered", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "partially"},
		{"something new", 0, outreach.News{Result: outreach.Result{State: outreach.Accepted}}, "something new"},
		{"delivered", 0, outreach.News{Result: outreach.Result{State: outreach.Delivered}}, "arrived"},
		{"read", 0, outreach.News{Result: outreach.Result{State: outreach.Delivered}}, "arrived"},
		{"canceled", 0, outreach.News{Result: outreach.Result{State: outreach.Undelivered}}, "canceled"},
		{"undelivered", 0, outreach.News{Result: outreach.Result{State: outreach.Undelivered}}, "does not say why"},
		{"failed", 30003, outreach.News{Result: outreach.Result{State: outreach.Undelivered}, Soft: true}, "out of reach"},
		{"undelivered", 30004, outreach.News{Result: outreach.Result{State: outreach.Undelivered}, Soft: true}, "blocked"},
		{"undelivered", 30008, outreach.News{Result: outreach.Result{State: outreach.Undelivered}, Soft: true}, "does not tell"},
		{"undelivered", 30005, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Mark: outreach.AddressInvalid}}, "not in use"},
		{"failed", 21211, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Mark: outreach.AddressInvalid}}, "does not exist"},
		{"undelivered", 30006, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Line: outreach.Landline}}, "landline"},
		{"failed", 21614, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Line: outreach.Landline}}, "cannot receive"},
		{"failed", 21610, outreach.News{Result: outreach.Result{State: outreach.Undelivered, OptOut: suppress}}, "opted out"},
		{"failed", 30002, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Hold: outreach.SMS}}, "suspended"},
		{"undelivered", 30034, outreach.News{Result: outreach.Result{State: outreach.Undelivered, Hold: outreach.SMS}}, "not registered"},
		{"undelivered", 30007, outreach.News{Result: outreach.Result{State: outreach.Undelivered}}, "filtered"},
		{"failed", 30001, outreach.News{Result: outreach.Result{State: outreach.Undelivered}}, "queue"},
		{"failed", 39999, outreach.News{Result: outreach.Result{State: outreach.Undelivered}}, "errors/39999"},
		{"delivered", 30003, outreach.News{Result: outreach.Result{State: outreach.Delivered}}, "arrived"},
	}
	for _, tt := range tests {
		got := Record{SID: "SM1", To: to, Status: tt.status, ErrorCode: tt.code}.News(noon)
		if got.ProviderID != "SM1" || got.Provider != "twilio" || got.Address != to || got.ContactID != 0 || got.Complaint {
			t.Errorf("%s %d: %+v", tt.status, tt.code, got)
		}
		if got.State != tt.want.State || got.Soft != tt.want.Soft || got.Mark != tt.want.Mark ||
			got.Line != tt.want.Line || got.Hold != tt.want.Hold || (got.OptOut == nil) != (tt.want.OptOut == nil) ||
			got.OptOut != nil && *got.OptOut != *tt.want.OptOut {
			t.Errorf("%s %d:\n got %+v\nwant %+v", tt.status, tt.code, got, tt.want)
		}
		if !strings.Contains(got.Why, tt.why) || !strings.HasSuffix(got.Why, ".") {
			t.Errorf("%s %d: why %q, want a sentence with %q", tt.status, tt.code, got.Why, tt.why)
		}
		if undelivered := got.State == outreach.Undelivered; undelivered != (got.Reason == notDelivered) {
			t.Errorf("%s %d: reason %q", tt.status, tt.code, got.Reason)
		}
		for _, from := range []outreach.State{outreach.Handed, outreach.Unconfirmed} {
			if !from.CanBecome(got.State) {
				t.Errorf("%s: a contact that is %s cannot become %s", tt.status, from, got.State)
			}
		}
	}
}
