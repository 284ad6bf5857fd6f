package twilio

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/sms"
)

const (
	// settleAfter is when a text of which nothing was heard is asked about first;
	// then again whenever its age has doubled, until settleUntil. Some carriers
	// never tell; such a text stays accepted.
	settleAfter = time.Hour
	settleUntil = 48 * time.Hour
	// settleAtOnce bounds what one poll asks; the next goes on behind it.
	settleAtOnce = 100
)

// round is one walk through the texts of which nothing was heard.
type round struct {
	open          bool
	began, before time.Time // this round and the one before it
	after         int64     // the contact reached
}

// settle asks about texts that are long overdue, a bounded number at a time.
func (p *Poller) settle(ctx context.Context, now time.Time) error {
	if !p.round.open {
		if !p.round.began.IsZero() && now.Sub(p.round.began).Abs() < settleAfter/4 {
			return nil
		}
		// Databases keep less than nanoseconds: nobody must fall between two rounds.
		p.round = round{open: true, began: now.Truncate(time.Second), before: p.round.began}
	}
	began := p.round.began
	contacts, err := p.Contacts.Unsettled(ctx, began.Add(-settleUntil), began.Add(-settleAfter), p.round.after, settleAtOnce)
	if err != nil {
		return fmt.Errorf("list texts without news: %w", err)
	}
	for _, c := range contacts {
		if asks(began.Sub(c.HandedAt)) > asks(p.round.before.Sub(c.HandedAt)) {
			if err := p.ask(ctx, now, c); err != nil {
				return err
			}
		}
		p.round.after = c.ID
	}
	p.round.open = len(contacts) == settleAtOnce
	return nil
}

// asks is how often a text of that age should have been asked about: once when
// older than settleAfter, twice when older than double that, and so on.
func asks(age time.Duration) int { return bits.Len64(uint64((max(age, 1) - 1) / settleAfter)) }

// ask brings what Twilio knows of one text. What it has deleted stays as it is.
func (p *Poller) ask(ctx context.Context, now time.Time, c outreach.Contact) error {
	r, err := p.Account.Message(ctx, c.ProviderID)
	if errors.Is(err, sms.ErrNoMessage) {
		return nil
	}
	if err != nil {
		return err
	}
	r.To = number(r.To)
	news := r.News(now)
	if news.State == outreach.Accepted {
		return nil
	}
	news.ContactID, news.Attempt = c.ID, c.Attempts
	if err := p.Desk.News(ctx, news); err != nil {
		return fmt.Errorf("record news of texts: %w", err)
	}
	return nil
}
