package scheduler

import (
	"math"
	"math/rand/v2"
	"time"
)

// Backoff says when a contact that was certainly not accepted is tried again.
type Backoff struct {
	First       time.Duration // before the second attempt
	Max         time.Duration
	MaxAttempts int
}

// Next returns when attempt attempts+1 may start, and false when there shall be
// none. Each wait is twice the one before, at least what the provider asked
// for, within ±10 %. The jitter is drawn from the contact's own number, so the
// result depends on nothing but its arguments.
func (b Backoff) Next(now time.Time, contactID int64, attempts int, asked time.Duration) (time.Time, bool) {
	if attempts >= b.MaxAttempts {
		return time.Time{}, false
	}
	wait := float64(b.First) * math.Pow(2, float64(max(attempts, 1)-1))
	wait = max(min(wait, float64(b.Max)), float64(asked))
	r := rand.New(rand.NewPCG(uint64(contactID), uint64(attempts)))
	wait *= 0.9 + 0.2*r.Float64()
	return now.Add(max(time.Duration(wait), asked)), true
}
