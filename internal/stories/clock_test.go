package stories

import (
	"sync"
	"time"
)

// clock stands still until it is set ahead.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns what the clock shows.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// set puts the clock ahead, never back.
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}
