package twilio

import (
	"context"
	"math/rand/v2"
	"time"
)

const (
	// A poll that failed is tried again soon, then less and less often.
	firstRetry = 30 * time.Second
	lastRetry  = 5 * time.Minute
	// remindEvery is how often the log repeats that nothing is heard.
	remindEvery = time.Hour
)

// Run polls until ctx ends: at once, then every now and then.
func (p *Poller) Run(ctx context.Context) {
	failures := 0
	var told time.Time // of the outage; zero while there is none
	for {
		now := p.Now()
		asked, err := p.Poll(ctx, now)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			if told.IsZero() || now.Sub(told).Abs() >= remindEvery {
				p.Log.Error("cannot ask Twilio for texts: replies, refusals and news of deliveries may be missing; trying on", "error", err)
				told = now
			}
		case asked:
			if failures > 0 {
				p.Log.Info("Twilio can be asked for texts again")
			}
			failures, told = 0, time.Time{}
		}
		timer := time.NewTimer(p.pause(failures))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// pause is how long to wait for the next poll, never twice quite the same, so that
// several daemons do not ask in step.
func (p *Poller) pause(failures int) time.Duration {
	wait := p.Every
	if failures > 0 {
		wait = min(firstRetry<<min(failures-1, 8), lastRetry)
	}
	return wait + rand.N(wait/10+1)
}
