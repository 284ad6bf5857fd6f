package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
)

// Queue is where due contacts are and what became of them is recorded.
type Queue interface {
	HandOver(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error)
	Idle(ctx context.Context, r outreach.HandOver) (bool, error)
	NextDue(ctx context.Context, rehearsal bool, shops []string) (time.Time, error)
	JudgeCalls(ctx context.Context, r outreach.HandOver, after int64, decide outreach.Decide) (next int64, closed int, err error)
	Record(ctx context.Context, now time.Time, by string, results []outreach.Result) (int, error)
	Expire(ctx context.Context, now time.Time, by string) (int, error)
	InDoubt(ctx context.Context, now, handedBefore time.Time, ch outreach.Channel, limit int) ([]outreach.Doubt, error)
	AskLater(ctx context.Context, contactID int64, next time.Time) error
	Trouble(ctx context.Context, since time.Time) (outreach.Trouble, error)
}

// Scans is what changed, and where plans are written down.
type Scans interface {
	LastWall(ctx context.Context) (map[outreach.Schedule]time.Time, error)
	Rewind(ctx context.Context, k outreach.Schedule, wall time.Time) error
	Spread(ctx context.Context, now time.Time, keys []outreach.Schedule, firstWall map[string]time.Time) error
	Claim(ctx context.Context, now time.Time, run outreach.ScanRun, daemon int64, deadAfter time.Duration) (int64, error)
	Work(ctx context.Context, now time.Time, k outreach.Schedule, rehearsal bool, limit int,
		plan func([]outreach.Candidate) []outreach.Plan) (outreach.ScanRun, error)
	Finish(ctx context.Context, now time.Time, run outreach.ScanRun, failure string) error
}

// Daemons knows who is at work.
type Daemons interface {
	Beat(ctx context.Context, now time.Time, id int64, deadAfter time.Duration) (alive int, err error)
	Abandon(ctx context.Context, now time.Time, self int64, deadAfter time.Duration) (int, error)
}

// Documents are what the shop says and does.
type Documents interface {
	InForce(ctx context.Context, now time.Time) (outreach.Documents, int, error)
}

// Tasks are what waits for a person at the shop.
type Tasks interface {
	Escalate(ctx context.Context, now time.Time) ([]outreach.Task, error)
	Conclude(ctx context.Context, now time.Time) (int, error)
}

// Feeds knows from whom nothing is heard.
type Feeds interface {
	Unheard(ctx context.Context, now time.Time) ([]outreach.Channel, error)
}

// Brake stops everything.
type Brake interface {
	StopAll(ctx context.Context, now time.Time, who, why string) error
}

// Lane is one channel's way out.
type Lane struct {
	Channel outreach.Channel
	Sender  notify.Sender   // nil for calls, which are tasks and leave by themselves
	Limit   *notify.Limiter // nil: no limit
	// Width is how many messages may be on their way at once, at least.
	Width int
	// Batch is how many contacts one transaction takes, at most.
	Batch int
}

// Deps is everything a Scheduler needs.
type Deps struct {
	Queue     Queue
	Scans     Scans
	Daemons   Daemons
	Documents Documents
	Tasks     Tasks
	Feeds     Feeds
	Brake     Brake
	Lanes     []Lane
	Log       *slog.Logger
	Now       func() time.Time
	DaemonID  int64
}

// Scheduler runs one daemon's share of the work.
type Scheduler struct {
	Deps
	settings  atomic.Pointer[Settings]
	shelf     shelf
	watch     watch
	otherMode sync.Once // to say so
	name      string    // in the histories of contacts
	listened  time.Time // when it was last looked whether providers are heard from
}

// New returns a scheduler. It does nothing until Beat, Dispatch or Run is called.
func New(d Deps, s Settings) *Scheduler {
	out := &Scheduler{Deps: d, name: fmt.Sprintf("daemon %d", d.DaemonID)}
	out.settings.Store(&s)
	return out
}

// Use replaces the settings. What is being judged keeps the old ones.
func (s *Scheduler) Use(settings Settings) { s.settings.Store(&settings) }

// Beat does what is due once a minute: it settles what dead daemons left, runs
// the scans that are due, closes what has expired and asks about doubts. One
// part that fails does not keep the others from their turn. While the clock is
// not steady it does nothing.
func (s *Scheduler) Beat(ctx context.Context) error {
	now := s.Now()
	if !s.watch.steady(now) {
		s.Log.Warn("the clock jumped: nothing is planned, sent or closed until it is steady")
		return nil
	}
	settings := s.settings.Load()
	var errs []error
	part := func(name string, f func() error) {
		if err := f(); err != nil && !s.inOtherMode(err) {
			errs = append(errs, err)
			s.Log.Error("beat: "+name+" failed", "error", err)
		}
	}
	part("abandon", func() error { return s.abandon(ctx, now, settings) })
	part("documents", func() error { return s.refresh(ctx, now) })
	part("replies", func() error { return s.watchReplies(ctx, now) })
	part("feeds", func() error { return s.watchFeeds(ctx, now) })
	part("calls", func() error { return s.judgeCalls(ctx, now, settings) })
	part("scan", func() error { return s.scanDue(ctx, now, settings) })
	part("expire", func() error { return s.expire(ctx, now) })
	part("reconcile", func() error { return s.reconcile(ctx, now, settings) })
	part("pilot", func() error { return s.watchPilot(ctx, now, settings) })
	return errors.Join(errs...)
}

// Heartbeat shows the other daemons that this one lives, and shares the
// senders' rates with them.
func (s *Scheduler) Heartbeat(ctx context.Context) error {
	now := s.Now()
	s.watch.look(now)
	alive, err := s.Daemons.Beat(ctx, now, s.DaemonID, s.settings.Load().DeadAfter)
	if err != nil {
		return err
	}
	for _, l := range s.Lanes {
		if l.Limit != nil {
			l.Limit.SetShare(alive)
		}
	}
	return nil
}

// inOtherMode reports whether err says that this daemon must not work in its
// mode, and tells so once.
func (s *Scheduler) inOtherMode(err error) bool {
	if !errors.Is(err, outreach.ErrOtherMode) {
		return false
	}
	s.otherMode.Do(func() { s.Log.Error("this daemon does nothing", "error", outreach.ErrOtherMode) })
	return true
}

// LoadDocuments reads the documents in force, for Explain.
func (s *Scheduler) LoadDocuments(ctx context.Context) error { return s.refresh(ctx, s.Now()) }

// refresh reads the documents in force. A new version whose day has come is
// noticed here, at the latest a minute late.
func (s *Scheduler) refresh(ctx context.Context, now time.Time) error {
	docs, revision, err := s.Documents.InForce(ctx, now)
	if err != nil {
		return err
	}
	if s.shelf.get().holds(docs, revision) {
		return nil
	}
	l := newLibrary(docs, revision)
	for _, p := range l.problems {
		s.Log.Error("a document cannot be used until it is corrected", "error", p)
	}
	s.shelf.put(l)
	return nil
}

func (s *Scheduler) abandon(ctx context.Context, now time.Time, settings *Settings) error {
	n, err := s.Daemons.Abandon(ctx, now, s.DaemonID, settings.DeadAfter)
	if err == nil && n > 0 {
		s.Log.Warn("contacts of an ended daemon are in doubt; they will not be sent again by themselves", "contacts", n)
	}
	return err
}

func (s *Scheduler) expire(ctx context.Context, now time.Time) error {
	n, err := s.Queue.Expire(ctx, now, s.name)
	if err == nil && n > 0 {
		s.Log.Info("contacts expired", "contacts", n)
	}
	return err
}
