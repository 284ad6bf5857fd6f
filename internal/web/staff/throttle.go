package staff

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits of tries to sign in: for an account, and for a caller who tries many.
const (
	triesBurst   = 5
	triesEvery   = 30 * time.Second // one more
	callerFactor = 4
	mostKeys     = 10_000 // then the oldest are forgotten
	hashesAtOnce = 2      // each takes 19 MiB
)

// throttle slows down guessing. It is kept in memory: a restart is no help to a
// guesser, who would need thousands of them.
type throttle struct {
	now    func() time.Time
	hashes chan struct{}

	mu      sync.Mutex
	limits  map[string]*rate.Limiter
	touched map[string]time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{
		now: now, hashes: make(chan struct{}, hashesAtOnce),
		limits: map[string]*rate.Limiter{}, touched: map[string]time.Time{},
	}
}

// allow reports whether one more try for the account by the caller may be made. The
// caller comes first: nobody makes it remember more accounts than they may try.
func (t *throttle) allow(r *http.Request, login string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	return t.limit("caller "+callerOf(r), callerFactor, now).AllowN(now, 1) && t.limit("account "+login, 1, now).AllowN(now, 1)
}

// callerOf names who asks. Of IPv6 it is the network: a single customer has all of
// its addresses.
func callerOf(r *http.Request) string {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	const network = 64 // bits
	address := from.Addr().Unmap()
	if prefix, err := address.Prefix(network); err == nil && address.Is6() {
		return prefix.String()
	}
	return address.String()
}

// forgive forgets the tries for an account, because its owner has signed in.
func (t *throttle) forgive(login string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.limits, "account "+login)
	delete(t.touched, "account "+login)
}

func (t *throttle) limit(key string, factor int, now time.Time) *rate.Limiter {
	l, ok := t.limits[key]
	if !ok {
		if len(t.limits) >= mostKeys {
			t.forgetOld(now)
		}
		l = rate.NewLimiter(rate.Every(triesEvery/time.Duration(factor)), triesBurst*factor)
		t.limits[key] = l
	}
	t.touched[key] = now
	return l
}

// forgetOld drops what has not been tried for so long that its limit is full
// again, and everything when that is not enough.
func (t *throttle) forgetOld(now time.Time) {
	for key, last := range t.touched {
		if now.Sub(last) > triesBurst*triesEvery {
			delete(t.limits, key)
			delete(t.touched, key)
		}
	}
	if len(t.limits) >= mostKeys {
		clear(t.limits)
		clear(t.touched)
	}
}

// hashing waits for a turn to hash a password.
func (t *throttle) hashing(f func() bool) bool {
	t.hashes <- struct{}{}
	defer func() { <-t.hashes }()
	return f()
}
