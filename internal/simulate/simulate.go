// Package simulate runs the real scheduler at full speed on a clock that only
// moves when told, from one thing to do to the next.
package simulate

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/notify"
)

// Clock is a clock that stands still until it is set.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock that shows now.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now returns what the clock shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *Clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Scheduler is what is simulated.
type Scheduler interface {
	Beat(ctx context.Context) error
	Drain(ctx context.Context) (int, error)
	NextEvent(ctx context.Context) (time.Time, error)
}

// Event is something that happens from outside, such as an import.
type Event struct {
	At time.Time
	Do func(context.Context) error
}

// Run is one simulation.
type Run struct {
	Scheduler Scheduler
	Clock     *Clock
	Until     time.Time
	Events    []Event
	Progress  func(now time.Time) // may be nil
}

// Go lets the time pass until the end, or until ctx ends.
func (r Run) Go(ctx context.Context) error {
	events := slices.SortedStableFunc(slices.Values(r.Events), func(a, b Event) int { return a.At.Compare(b.At) })
	for {
		now := r.Clock.Now()
		for len(events) > 0 && !events[0].At.After(now) {
			if err := events[0].Do(ctx); err != nil {
				return fmt.Errorf("at %s: %w", now.Format(time.DateTime), err)
			}
			events = events[1:]
		}
		if err := r.Scheduler.Beat(ctx); err != nil {
			return fmt.Errorf("at %s: %w", now.Format(time.DateTime), err)
		}
		if _, err := r.Scheduler.Drain(ctx); err != nil {
			return fmt.Errorf("at %s: %w", now.Format(time.DateTime), err)
		}
		if r.Progress != nil {
			r.Progress(now)
		}
		next, err := r.next(ctx, now, events)
		if err != nil {
			return err
		}
		if next.After(r.Until) {
			r.Clock.set(r.Until)
			return nil
		}
		r.Clock.set(next)
	}
}

// next is the first instant after now at which there is something to do.
func (r Run) next(ctx context.Context, now time.Time, events []Event) (time.Time, error) {
	next, err := r.Scheduler.NextEvent(ctx)
	if err != nil {
		return next, err
	}
	if len(events) > 0 && (next.IsZero() || events[0].At.Before(next)) {
		next = events[0].At
	}
	if next.IsZero() {
		next = r.Until.Add(time.Second)
	}
	// Like the daemon, it looks again once a minute at the most.
	if soonest := now.Add(time.Minute); next.Before(soonest) {
		next = soonest
	}
	return next, nil
}

// Nowhere takes every message and sends none: the way out of a rehearsal.
type Nowhere struct{}

// Send implements notify.Sender.
func (Nowhere) Send(context.Context, notify.Message) notify.Outcome {
	return notify.Outcome{Result: notify.Accepted, Provider: "nowhere", Detail: "simulated; nothing was sent"}
}
