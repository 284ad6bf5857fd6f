package scheduler

import (
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
)

// watch notices when the clock was set, or the machine slept. Heartbeats look at
// the clock at a steady pace of their own, so a larger step between two of them
// is a jump; the time after it is believed when the next one agrees.
type watch struct {
	mu       sync.Mutex
	seen     time.Time // at the last look
	believed time.Time // at the last look that agreed with the one before
}

func (w *watch) look(now time.Time) {
	now = now.Round(0) // the wall clock; the monotonic one stands still during sleep
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen.IsZero() || now.Sub(w.seen).Abs() <= gate.ClockTolerance {
		w.believed = now
	}
	w.seen = now
}

// last returns when the clock was last believed, the zero time before the first look.
func (w *watch) last() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.believed
}

// steady reports whether now can be believed. It can before the first look.
func (w *watch) steady(now time.Time) bool {
	last := w.last()
	return last.IsZero() || now.Round(0).Sub(last).Abs() <= gate.ClockTolerance
}
