package twilio

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/sms"
)

const (
	// settleAfter is how long a text may be without news before it is asked about.
	settleAfter = time.Hour
	// settleUntil is when it is given up. Some carriers never tell; such a text
	// stays accepted.
	settleUntil = 48 * time.Hour
	// settleAtOnce bounds what one poll asks about.
	settleAtOnce = 50
)

// settle asks about texts whose news is long overdue and which the list no longer
// holds.
func (p *Poller) settle(ctx context.Context, now time.Time) error {
	overdue, err := p.Contacts.Unsettled(ctx, now, outreach.SMS, settleAfter, settleUntil, settleAtOnce)
	if err != nil {
		return fmt.Errorf("list texts without news: %w", err)
	}
	for _, c := range overdue {
		if err := p.ask(ctx, now, c); err != nil {
			return err
		}
	}
	return nil
}

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
