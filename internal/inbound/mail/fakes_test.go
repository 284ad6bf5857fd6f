package mail

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

var errAway = errors.New("the database is away")

// office records what a Poller brings. It stands for the desk, the customers and
// the feed's place.
type office struct {
	mu           sync.Mutex
	arrivals     []outreach.Arrival
	news         []outreach.News
	unsubscribed []int64
	strangers    []string // everybody else is known

	away   bool
	down   bool   // the desk alone
	choke  string // the desk fails on what holds this
	cursor string
	places []string
	aside  map[string]string
	failed []string
	other  bool // another daemon reads the mailbox
	claims []time.Time
}

func (o *office) Receive(_ context.Context, a outreach.Arrival) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away || o.down || o.choke != "" && a.Subject == o.choke {
		return errAway
	}
	o.arrivals = append(o.arrivals, a)
	return nil
}

func (o *office) News(_ context.Context, news ...outreach.News) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away || o.down {
		return errAway
	}
	o.news = append(o.news, news...)
	return nil
}

func (o *office) Unsubscribe(_ context.Context, contactID int64, how string) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.away || o.down || how != "mailto" {
		return errAway
	}
	o.unsubscribed = append(o.unsubscribed, contactID)
	return nil
}

func (o *office) Knows(_ context.Context, address string) (bool, error) {
	return !slices.Contains(o.strangers, address), nil
}

func (o *office) Claim(_ context.Context, now time.Time) (string, bool, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.claims = append(o.claims, now)
	if o.away {
		return "", false, errAway
	}
	return o.cursor, !o.other, nil
}

func (o *office) Done(_ context.Context, _ time.Time, cursor string) error {
	if o.away {
		return errAway
	}
	o.cursor = cursor
	o.places = append(o.places, cursor)
	return nil
}

func (o *office) Failed(_ context.Context, _ time.Time, why string) error {
	o.failed = append(o.failed, why)
	return nil
}

func (o *office) SetAside(_ context.Context, _ time.Time, key, why string) error {
	if o.away {
		return errAway
	}
	if o.aside == nil {
		o.aside = map[string]string{}
	}
	o.aside[key] = why
	return nil
}

// subjects are those of the arrivals, in their order.
func (o *office) subjects() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var all []string
	for _, a := range o.arrivals {
		all = append(all, a.Subject)
	}
	return all
}

func newPoller(t testing.TB, server Server, reader Reader, o *office) *Poller {
	t.Helper()
	p, err := NewPoller(Config{
		Server: server, Reader: reader, Desk: o, People: o, Feed: o, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
