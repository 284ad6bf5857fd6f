package stories

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/courtesyd/courtesyd/internal/app"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/twiliofake"
	"github.com/courtesyd/courtesyd/scheduler"
)

// daemon is what courtesyd consists of while it runs, but that the story tells it
// when to look at the clock.
type daemon struct {
	scheduler *scheduler.Scheduler
	end       func()
}

// start puts a daemon to work, as the program does with its configuration.
func (s *shop) start() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	installation, err := app.Prepare(ctx, s.DB, s.config, s.clock.Now(), s.log)
	s.must(err)
	settings, err := app.Settings(s.config, installation)
	s.must(err)
	senders, err := app.NewSenders(s.config, installation, s.clock.Now)
	s.must(err)
	intake, err := app.NewIntake(s.config, s.DB, installation, s.clock.Now, s.log)
	s.must(err)
	s.must(store.Controls{DB: s.DB}.SetMode(ctx, s.clock.Now(), s.config.Mode, "story"))
	daemons := store.Daemons{DB: s.DB}
	id, err := daemons.Start(ctx, s.clock.Now(), "story", os.Getpid(), "story")
	s.must(err)

	var listening sync.WaitGroup
	listening.Go(func() { intake.Run(ctx) })
	s.answers.Store(&intake.Handler)
	s.daemon = &daemon{
		scheduler: app.NewScheduler(s.DB, settings, senders.Lanes(s.config), id, s.clock.Now, s.log),
		end: func() {
			s.answers.Store(nil)
			cancel()
			listening.Wait()
			s.must(senders.Close())
			s.must(intake.Close())
			s.must(daemons.Stop(context.WithoutCancel(ctx), s.clock.Now(), id))
		},
	}
}

// stop ends the daemon that runs, if one does.
func (s *shop) stop() {
	s.t.Helper()
	if s.daemon != nil {
		s.end()
		s.daemon = nil
	}
}

// work lets the daemon do what is due, and Twilio deliver what it was given.
func (s *shop) work() {
	s.t.Helper()
	ctx := s.t.Context()
	s.must(s.scheduler.Beat(ctx))
	_, err := s.scheduler.Drain(ctx)
	s.must(err)
	for _, m := range s.texts.Created()[s.carried:] {
		s.carried++
		s.must(s.texts.Run(ctx, m.SID, twiliofake.Course{Statuses: []string{"sent", "delivered"}}))
	}
}

// until lets the time pass until a moment of the year 2026 by the shop's clock,
// given like "Feb 5 10:20".
func (s *shop) until(moment string) {
	s.t.Helper()
	begin, end := s.clock.Now(), s.at(moment)
	for {
		s.work()
		next := s.next(begin)
		if !next.Before(end) {
			break
		}
		s.clock.set(next)
	}
	s.clock.set(end)
	s.work()
}

// next is when to look again: when there is something to do, and once a minute at
// the most, like the program. Later on, when every scan has seen what was new at the
// beginning, only a contact that is due is worth a look, or one a week; and four a
// day at what is put off by minutes again and again.
func (s *shop) next(begin time.Time) time.Time {
	s.t.Helper()
	now := s.clock.Now()
	if now.Sub(begin) > 48*time.Hour {
		due, err := store.Queue{DB: s.DB}.NextDue(s.t.Context(), false, []string{"main"})
		s.must(err)
		switch week := now.AddDate(0, 0, 7); {
		case due.IsZero() || due.After(week):
			return week
		case due.Before(now.Add(30 * time.Minute)):
			return now.Add(6 * time.Hour)
		}
		return due
	}
	next, err := s.scheduler.NextEvent(s.t.Context())
	s.must(err)
	if soonest := now.Add(time.Minute); next.Before(soonest) {
		return soonest
	}
	return next
}

// at is a moment of the year 2026 by the shop's clock.
func (s *shop) at(moment string) time.Time {
	s.t.Helper()
	t, err := time.ParseInLocation("2006 Jan 2 15:04", "2026 "+moment, s.config.ShopList()[0].Location())
	s.must(err)
	return t
}
