package scheduler

import (
	"errors"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// parseSchedule reads a cron expression of five fields. The library panics on
// some malformed time zone prefixes; such text is refused like any other.
func parseSchedule(expr string) (s cron.Schedule, err error) {
	defer func() {
		if recover() != nil {
			s, err = nil, fmt.Errorf("read schedule %q: not a cron expression", expr)
		}
	}()
	s, err = cron.ParseStandard(expr)
	if err != nil {
		return nil, fmt.Errorf("read schedule %q: %w", expr, err)
	}
	return s, nil
}

// maxMissed bounds how many missed runs are counted after a long downtime.
const maxMissed = 10_000

// dueRun says whether a schedule is due: the latest wall-clock time at or
// before now that lies after last, and how many earlier ones it makes up for.
//
// The schedule is followed on the shop's wall clock, written as if it were UTC.
// On that timeline no hour is missing and none comes twice, so a job at 2:30 runs
// once on the day that has no 2:30 (as soon as the clock has passed it) and once on
// the day that has two 1:30s. A clock that goes back finds nothing due.
func dueRun(s cron.Schedule, last, wallNow time.Time) (due time.Time, missed int, ok bool) {
	for next := s.Next(last); !next.IsZero() && !next.After(wallNow); next = s.Next(next) {
		if ok {
			missed++
		}
		due, ok = next, true
		if missed >= maxMissed {
			return latestBefore(s, wallNow), missed, true
		}
	}
	return due, missed, ok
}

// latestBefore finds the last run at or before wall without walking years of
// minutes: it looks back over ever longer stretches.
func latestBefore(s cron.Schedule, wall time.Time) time.Time {
	for back := time.Hour; ; back *= 2 {
		var latest time.Time
		for next := s.Next(wall.Add(-back)); !next.IsZero() && !next.After(wall); next = s.Next(next) {
			latest = next
		}
		if !latest.IsZero() {
			return latest
		}
	}
}

// NextRun returns the instant at which a playbook's schedule next runs after
// now at a shop.
func NextRun(expr string, now time.Time, loc *time.Location) (time.Time, error) {
	s, err := parseSchedule(expr)
	if err != nil {
		return time.Time{}, err
	}
	next := s.Next(outreach.Wall(now, loc))
	if next.IsZero() {
		return time.Time{}, errors.New("the schedule never runs")
	}
	return outreach.Instant(next, loc), nil
}
