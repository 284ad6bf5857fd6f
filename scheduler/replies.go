package scheduler

import (
	"context"
	"time"
)

// watchReplies hands what nobody answered in time to the manager, and takes for a
// refusal what may have been one and nobody decided.
func (s *Scheduler) watchReplies(ctx context.Context, now time.Time) error {
	late, err := s.Tasks.Escalate(ctx, now)
	if err != nil {
		return err
	}
	for _, t := range late {
		s.Log.Warn("a customer waits for an answer longer than promised; it is the manager's now",
			"task", t.ID, "shop", t.ShopID, "kind", t.Kind, "adviser", t.Adviser)
	}
	n, err := s.Tasks.Conclude(ctx, now)
	if err == nil && n > 0 {
		s.Log.Warn("unclear replies were not reviewed in time; these customers are left alone", "customers", n)
	}
	return err
}

// listenEvery is how often it is looked whether providers are heard from, and so
// how often the log repeats that one is not.
const listenEvery = 6 * time.Hour

// watchFeeds says when nothing comes back from a provider: then replies and
// refusals may be lost, and nobody would notice.
func (s *Scheduler) watchFeeds(ctx context.Context, now time.Time) error {
	if since := now.Sub(s.listened); since >= 0 && since < listenEvery {
		return nil
	}
	silent, err := s.Feeds.Unheard(ctx, now)
	if err != nil {
		return err
	}
	s.listened = now
	for _, ch := range silent {
		s.Log.Error("messages go out and nothing comes back: replies and refusals may be lost; `courtesyd check` tells what to do", "channel", ch)
	}
	return nil
}
