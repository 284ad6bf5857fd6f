package scheduler

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// callsAtOnce is how many open calls one transaction judges.
const callsAtOnce = 100

// judgeCalls asks the gate again about the calls on the advisers' lists, and
// takes off what it now refuses: a person must not be called after an opt-out, a
// booking or the work itself. Calls are real in every mode: none is rehearsed.
func (s *Scheduler) judgeCalls(ctx context.Context, now time.Time, settings *Settings) error {
	lib := s.shelf.get()
	r := outreach.HandOver{
		Now: now.Truncate(time.Microsecond), Channel: outreach.Call, Limit: callsAtOnce, Daemon: s.DaemonID,
		Shops: settings.shopIDs(), Known: lib.revision, HistorySince: now,
	}
	total := 0
	for after := int64(0); ; {
		next, closed, err := s.Queue.JudgeCalls(ctx, r, after, s.decide(r.Now, outreach.Call, settings, lib, (*judge).recheck, nil))
		if err != nil {
			return err
		}
		total += closed
		if next == 0 {
			break
		}
		after = next
	}
	if total > 0 {
		s.Log.Info("calls were taken off the list", "calls", total)
	}
	return nil
}

// recheck judges a call that is on the list already. Only what would refuse it
// for good takes it off: an adviser chooses the hour, its time is watched by
// expire, and it does not count against itself.
func (j *judge) recheck(d outreach.Due) outreach.Ruling {
	step, pb := j.library.step(d.Contact)
	open := d
	open.Contact.NotAfter = time.Time{}
	open.Sent--
	v := j.ask(open, pb, step, outreach.Call)
	if v.Verdict != gate.Refuse {
		return outreach.Ruling{Contact: d.Contact}
	}
	return refuse(d, []verdict{v})
}
