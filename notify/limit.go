package notify

import (
	"context"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter hands out permits to send at a steady pace: one permit is one e-mail or
// one SMS segment. The dispatcher takes permits first and claims as many contacts
// as it got, so that what is handed over leaves at once.
//
// It is safe for concurrent use.
type Limiter struct {
	perSecond float64 // of all daemons together
	burst     int

	mu     sync.Mutex
	bucket *rate.Limiter
	spare  int // permits given back, handed out before the bucket's
}

// NewLimiter returns a limiter of perSecond permits a second of which at most
// burst are handed out at once. A rate of zero or less means no limit.
func NewLimiter(perSecond float64, burst int) *Limiter {
	l := &Limiter{perSecond: perSecond, burst: max(burst, 1)}
	l.bucket = rate.NewLimiter(l.share(1))
	return l
}

// SetShare divides the rate by the number of daemons that share the sender. An n
// below one counts as one.
func (l *Limiter) SetShare(n int) {
	limit, burst := l.share(max(n, 1))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bucket.SetLimit(limit)
	l.bucket.SetBurst(burst)
	l.spare = min(l.spare, burst)
}

func (l *Limiter) share(n int) (rate.Limit, int) {
	if l.perSecond <= 0 {
		return rate.Inf, math.MaxInt32
	}
	return rate.Limit(l.perSecond / float64(n)), max(l.burst/n, 1)
}

// TryAcquire takes up to n permits without waiting and returns how many it got.
func (l *Limiter) TryAcquire(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket.Limit() == rate.Inf {
		return n
	}
	now := time.Now()
	// What was given back and what has trickled in since never exceed one burst.
	fromBucket := max(int(l.bucket.TokensAt(now)), 0)
	l.spare = min(l.spare, l.bucket.Burst()-min(fromBucket, l.bucket.Burst()))
	got := min(n, l.spare)
	l.spare -= got
	if more := min(n-got, fromBucket); more > 0 && l.bucket.AllowN(now, more) {
		got += more
	}
	return got
}

// Acquire waits for at least one permit, takes up to n and returns how many it
// got. It fails only when ctx ends first.
func (l *Limiter) Acquire(ctx context.Context, n int) (int, error) {
	for {
		if got := l.TryAcquire(n); got > 0 || n <= 0 {
			return got, nil
		}
		timer := time.NewTimer(l.untilNext())
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return 0, ctx.Err()
		}
	}
}

// untilNext is how long the bucket needs to hold one permit.
func (l *Limiter) untilNext() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	missing := 1 - l.bucket.Tokens()
	wait := time.Duration(missing / float64(l.bucket.Limit()) * float64(time.Second))
	return max(wait, time.Millisecond)
}

// Settle corrects what was taken by what was used. Unused permits are given back;
// when more were used, as by texts of several segments, the pace slows until they
// are made good.
func (l *Limiter) Settle(taken, used int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.bucket.Limit() == rate.Inf {
		return
	}
	if used <= taken {
		l.spare = min(l.spare+taken-used, l.bucket.Burst())
		return
	}
	owed := used - taken
	paid := min(owed, l.spare)
	l.spare -= paid
	now := time.Now()
	for owed -= paid; owed > 0; {
		chunk := min(owed, l.bucket.Burst())
		l.bucket.ReserveN(now, chunk) // goes into debt; never fails up to the burst
		owed -= chunk
	}
}
