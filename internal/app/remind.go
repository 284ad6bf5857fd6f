package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/courtesyd/courtesyd/internal/store"
)

// Reminder tells the log once a day of recovery cases that are overdue.
type Reminder struct {
	Cases store.Recovery
	Zone  *time.Location // whose days they are
	Now   func() time.Time
	Log   *slog.Logger

	told string // the day of the last look
}

// remindEvery is how often the reminder looks whether a new day has come.
const remindEvery = 10 * time.Minute

// Run reminds until ctx ends.
func (r *Reminder) Run(ctx context.Context) {
	tick := time.NewTicker(remindEvery)
	defer tick.Stop()
	for {
		if err := r.Look(ctx); err != nil && ctx.Err() == nil {
			r.Log.Warn("overdue recovery cases could not be read; trying again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Look reminds, unless it has on this day.
func (r *Reminder) Look(ctx context.Context) error {
	now := r.Now()
	day := now.In(r.Zone).Format(time.DateOnly)
	if day == r.told {
		return nil
	}
	overdue, err := r.Cases.Overdue(ctx, now)
	if err != nil {
		return err
	}
	r.told = day
	if len(overdue) > 0 {
		r.Log.Warn("recovery cases are overdue; the page Recovery lists them", "cases", len(overdue), "oldest", overdue[0].ID)
	}
	return nil
}
