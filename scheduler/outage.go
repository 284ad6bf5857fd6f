package scheduler

import (
	"log/slog"
	"time"
)

// remindEvery is how often a log repeats that the database does not answer.
const remindEvery = time.Minute

// outage keeps the log short while the database does not answer: a line when it
// begins, one a minute, and one when it is over. The zero outage is none.
type outage struct{ told time.Time }

func (o *outage) began(now time.Time, log *slog.Logger, msg string, args ...any) {
	if o.told.IsZero() || now.Sub(o.told).Abs() >= remindEvery {
		log.Error(msg, args...)
		o.told = now
	}
}

func (o *outage) over(log *slog.Logger) {
	if !o.told.IsZero() {
		log.Info("the database answers again")
		o.told = time.Time{}
	}
}
