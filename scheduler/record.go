package scheduler

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
)

// resultOf says what an outcome means for its contact, and beyond it. It is a
// pure function; attempts are capped here and nowhere else.
func resultOf(c outreach.Contact, address string, o notify.Outcome, now time.Time, b Backoff) outreach.Result {
	r := outreach.Result{
		ContactID: c.ID, Attempt: c.Attempts, HandedBy: c.HandedBy, HandedAt: c.HandedAt,
		Provider: o.Provider, ProviderID: o.ProviderID, ErrorCode: o.Code, Why: o.Detail, Address: address,
	}
	switch o.Result {
	case notify.Accepted:
		r.State = outreach.Accepted
	case notify.Refused:
		r.State, r.Reason = outreach.Failed, "refused_by_provider"
	case notify.Retry:
		next, again := b.Next(now, c.ID, c.Attempts, o.RetryAfter)
		if again {
			r.State, r.NextAt, r.Reason = outreach.Planned, next, "not_accepted_yet"
		} else {
			r.State, r.Reason = outreach.Failed, "attempts_used_up"
		}
	default:
		// Unknown, and whatever a sender might say that we do not understand.
		r.State, r.Reason, r.NextAt = outreach.Unconfirmed, "unknown_outcome", now
	}
	applyEffect(&r, c, o, now)
	return r
}

// untried is the result of a hand-over after which nothing was tried: it does
// not use up an attempt.
func untried(c outreach.Contact, now time.Time, b Backoff, why string) outreach.Result {
	return outreach.Result{
		ContactID: c.ID, Attempt: c.Attempts, HandedBy: c.HandedBy, HandedAt: c.HandedAt, Uncounted: true,
		State: outreach.Planned, Reason: "not_tried", NextAt: now.Add(b.First), Why: why,
	}
}

func applyEffect(r *outreach.Result, c outreach.Contact, o notify.Outcome, now time.Time) {
	switch o.Effect {
	case notify.SuppressAddress:
		// The person said no to us somewhere we did not see.
		r.OptOut = &outreach.OptOut{Address: r.Address, Person: true, Reason: o.Code, Source: o.Provider, RecordedAt: now}
	case notify.InvalidateAddress:
		r.Mark = outreach.AddressInvalid
	case notify.MarkLandline:
		r.Line = outreach.Landline
	case notify.StopChannel:
		r.Hold = c.Channel
		// What stopped the channel is no fault of this contact: it waits for the
		// channel and is judged again then, without using up an attempt.
		if o.Result == notify.Retry {
			r.State, r.NextAt, r.Reason, r.Uncounted = outreach.Planned, now, "channel_hold", true
		}
	}
}
