package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// perScan is how many customers are planned in one transaction.
const perScan = 200

// farAhead is how far ahead of the clock a schedule may have run before that is
// the trace of a clock that was wrong. Less is a clock that went back a little.
const farAhead = 24 * time.Hour

// scanDue runs the playbooks' schedules that are due, each for each shop.
func (s *Scheduler) scanDue(ctx context.Context, now time.Time, settings *Settings) error {
	return s.scan(ctx, now, settings, func(sched cron.Schedule, last, wallNow time.Time) (time.Time, int, bool) {
		return dueRun(sched, last, wallNow)
	})
}

// ScanNow runs every schedule at once, whether due or not.
func (s *Scheduler) ScanNow(ctx context.Context) error {
	now := s.Now()
	if err := s.refresh(ctx, now); err != nil {
		return err
	}
	return s.scan(ctx, now, s.settings.Load(), func(_ cron.Schedule, _, wallNow time.Time) (time.Time, int, bool) {
		return wallNow, 0, true
	})
}

type duty func(sched cron.Schedule, last, wallNow time.Time) (due time.Time, missed int, ok bool)

func (s *Scheduler) scan(ctx context.Context, now time.Time, settings *Settings, due duty) error {
	lib := s.shelf.get()
	keys := schedules(settings.Shops, lib.playbooks)
	firstWall := make(map[string]time.Time, len(settings.Shops))
	for _, h := range settings.Shops {
		firstWall[h.ID] = outreach.Wall(now, h.Location())
	}
	if err := s.Scans.Spread(ctx, now, keys, firstWall); err != nil {
		return err
	}
	last, err := s.Scans.LastWall(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, k := range keys {
		shop, _ := settings.shop(k.ShopID)
		pb := lib.versions[playbookKey{k.PlaybookID, k.Version}]
		sched, err := parseSchedule(pb.Schedule)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		wallNow := firstWall[k.ShopID]
		ran := last[outreach.Schedule{ShopID: k.ShopID, PlaybookID: k.PlaybookID}]
		if ran.After(wallNow.Add(farAhead)) {
			s.Log.Warn("a schedule had run ahead of the clock; it counts from now on", "playbook", k.PlaybookID, "shop", k.ShopID)
			if err := s.Scans.Rewind(ctx, k, wallNow); err != nil {
				errs = append(errs, err)
				continue
			}
			ran = wallNow
		}
		at, missed, ok := due(sched, ran, wallNow)
		if !ok {
			continue
		}
		run := outreach.ScanRun{ShopID: k.ShopID, PlaybookID: k.PlaybookID, DueWall: at, Missed: missed, Rehearsal: settings.rehearsal()}
		err = s.run(ctx, now, settings, shop, pb, lib.playbooks, run)
		if errors.Is(err, outreach.ErrOtherMode) {
			return err
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// schedules pairs each shop with the playbooks it follows.
func schedules(shops []Shop, playbooks []outreach.Playbook) []outreach.Schedule {
	var out []outreach.Schedule
	for _, h := range shops {
		for _, pb := range playbooks {
			if h.Runs(pb.ID) {
				out = append(out, outreach.Schedule{ShopID: h.ID, PlaybookID: pb.ID, Version: pb.Version})
			}
		}
	}
	return out
}

// run does one run of one schedule, unless another daemon has it.
func (s *Scheduler) run(
	ctx context.Context, now time.Time, settings *Settings, shop Shop, pb outreach.Playbook,
	playbooks []outreach.Playbook, run outreach.ScanRun,
) error {
	id, err := s.Scans.Claim(ctx, now, run, s.DaemonID, settings.DeadAfter)
	if err != nil || id == 0 {
		return err
	}
	run.ID = id
	if run.Missed > 0 {
		s.Log.Warn("making up for missed runs with one", "playbook", pb.ID, "shop", shop.ID, "missed", run.Missed)
	}
	p := planner{now: now, shop: shop.Shop, playbook: pb, playbooks: followedBy(shop, playbooks)}
	key := outreach.Schedule{ShopID: shop.ID, PlaybookID: pb.ID, Version: pb.Version}
	for {
		part, err := s.Scans.Work(ctx, now, key, settings.rehearsal(), perScan, func(cs []outreach.Candidate) []outreach.Plan {
			plans := make([]outreach.Plan, len(cs))
			for i, c := range cs {
				plans[i] = p.plan(c)
			}
			return plans
		})
		if err != nil {
			// The run stays open: what it did not take is still on the list, and
			// the next beat goes on from there.
			return err
		}
		if part.Customers == 0 {
			break
		}
		run.Customers += part.Customers
		run.FollowUps += part.FollowUps
		run.Contacts += part.Contacts
	}
	if run.FollowUps > 0 {
		s.Log.Info("scan planned follow-ups", "playbook", pb.ID, "shop", shop.ID,
			"customers", run.Customers, "follow_ups", run.FollowUps, "contacts", run.Contacts)
	}
	return s.Scans.Finish(ctx, now, run, "")
}

func followedBy(shop Shop, playbooks []outreach.Playbook) []outreach.Playbook {
	var out []outreach.Playbook
	for _, pb := range playbooks {
		if shop.Runs(pb.ID) {
			out = append(out, pb)
		}
	}
	return out
}

// NextEvent returns the next instant at which there is something to do: a
// schedule runs, or a contact is due. It is zero when there is nothing.
func (s *Scheduler) NextEvent(ctx context.Context) (time.Time, error) {
	now, settings := s.Now(), s.settings.Load()
	next, err := s.Queue.NextDue(ctx, settings.rehearsal(), settings.shopIDs())
	if err != nil {
		return next, err
	}
	lib := s.shelf.get()
	for _, h := range settings.Shops {
		for _, pb := range followedBy(h, lib.playbooks) {
			run, err := NextRun(pb.Schedule, now, h.Location())
			if err != nil {
				return next, err
			}
			if next.IsZero() || run.Before(next) {
				next = run
			}
		}
	}
	return next, nil
}
