// Package inbound is where everything that customers and providers tell us comes
// in: replies, opt-outs, presses on a page, news of deliveries. It decides what
// follows from it and has that written down. It never sends anything.
package inbound

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound/intent"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Inbox is where what came in is written down.
type Inbox interface {
	Take(ctx context.Context, now time.Time, a outreach.Arrival, judge outreach.Judge) (taken bool, err error)
	Press(ctx context.Context, now time.Time, p outreach.Press, judge outreach.Judge) (taken bool, err error)
	Unsubscribe(ctx context.Context, now time.Time, contactID int64, how string, judge outreach.Judge) (taken bool, err error)
	News(ctx context.Context, now time.Time, by string, news []outreach.News) error
	Page(ctx context.Context, contactID int64) (outreach.Page, error)
}

// Clock says until when a person should have answered, by a shop's opening hours.
type Clock struct {
	AnswerBy func(shopID string, from time.Time) time.Time // then it is the manager's
	ReviewBy func(shopID string, from time.Time) time.Time // then what is unclear is a refusal
}

// Desk receives. An error means that nothing was recorded and that whoever
// brought it should try again. It is safe for concurrent use.
type Desk struct {
	Inbox Inbox
	Clock Clock
	Now   func() time.Time
	Log   *slog.Logger

	news gathering // what providers bring one by one
}

// maxWords is how much of a message is kept and read, in bytes: far more than a
// person writes.
const maxWords = 16 << 10

// Receive takes in a message of a customer. One that was brought before changes
// nothing.
func (d *Desk) Receive(ctx context.Context, a outreach.Arrival) error {
	a.Subject, a.Body, a.From = storable(a.Subject), storable(a.Body), storable(a.From)
	now := d.Now()
	if a.At.IsZero() || a.At.After(now) {
		a.At = now
	}
	understood := read(a)
	taken, err := d.Inbox.Take(ctx, now, a, func(s outreach.Sender) outreach.Consequence {
		return d.replied(now, a, s, understood)
	})
	if taken {
		d.Log.Info("a customer wrote", "channel", a.Channel, "from", outreach.Mask(a.From), "understood", understood.Detail)
	}
	return err
}

// read classifies what was written. A subject speaks for a mail without words,
// and one that refuses is heard whatever stands below it.
func read(a outreach.Arrival) intent.Result {
	body := intent.Classify(a.Body)
	if a.Channel != outreach.Email || body.Class == intent.Revoke {
		return body
	}
	subject := intent.Classify(a.Subject)
	if subject.Class == intent.Revoke && !answering(a.Subject) || strings.TrimSpace(a.Body) == "" && !answering(a.Subject) {
		return subject
	}
	return body
}

// answering reports whether a subject is ours, with a mark before it.
func answering(subject string) bool {
	before, _, found := strings.Cut(strings.ToLower(strings.TrimSpace(subject)), ":")
	return found && slices.Contains([]string{"re", "aw", "rv", "fw", "fwd", "res", "tr"}, before)
}

// Press takes in what a customer chose on their page.
func (d *Desk) Press(ctx context.Context, p outreach.Press) error {
	p.Text = storable(p.Text)
	now := d.Now()
	if p.At.IsZero() {
		p.At = now
	}
	understood := intent.Classify(p.Text)
	taken, err := d.Inbox.Press(ctx, now, p, func(s outreach.Sender) outreach.Consequence {
		return d.pressed(now, p, s, understood)
	})
	if taken {
		d.Log.Info("a customer used their page", "contact", p.ContactID, "chose", p.Action)
	}
	return err
}

// Unsubscribe takes in that the reader of a message wants no more of them. how
// says by which way: "one_click", "page" or "mailto".
func (d *Desk) Unsubscribe(ctx context.Context, contactID int64, how string) error {
	taken, err := d.Inbox.Unsubscribe(ctx, d.Now(), contactID, how, func(outreach.Sender) outreach.Consequence {
		return outreach.Consequence{
			Reason: "unsubscribed", Class: string(intent.Revoke), Detail: how, Rule: how,
			OptOut: refusal(how), End: endedByCustomer,
		}
	})
	if taken {
		d.Log.Info("a customer wants no more messages", "contact", contactID, "way", how)
	}
	return err
}

// News takes in what a provider tells about messages it took.
func (d *Desk) News(ctx context.Context, news ...outreach.News) error {
	record := func(ctx context.Context, news []outreach.News) error {
		return d.Inbox.News(ctx, d.Now(), news[0].Provider, news)
	}
	switch len(news) {
	case 0:
		return nil
	case 1:
		return d.news.record(ctx, news[0], record)
	}
	return record(ctx, news)
}

// Page returns what a message's page shows.
func (d *Desk) Page(ctx context.Context, contactID int64) (outreach.Page, error) {
	return d.Inbox.Page(ctx, contactID)
}

// storable makes a text one that every database takes: valid, without NUL, and
// not longer than anybody writes.
func storable(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
	return strings.ToValidUTF8(s[:min(len(s), maxWords)], "") // without half a letter at the end
}
