package sms

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/courtesyd/courtesyd/notify"
)

const provider = "twilio"

func outcome(result notify.Result, code, detail string) notify.Outcome {
	return notify.Outcome{Result: result, Provider: provider, Code: code, Detail: detail}
}

// judge says what became of a request to create a message. Creating is not
// idempotent: whatever may have created one is Unknown, unless Twilio says no.
func (s *Sender) judge(x *exchange, message *api.ApiV2010Message, err error) notify.Outcome {
	var refusal *client.TwilioRestError
	understood := errors.As(err, &refusal) && refusal.Code != 0
	status := strconv.Itoa(x.status)
	switch {
	case x.status == 0 && !x.written.Load():
		return outcome(notify.Retry, "", "Twilio could not be reached.")
	case x.status == 0:
		return outcome(notify.Unknown, "", "The text went out to Twilio but the answer did not come.")
	case x.status == http.StatusTooManyRequests:
		o := outcome(notify.Retry, "20429", codes[20429].why)
		o.RetryAfter = x.wait(s.config.Now())
		return o
	case x.status >= 500:
		if understood {
			status = strconv.Itoa(refusal.Code)
		}
		return outcome(notify.Unknown, status, "Twilio failed while it worked on the text.")
	case x.status >= 400 && understood:
		return refusalOutcome(refusal.Code, refusal.Message)
	case x.status == http.StatusRequestTimeout:
		// From something between us and Twilio, which cannot know either.
		return outcome(notify.Unknown, status, "The text went out but was not answered in time.")
	case x.status >= 300:
		o := outcome(notify.Retry, status, "Something other than Twilio answered: check the base URL and the proxy.")
		o.Effect = notify.StopChannel
		return o
	case err != nil || message.Sid == nil || !messageSID.MatchString(*message.Sid):
		return outcome(notify.Unknown, status, "Twilio's answer cannot be read.")
	}
	return createdOutcome(*message)
}

// refusalOutcome is for a request by which no message was created.
func refusalOutcome(code int, words string) notify.Outcome {
	known, ok := codes[code]
	if !ok {
		// Twilio says that codes may change: an unknown one is for a person to read.
		known = meaning{result: notify.Refused, why: fmt.Sprintf(
			"Twilio refused the text for a reason not known here, see "+errorPage, code)}
	}
	o := outcome(known.result, strconv.Itoa(code), known.why+": "+notify.Scrub(words))
	o.Effect = known.effect
	return o
}

// createdOutcome is for a message that exists at Twilio. One that has failed for
// good will not arrive, and must not be tried again either: it was accepted once.
func createdOutcome(message api.ApiV2010Message) notify.Outcome {
	o := outcome(notify.Accepted, "", "Twilio took the text.")
	o.ProviderID = *message.Sid
	if message.Status == nil {
		return o
	}
	switch *message.Status {
	case "failed", "undelivered", "canceled":
		o.Result, o.Detail = notify.Refused, "Twilio took the text and then gave it up."
	}
	if message.ErrorCode != nil && *message.ErrorCode != 0 {
		o.Code = strconv.Itoa(*message.ErrorCode)
		if known, ok := codes[*message.ErrorCode]; ok {
			o.Detail, o.Effect = known.why+".", known.effect
		}
	}
	return o
}
