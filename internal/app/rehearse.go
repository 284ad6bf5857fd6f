package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

// Rehearsal is a simulated future on a copy of the database. The real one is
// only read, and nothing leaves the machine.
type Rehearsal struct {
	Scheduler *scheduler.Scheduler
	DB        *store.DB
	Clock     *simulate.Clock
	dir       string
}

// NewRehearsal copies the database and puts the real scheduler to work on the
// copy, with senders that send nowhere.
func NewRehearsal(ctx context.Context, c *config.Config, db *store.DB, now time.Time, log *slog.Logger) (*Rehearsal, error) {
	dir, err := os.MkdirTemp("", "courtesy-rehearsal-")
	if err != nil {
		return nil, fmt.Errorf("make folder for the rehearsal: %w", err)
	}
	r := &Rehearsal{Clock: simulate.NewClock(now), dir: dir}
	if r.DB, err = db.CopyTo(ctx, filepath.Join(dir, "copy.db")); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	installation, id, err := r.start(ctx, c, now, log)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	settings, err := Settings(c, installation)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	var lanes []scheduler.Lane
	for _, ch := range []outreach.Channel{outreach.Email, outreach.SMS, outreach.Call} {
		lanes = append(lanes, scheduler.Lane{Channel: ch, Sender: simulate.Nowhere{}, Width: 1, Batch: c.Dispatch.Batch})
	}
	r.Scheduler = NewScheduler(r.DB, settings, lanes, id, r.Clock.Now, log)
	return r, nil
}

func (r *Rehearsal) start(ctx context.Context, c *config.Config, now time.Time, log *slog.Logger) (installation string, id int64, err error) {
	if installation, err = Prepare(ctx, r.DB, c, now, log); err != nil {
		return "", 0, err
	}
	if err := (store.Controls{DB: r.DB}).SetMode(ctx, now, c.Mode, "rehearsal"); err != nil {
		return "", 0, err
	}
	id, err = store.Daemons{DB: r.DB}.Start(ctx, now, "rehearsal", os.Getpid(), "")
	return installation, id, err
}

// Until lets the time pass.
func (r *Rehearsal) Until(ctx context.Context, end time.Time, progress func(time.Time)) error {
	return simulate.Run{Scheduler: r.Scheduler, Clock: r.Clock, Until: end, Progress: progress}.Go(ctx)
}

// Close throws the copy away.
func (r *Rehearsal) Close() error { return errors.Join(r.DB.Close(), os.RemoveAll(r.dir)) }
