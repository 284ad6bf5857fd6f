package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/inbound/intent"
	"github.com/courtesyd/courtesyd/internal/inbound/twilio"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/web"
	"github.com/courtesyd/courtesyd/internal/web/customer"
	"github.com/courtesyd/courtesyd/notify/sms"
)

// catchUpEvery is how often Twilio is asked where it calls us as well: what it
// could not bring while nobody was at home is fetched then.
const catchUpEvery = 15 * time.Minute

// catchUpWithin is how long the first answers are waited for.
const catchUpWithin = 20 * time.Second

// Intake is every way in that a configuration sets up.
type Intake struct {
	Handler http.Handler // answers web requests
	feeds   []func(context.Context)
	first   []func(context.Context) error // asks each feed once
	closers []io.Closer
}

// NewIntake sets up the ways in. It connects to nobody yet.
func NewIntake(c *config.Config, db *store.DB, installation string, now func() time.Time, log *slog.Logger) (*Intake, error) {
	desk := NewDesk(c, db, now, log)
	in := &Intake{}
	var routes []web.Route
	if c.PublicURL != "" {
		pages, err := customer.New(customer.Config{
			Desk: desk, Links: Signer(c, installation), Photos: c.HTTP.PhotosDir, PublicURL: c.PublicURL, Now: now, Log: log,
		})
		if err != nil {
			return nil, fmt.Errorf("set up customers' pages: %w", err)
		}
		routes = pages.Routes()
	}
	hooks, err := in.texts(c, db, desk, now, log)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up replies to texts: %w", err), in.Close())
	}
	if err := in.mail(c, db, desk, installation, now, log); err != nil {
		return nil, errors.Join(fmt.Errorf("set up replies to mails: %w", err), in.Close())
	}
	if len(routes)+len(hooks)+len(in.feeds) > 0 {
		intent.Load()
	}
	in.Handler, err = web.Handler(web.Config{PublicURL: c.PublicURL, Log: log}, append(routes, hooks...)...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up the web server: %w", err), in.Close())
	}
	return in, nil
}

// NewDesk returns the desk where everything that comes in is received.
func NewDesk(c *config.Config, db *store.DB, now func() time.Time, log *slog.Logger) *inbound.Desk {
	return &inbound.Desk{Inbox: store.Inbox{DB: db}, Clock: clockOf(c), Now: now, Log: log}
}

// clockOf counts by the opening hours of the shop, or of the first one for a shop
// that the configuration no longer has.
func clockOf(c *config.Config) inbound.Clock {
	shops := c.ShopList()
	find := func(id string) (config.Shop, *time.Location) {
		for i, s := range shops {
			if s.ID == id {
				return c.Shops[i], s.Location()
			}
		}
		return c.Shops[0], shops[0].Location()
	}
	return inbound.Clock{
		AnswerBy: func(shopID string, from time.Time) time.Time {
			s, loc := find(shopID)
			return s.Office(loc).After(from, c.Replies.AnswerWithin)
		},
		ReviewBy: func(shopID string, from time.Time) time.Time {
			s, loc := find(shopID)
			return s.Office(loc).EndOfDay(from, c.Replies.ReviewWithinDays)
		},
	}
}

// texts sets up how replies to texts come in, and returns what Twilio may call.
func (in *Intake) texts(c *config.Config, db *store.DB, desk *inbound.Desk, now func() time.Time, log *slog.Logger) ([]web.Route, error) {
	mode := c.InboundSMS()
	if mode == config.InboundOff {
		return nil, nil
	}
	settings := twilioConfig(c, now)
	account, err := sms.New(settings)
	if err != nil {
		return nil, err
	}
	in.closers = append(in.closers, account)
	shops, every := twilio.NewShops(settings.Shops), c.Inbound.PollEvery
	if mode == config.InboundWebhook {
		every = catchUpEvery
	}
	poller := &twilio.Poller{
		Account: account, Desk: desk, Feed: store.Feed{DB: db, Name: store.FeedTexts, Every: every},
		Contacts: store.Inbox{DB: db}, Shops: shops, Every: every, Now: now, Log: log,
	}
	in.feeds = append(in.feeds, poller.Run)
	in.first = append(in.first, func(ctx context.Context) error {
		_, err := poller.Poll(ctx, now())
		return err
	})
	if c.PublicURL == "" || !c.Twilio.AuthToken.IsSet() {
		return nil, nil
	}
	// Also where texts are asked for: Twilio is given the address of its news with
	// every text, and those come sooner than the next question.
	return hooks(c, db, desk, shops, now, log)
}

func hooks(c *config.Config, db *store.DB, desk *inbound.Desk, shops twilio.Shops, now func() time.Time, log *slog.Logger) ([]web.Route, error) {
	tokens := []string{c.Twilio.AuthToken.Reveal()}
	if c.Twilio.PreviousAuthToken.IsSet() {
		tokens = append(tokens, c.Twilio.PreviousAuthToken.Reveal())
	}
	verifier, err := twilio.NewVerifier(c.PublicURL, tokens...)
	if err != nil {
		return nil, err
	}
	feed := store.Feed{DB: db, Name: store.FeedWebhooks}
	h := &twilio.Handler{
		Verifier: verifier, Desk: desk, Shops: shops, Now: now, Log: log,
		Heard: func(ctx context.Context, now time.Time) {
			if err := feed.Done(ctx, now, ""); err != nil {
				log.Warn("that Twilio called could not be noted", "error", err)
			}
		},
	}
	return []web.Route{{Pattern: twilio.PathInbound, Handler: h}, {Pattern: twilio.PathStatus, Handler: h}}, nil
}

// CatchUp asks every feed once, and waits for the answers, though not for ever:
// what was refused while nobody was at home is to be known before anything is
// sent.
func (in *Intake) CatchUp(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, catchUpWithin)
	defer cancel()
	var wg sync.WaitGroup
	for _, ask := range in.first {
		wg.Go(func() {
			if err := ask(ctx); err != nil {
				log.Warn("not everything that came in meanwhile is known yet; it is asked for again", "error", err)
			}
		})
	}
	wg.Wait()
}

// Run keeps asking until ctx ends.
func (in *Intake) Run(ctx context.Context) {
	var wg sync.WaitGroup
	for _, feed := range in.feeds {
		wg.Go(func() { feed(ctx) })
	}
	wg.Wait()
}

// Close gives up kept connections.
func (in *Intake) Close() error {
	var errs []error
	for _, c := range in.closers {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
