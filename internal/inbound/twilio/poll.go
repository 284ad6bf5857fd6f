package twilio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/sms"
)

// Account is what a Poller asks of Twilio.
type Account interface {
	// Messages lists what was sent from day first to day last, see sms.Sender.
	Messages(ctx context.Context, first, last time.Time, page string) (sms.Page, error)
	// Message asks about one; sms.ErrNoMessage when there is none.
	Message(ctx context.Context, sid string) (sms.Record, error)
}

// Feed keeps the place up to which everything was heard.
type Feed interface {
	// Claim says where the last poll stopped, "" at first, and whether it is this
	// daemon's turn.
	Claim(ctx context.Context, now time.Time) (cursor string, mine bool, err error)
	// Done records that Twilio answered and that everything up to cursor is recorded.
	Done(ctx context.Context, now time.Time, cursor string) error
	// Failed records why a poll came to nothing.
	Failed(ctx context.Context, now time.Time, why string) error
	// SetAside keeps what cannot be read for a person to look at; the same key is
	// the same thing.
	SetAside(ctx context.Context, now time.Time, key, why string) error
}

// Contacts knows which texts still lack their end.
type Contacts interface {
	// Unsettled returns messages accepted so long ago and of which nothing final was
	// heard, and puts off asking about them again; none that are older than giveUp.
	Unsettled(ctx context.Context, now time.Time, ch outreach.Channel, olderThan, giveUp time.Duration, limit int) ([]outreach.Contact, error)
}

const (
	// firstLook is how far back the first poll of an installation goes.
	firstLook = 3 * 24 * time.Hour
	// overlap is listed again by each poll: some messages show up late, and their
	// status changes meanwhile.
	overlap = time.Hour
	// maxPages of one list end a poll that would never end by itself.
	maxPages = 10_000
)

// Poller asks Twilio for customers' texts and for news of ours.
type Poller struct {
	Account  Account
	Desk     Desk
	Feed     Feed
	Contacts Contacts
	Shops    Shops
	// Every is the time between two polls of Run: half a minute where nothing else
	// brings texts in, a quarter of an hour beside webhooks.
	Every time.Duration
	Now   func() time.Time
	Log   *slog.Logger

	mu sync.Mutex // one poll at a time
	// told holds what the desk has taken of the time that polls overlap, so that a
	// poll in which nothing is new costs the database nothing.
	told map[string]time.Time
}

// Poll asks once, if it is this daemon's turn: for everything since the last time,
// and about texts of which nothing was heard for long. The feed's place moves on
// only past what the desk has taken. asked is false when it was another's turn.
func (p *Poller) Poll(ctx context.Context, now time.Time) (asked bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	cursor, mine, err := p.Feed.Claim(ctx, now)
	if err != nil {
		return false, fmt.Errorf("claim turn to ask Twilio: %w", err)
	}
	if !mine {
		return false, nil
	}
	if err = p.catchUp(ctx, now, cursor); err == nil {
		err = p.settle(ctx, now)
	}
	if err == nil || ctx.Err() != nil {
		return true, err // to be stopped is no failure of Twilio's
	}
	return true, errors.Join(err, p.Feed.Failed(ctx, now, err.Error()))
}

// catchUp brings everything that is not older than the cursor less the overlap. It
// goes day by day, because Twilio lists the newest first while what customers
// write must arrive in its order: START after STOP is not STOP after START.
func (p *Poller) catchUp(ctx context.Context, now time.Time, cursor string) error {
	since, err := time.Parse(time.RFC3339, cursor)
	switch {
	case cursor == "":
		since = now.Add(-firstLook)
	case err != nil:
		return fmt.Errorf("read the place up to which Twilio was heard: %w", err)
	default:
		since = since.Add(-overlap)
	}
	day := since.UTC().Truncate(24 * time.Hour)
	for today := now.UTC().Truncate(24 * time.Hour); day.Before(today); day = day.AddDate(0, 0, 1) {
		if err := p.bring(ctx, now, span{day, day, since}); err != nil {
			return err
		}
	}
	return p.bring(ctx, now, span{first: day, since: since})
}

// span is what one list is about: GMT days, of which last is zero for an open end,
// and the instant before which all is known.
type span struct{ first, last, since time.Time }

// bring hands one list to the desk: news as they come, customers' texts at the
// end, the oldest first. They alone are kept in memory, a day's worth at most.
func (p *Poller) bring(ctx context.Context, now time.Time, s span) error {
	var texts []sms.Record
	var reached time.Time
	page := ""
	for n := 0; ; n++ {
		list, err := p.Account.Messages(ctx, s.first, s.last, page)
		if err != nil {
			return err
		}
		if n == 0 {
			reached = list.Now
		}
		fresh := p.fresh(list.Records, s.since)
		if err := p.takePage(ctx, now, list, fresh); err != nil {
			return err
		}
		texts = append(texts, slices.DeleteFunc(fresh, func(r sms.Record) bool {
			return r.Direction != inbound || r.Status == "receiving" // not all of it is there yet
		})...)
		if list.Next == "" || allBefore(list.Records, s.since) {
			break
		}
		if page = list.Next; n == maxPages {
			return errors.New("list messages: Twilio's list does not end")
		}
	}
	slices.Reverse(texts) // where the second is the same, the list's order decides
	slices.SortStableFunc(texts, func(a, b sms.Record) int { return a.At.Compare(b.At) })
	for _, r := range texts {
		if err := p.Desk.Receive(ctx, p.Shops.arrival(r, "")); err != nil {
			return fmt.Errorf("record a customer's text: %w", err)
		}
		p.told[key(r)] = r.At
	}
	return p.done(ctx, now, s, reached)
}

// done moves the feed's place to where the list ended by Twilio's clock, and
// forgets what later lists do not hold.
func (p *Poller) done(ctx context.Context, now time.Time, s span, reached time.Time) error {
	if end := s.last.AddDate(0, 0, 1); !s.last.IsZero() && reached.After(end) {
		reached = end
	}
	if err := p.Feed.Done(ctx, now, reached.Format(time.RFC3339)); err != nil {
		return fmt.Errorf("record up to where Twilio was heard: %w", err)
	}
	for k, at := range p.told {
		if at.Before(reached.Add(-overlap)) {
			delete(p.told, k)
		}
	}
	return nil
}

const inbound = "inbound"

// fresh picks what concerns us and the desk does not know yet.
func (p *Poller) fresh(records []sms.Record, since time.Time) []sms.Record {
	var fresh []sms.Record
	for _, r := range records {
		r.From, r.To = number(r.From), number(r.To)
		sender := r.From
		if r.Direction == inbound {
			sender = r.To
		}
		if _, known := p.told[key(r)]; !known && !r.At.Before(since) && p.Shops.ours(sender, r.ServiceSID) {
			fresh = append(fresh, r)
		}
	}
	return fresh
}

// takePage sets aside what cannot be read of a page and tells the desk the ends of
// our own texts. That Twilio still has one is known from sending it.
func (p *Poller) takePage(ctx context.Context, now time.Time, list sms.Page, fresh []sms.Record) error {
	if p.told == nil {
		p.told = map[string]time.Time{}
	}
	for _, bad := range list.Bad {
		if _, known := p.told[bad.Key]; known {
			continue
		}
		if err := p.Feed.SetAside(ctx, now, bad.Key, bad.Why); err != nil {
			return fmt.Errorf("set aside a message: %w", err)
		}
		p.told[bad.Key] = list.Now
	}
	var news []outreach.News
	for _, r := range fresh {
		if n := r.News(now); r.Direction == outbound && n.State != outreach.Accepted {
			news = append(news, n)
		}
	}
	if len(news) == 0 {
		return nil
	}
	if err := p.Desk.News(ctx, news...); err != nil {
		return fmt.Errorf("record news of texts: %w", err)
	}
	for _, r := range fresh {
		if r.Direction == outbound {
			p.told[key(r)] = r.At
		}
	}
	return nil
}

const outbound = "outbound-api" // what a program sent, not a reply by Twilio itself

// key is the same for a message as long as its status is.
func key(r sms.Record) string { return r.SID + " " + r.Status }

// allBefore reports whether a full page lies before the instant, so that those
// behind it do, too: Twilio lists the newest first.
func allBefore(records []sms.Record, since time.Time) bool {
	return len(records) > 0 && !slices.ContainsFunc(records, func(r sms.Record) bool { return !r.At.Before(since) })
}
