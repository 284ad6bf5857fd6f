package scheduler

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
)

const (
	askAtOnce = 50               // doubts asked about in one beat and channel
	askAgain  = 30 * time.Minute // the first pause after the provider knew nothing
	askNoMore = 48 * time.Hour   // from the hand-over; then only a person can settle it
)

// reconcile asks providers that can be asked what became of contacts in doubt.
// A contact the provider does not know stays in doubt: it may still be on its
// way there. Nothing is ever sent again from here.
func (s *Scheduler) reconcile(ctx context.Context, now time.Time, settings *Settings) error {
	var errs []error
	for _, l := range s.Lanes {
		finder, ok := l.Sender.(notify.Finder)
		if !ok {
			continue
		}
		doubts, err := s.Queue.InDoubt(ctx, now, now.Add(-settings.AskAfter), l.Channel, askAtOnce)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, d := range doubts {
			errs = append(errs, s.ask(ctx, now, finder, d))
		}
	}
	return errors.Join(errs...)
}

func (s *Scheduler) ask(ctx context.Context, now time.Time, finder notify.Finder, d outreach.Doubt) error {
	c := d.Contact
	o, found, err := finder.Find(ctx, notify.Attempt{
		ShopID: c.ShopID, To: d.Address, Text: d.Body, HandedAt: c.HandedAt,
	})
	if err != nil {
		return errors.Join(fmt.Errorf("ask about contact %d: %w", c.ID, err), s.Queue.AskLater(ctx, c.ID, now.Add(askAgain)))
	}
	if !found {
		pause := max(askAgain, now.Sub(c.HandedAt))
		if now.Sub(c.HandedAt) > askNoMore {
			pause = 100 * 365 * 24 * time.Hour
			s.Log.Warn("the provider does not know this contact; a person must settle it", "contact", c.ID)
		}
		return s.Queue.AskLater(ctx, c.ID, now.Add(pause))
	}
	r := resultOf(c, d.Address, o, now, s.settings.Load().Backoff)
	r.Why = "the provider was asked: " + r.Why
	_, err = s.Queue.Record(ctx, now, s.name, []outreach.Result{r})
	return err
}

// watchPilot pauses a pilot that annoys people or bounces.
func (s *Scheduler) watchPilot(ctx context.Context, now time.Time, settings *Settings) error {
	if settings.Policy.Mode != outreach.Pilot || len(settings.Shops) == 0 {
		return nil
	}
	t, err := s.Queue.Trouble(ctx, startOfDay(now, settings.Shops[0].Location()))
	if err != nil {
		return err
	}
	for _, limit := range []struct {
		count, most int
		what        string
	}{
		{t.Bounces, settings.Pilot.MaxBounces, "messages came back"},
		{t.OptOuts, settings.Pilot.MaxOptOuts, "people asked to be left alone"},
		{t.Complaints, settings.Pilot.MaxComplaints, "people reported a message as unwanted"},
	} {
		if limit.count > limit.most {
			why := fmt.Sprintf("the pilot paused itself: %d %s today, the limit is %d", limit.count, limit.what, limit.most)
			s.Log.Error(why)
			return s.Brake.StopAll(ctx, now, s.name, why)
		}
	}
	return nil
}
