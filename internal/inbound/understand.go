package inbound

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound/intent"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Why follow-ups end here.
const (
	endedByCustomer = outreach.AskedToStop
	endedByDeath    = "do_not_contact"
)

// confirmWithin is how long after an opt-out its confirmation counts as part of
// it (47 CFR 64.1200(a)(12)).
const confirmWithin = 5 * time.Minute

// replied says what follows from a message.
func (d *Desk) replied(now time.Time, a outreach.Arrival, s outreach.Sender, u intent.Result) outreach.Consequence {
	c := consequence(u)
	switch {
	case a.Unsubscribe:
		c.Reason, c.Class, c.Rule = "unsubscribed", string(intent.Revoke), "mailto"
		c.OptOut, c.End = refusalOf(a, "mailto"), endedByCustomer
		if s.Unproved {
			c.End = ""
			d.understood(now, a, s, intent.Result{Class: intent.Hold, Detail: "mailto"}, &c)
		}
		return c
	case a.Auto || u.Detail == intent.AutoReply:
		c.Reason, c.Class = string(intent.AutoReply), string(intent.None)
		return c // nobody wrote, so nobody waits
	}
	d.understood(now, a, s, u, &c)
	return c
}

// understood adds what the words themselves ask for.
func (d *Desk) understood(now time.Time, a outreach.Arrival, s outreach.Sender, u intent.Result, c *outreach.Consequence) {
	switch {
	case u.Class == intent.Revoke && !s.Unproved:
		d.revoked(now, a, s, u, c)
	case u.Class != intent.None:
		c.OptOut = refusalOf(a, string(u.Detail))
		c.OptOut.Tentative = true
		c.Task = d.task(outreach.TaskReview, s.ShopID, now)
		c.Task.ReviewBy = d.Clock.ReviewBy(s.ShopID, now)
	default:
		if u.Detail == intent.OptIn && a.Channel == outreach.SMS {
			c.Lift = true
			return
		}
		c.Task = d.task(taskFor[u.Detail], s.ShopID, now)
		if !s.Unproved {
			c.Answer = answerTo(u.Detail, s)
		}
	}
}

// revoked does what a clear refusal asks for, which is no more than it says: who
// wants no calls may still be texted.
func (d *Desk) revoked(now time.Time, a outreach.Arrival, s outreach.Sender, u intent.Result, c *outreach.Consequence) {
	c.OptOut = refusalOf(a, string(u.Detail))
	switch u.Detail {
	case intent.WrongNumber:
		c.OptOut.Person, c.Wrong = false, true
		return
	case intent.CallsOnly:
		c.OptOut.Channel = outreach.Call
		return
	case intent.TextsOnly:
		c.OptOut.Channel = outreach.SMS
		c.Task = d.task(outreach.TaskReply, s.ShopID, now) // calls and mails are welcome: somebody should know
		return
	case intent.Deceased:
		c.Deceased, c.End = true, endedByDeath
		c.Task = d.task(outreach.TaskReply, s.ShopID, now)
		return
	case intent.LegalThreat:
		c.End = endedByCustomer
		c.Task = d.task(outreach.TaskReply, s.ShopID, now)
		return
	}
	c.End = endedByCustomer
	if a.Channel == outreach.SMS && !a.Confirmed && !s.Suppressed && now.Sub(a.At) < confirmWithin {
		c.Confirm = a.At.Add(confirmWithin)
	}
}

// pressed says what follows from a press. What is written beside it is read like
// any reply: whoever asks a question and wants to be left alone gets both.
func (d *Desk) pressed(now time.Time, p outreach.Press, s outreach.Sender, u intent.Result) outreach.Consequence {
	c := consequence(u)
	c.Reason, c.Detail, c.Rule = string(p.Action), string(p.Action), "page"
	a := outreach.Arrival{Provider: "page", Channel: outreach.Email}
	if p.Text != "" && u.Class != intent.None {
		d.understood(now, a, s, u, &c)
	}
	if p.Action == outreach.ActionReason && p.Reason != "" {
		c.Reason = string(p.Reason)
	}
	switch p.Action {
	case outreach.ActionStop:
		c.Class, c.OptOut, c.End, c.Task = string(intent.Revoke), refusal("page"), endedByCustomer, nil
		return c
	case outreach.ActionBook:
		c.Task = d.graver(c.Task, outreach.TaskBooking, s.ShopID, now)
	case outreach.ActionAsk:
		c.Task = d.graver(c.Task, outreach.TaskQuestion, s.ShopID, now)
	case outreach.ActionReason:
		if p.Text != "" || p.Reason == outreach.CanceledMisunderstanding {
			c.Task = d.graver(c.Task, outreach.TaskReply, s.ShopID, now)
		}
	default:
		if p.Text != "" {
			c.Task = d.graver(c.Task, outreach.TaskReply, s.ShopID, now)
		}
	}
	c.Answer = &outreach.Answer{Action: p.Action, Item: p.Item, Until: p.Until, Reason: p.Reason}
	return c
}

func consequence(u intent.Result) outreach.Consequence {
	return outreach.Consequence{
		Reason: string(u.Detail), Class: string(u.Class), Detail: string(u.Detail), Rule: u.Rule, Language: u.Language,
	}
}

// taskFor names what a reply asks of a person where that is more than to read it.
var taskFor = map[intent.Detail]outreach.TaskKind{
	intent.Booking:  outreach.TaskBooking,
	intent.CallMe:   outreach.TaskQuestion,
	intent.Price:    outreach.TaskQuestion,
	intent.Question: outreach.TaskQuestion,
	intent.Help:     outreach.TaskQuestion,
}

func (d *Desk) task(kind outreach.TaskKind, shopID string, now time.Time) *outreach.Task {
	if kind == "" {
		kind = outreach.TaskReply
	}
	return &outreach.Task{Kind: kind, DueAt: d.Clock.AnswerBy(shopID, now)}
}

// graver keeps a review that the words beside a press have asked for.
func (d *Desk) graver(t *outreach.Task, kind outreach.TaskKind, shopID string, now time.Time) *outreach.Task {
	if t != nil {
		return t
	}
	return d.task(kind, shopID, now)
}

// answerTo is what a reply says about the items of the message it answers. A no
// to "it" is a no to an item, and "the car" a certain one, only where there is one.
func answerTo(detail intent.Detail, s outreach.Sender) *outreach.Answer {
	if s.Canceled || s.Items == 0 {
		return nil
	}
	switch detail {
	case intent.DoneElsewhere:
		if s.Items == 1 {
			return &outreach.Answer{Action: outreach.ActionElsewhere}
		}
	case intent.SoldVehicle:
		if s.Vehicles <= 1 {
			return &outreach.Answer{Action: outreach.ActionSold}
		}
	case intent.NoToItem:
		if s.Items == 1 {
			return &outreach.Answer{Action: outreach.ActionNotThis}
		}
	}
	return nil
}

func refusalOf(a outreach.Arrival, reason string) *outreach.OptOut {
	return &outreach.OptOut{Address: a.From, Person: true, Reason: reason, Source: a.Provider}
}

// refusal is one whose address the page knows.
func refusal(reason string) *outreach.OptOut {
	return &outreach.OptOut{Person: true, Reason: reason, Source: "page"}
}
