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
