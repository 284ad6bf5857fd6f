package sms

import (
	"fmt"
	"strconv"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
)

// News says what the record tells about a text of ours that Twilio took, found by
// its SID. Statuses are Twilio's:
// https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
//
// Whatever is not the end of a text proves no more than that Twilio has it.
func (r Record) News(now time.Time) outreach.News {
	n := outreach.News{Result: outreach.Result{
		State: outreach.Accepted, Provider: provider, ProviderID: r.SID, Address: r.To,
		Why: "Twilio has the text: " + r.Status + ".",
	}}
	switch r.Status {
	case "delivered", "read":
		n.State, n.Why = outreach.Delivered, "Twilio says that the text arrived."
	case "canceled":
		n.State, n.Reason, n.Why = outreach.Undelivered, notDelivered, "The text was canceled at Twilio."
	case "undelivered", "failed":
		n.State, n.Reason = outreach.Undelivered, notDelivered
		r.explain(&n, now)
	}
	return n
}

// notDelivered is the recorded reason of texts that Twilio took and gave up.
const notDelivered = "not_delivered"

// explain adds to the news of a text that came to nothing why it did, and what
// that means for the number and the channel.
func (r Record) explain(n *outreach.News, now time.Time) {
	if r.ErrorCode == 0 {
		n.Why = "Twilio gave the text up and does not say why."
		return
	}
	n.ErrorCode = strconv.Itoa(r.ErrorCode)
	known, ok := codes[r.ErrorCode]
	if !ok {
		n.Why = fmt.Sprintf("Twilio gave the text up for a reason not known here, see "+errorPage+".", r.ErrorCode)
		return
	}
	n.Why, n.Soft = known.why+".", known.fault == passing
	switch known.effect {
	case notify.SuppressAddress:
		// As when a request is refused so: the person said no where we did not see it.
		n.OptOut = &outreach.OptOut{
			Address: r.To, Person: true, Reason: n.ErrorCode, Source: provider, RecordedAt: now,
		}
	case notify.InvalidateAddress:
		n.Mark = outreach.AddressInvalid
	case notify.MarkLandline:
		n.Line = outreach.Landline
	case notify.StopChannel:
		n.Hold = outreach.SMS
	}
}
