// Package notifytest holds the tests every notify.Sender must pass. The outcome a
// sender reports is held against the books of a partner that misbehaves.
package notifytest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/notify"
)

// Partner is a sender and the server it talks to, both fresh.
type Partner struct {
	Sender notify.Sender
	// Accepted says how often the partner accepted the message.
	Accepted func(m notify.Message) int
}

// Case is one misbehaviour of the partner.
type Case struct {
	Name string
	// Start returns a partner that misbehaves in this way from the first message.
	Start func(t *testing.T) Partner
	Want  notify.Outcome // Result, Effect and, if set, Code and RetryAfter are compared
}

// Contract is what a channel's tests provide.
type Contract struct {
	// Start returns a well-behaved partner.
	Start func(t *testing.T) Partner
	// StartHanging returns one that never answers, nil where nothing can hang.
	StartHanging func(t *testing.T) Partner
	// Message returns a good message to the nth customer.
	Message func(n int64) notify.Message
	// BadMessages are refused without a word to the partner.
	BadMessages map[string]notify.Message
	// Secrets must not show in any outcome.
	Secrets []string
	Cases   []Case
}

// Run runs all tests of the contract.
func Run(t *testing.T, c Contract) {
	t.Run("accepts", c.accepts)
	t.Run("refuses bad messages", c.refusesBad)
	t.Run("is safe for concurrent use", c.concurrent)
	t.Run("ends with its context", c.endsWithContext)
	for _, tt := range c.Cases {
		t.Run(tt.Name, func(t *testing.T) { c.misbehaving(t, tt) })
	}
}

func (c Contract) accepts(t *testing.T) {
	p := c.Start(t)
	for n := int64(1); n <= 3; n++ {
		got := c.send(t, t.Context(), p, c.Message(n))
		if got.Result != notify.Accepted || got.ProviderID == "" || got.Provider == "" {
			t.Errorf("message %d: %+v, want accepted with the provider's name and id", n, got)
		}
	}
}

func (c Contract) refusesBad(t *testing.T) {
	p := c.Start(t)
	for name, m := range c.BadMessages {
		got := c.send(t, t.Context(), p, m)
		if got.Result != notify.Refused {
			t.Errorf("%s: %+v, want refused", name, got)
		}
	}
}

func (c Contract) concurrent(t *testing.T) {
	p := c.Start(t)
	const messages = 40
	outcomes := make([]notify.Outcome, messages)
	var sending sync.WaitGroup
	for n := range messages {
		sending.Go(func() { outcomes[n] = p.Sender.Send(t.Context(), c.Message(int64(n+1))) })
	}
	sending.Wait()
	ids := map[string]bool{}
	for n, got := range outcomes {
		m := c.Message(int64(n + 1))
		if got.Result != notify.Accepted || p.Accepted(m) != 1 {
			t.Errorf("message %d: %+v, accepted %d times", n+1, got, p.Accepted(m))
		}
		ids[got.ProviderID] = true
	}
	if len(ids) != messages {
		t.Errorf("%d provider ids for %d messages", len(ids), messages)
	}
}

// patience is far longer than a sender should need to notice that its context has
// ended, and far shorter than its own timeouts.
const patience = 10 * time.Second

func (c Contract) endsWithContext(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	p := c.Start(t)
	m := c.Message(1)
	if got := c.send(t, ended, p, m); got.Result != notify.Retry {
		t.Errorf("context ended before: %+v, want retry", got)
	}
	if c.StartHanging == nil {
		return
	}
	p = c.StartHanging(t)
	soon, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	got := c.send(t, soon, p, m)
	if got.Result != notify.Retry && got.Result != notify.Unknown {
		t.Errorf("context ended meanwhile: %+v, want retry or unknown", got)
	}
	if took := time.Since(start); took > patience {
		t.Errorf("came back after %v", took)
	}
}

func (c Contract) misbehaving(t *testing.T, tt Case) {
	p := tt.Start(t)
	got := c.send(t, t.Context(), p, c.Message(1))
	if got.Result != tt.Want.Result || got.Effect != tt.Want.Effect {
		t.Errorf("outcome %+v, want result %q and effect %q", got, tt.Want.Result, tt.Want.Effect)
	}
	if tt.Want.Code != "" && got.Code != tt.Want.Code {
		t.Errorf("code %q, want %q", got.Code, tt.Want.Code)
	}
	if got.RetryAfter != tt.Want.RetryAfter {
		t.Errorf("retry after %v, want %v", got.RetryAfter, tt.Want.RetryAfter)
	}
}

// send sends m and holds the outcome against the partner's books and the rules
// that every outcome must keep.
func (c Contract) send(t *testing.T, ctx context.Context, p Partner, m notify.Message) notify.Outcome {
	t.Helper()
	before := p.Accepted(m)
	got := p.Sender.Send(ctx, m)
	accepted := p.Accepted(m) - before
	switch {
	case accepted > 1:
		t.Errorf("one Send was accepted %d times", accepted)
	case accepted == 1 && (got.Result == notify.Retry || got.Result == notify.Refused):
		t.Errorf("the partner accepted the message and the outcome is %+v", got)
	case accepted == 0 && got.Result == notify.Accepted:
		t.Errorf("the partner did not accept the message and the outcome is %+v", got)
	}
	known := []notify.Result{notify.Accepted, notify.Retry, notify.Refused, notify.Unknown}
	if !slices.Contains(known, got.Result) || got.Detail == "" {
		t.Errorf("outcome %+v has no known result or no sentence", got)
	}
	// What is not to be read in a log, nor a provider's id that is our own.
	said := fmt.Sprintf("%+v", got)
	for _, secret := range append([]string{m.To}, c.Secrets...) {
		if secret != "" && strings.Contains(said, secret) {
			t.Errorf("outcome tells %q: %+v", secret, got)
		}
	}
	return got
}
