package scheduler

import (
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func location(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestEveryDayHasOneRun lets a clock tick through a year, both
// clock changes included, and counts how often a daily job runs on each day.
func TestEveryDayHasOneRun(t *testing.T) {
	for _, zone := range []string{"America/New_York", "America/Havana", "Australia/Lord_Howe"} {
		for _, expr := range []string{"30 2 * * *", "30 1 * * *", "0 0 * * *", "0 9 * * *"} {
			t.Run(zone+" "+expr, func(t *testing.T) {
				loc := location(t, zone)
				s, err := parseSchedule(expr)
				if err != nil {
					t.Fatal(err)
				}
				start := time.Date(2027, 1, 1, 12, 0, 0, 0, loc)
				last := outreach.Wall(start, loc)
				runs := map[string]int{}
				for now := start; now.Before(start.AddDate(1, 0, 0)); now = now.Add(47 * time.Minute) {
					due, missed, ok := dueRun(s, last, outreach.Wall(now, loc))
					if !ok {
						continue
					}
					if missed != 0 {
						t.Fatalf("%s: %d runs missed while awake", now, missed)
					}
					runs[due.Format(time.DateOnly)]++
					last = due
				}
				first := start.AddDate(0, 0, 1) // all lie before noon: the first day's has passed
				for day := first; day.Before(start.AddDate(1, 0, 0)); day = day.AddDate(0, 0, 1) {
					if n := runs[day.Format(time.DateOnly)]; n != 1 {
						t.Errorf("%s has %d runs", day.Format(time.DateOnly), n)
					}
				}
			})
		}
	}
}

func TestMissedRunsAreMadeUpOnce(t *testing.T) {
	loc := location(t, "America/Chicago")
	s, err := parseSchedule("0 8 * * 1-6")
	if err != nil {
		t.Fatal(err)
	}
	// Down from Friday evening to Tuesday morning before eight.
	last := outreach.Wall(time.Date(2026, 9, 4, 8, 0, 0, 0, loc), loc)
	now := outreach.Wall(time.Date(2026, 9, 8, 7, 30, 0, 0, loc), loc)
	due, missed, ok := dueRun(s, last, now)
	if !ok || missed != 1 || due.Format("Mon 15:04") != "Mon 08:00" {
		t.Fatalf("due %v, missed %d, %v; want Monday's run, with Saturday's missed", due, missed, ok)
	}
	if _, _, again := dueRun(s, due, now); again {
		t.Error("the same downtime was made up for twice")
	}
}

func TestYearsOfDowntimeAreNotWalkedMinuteByMinute(t *testing.T) {
	s, err := parseSchedule("* * * * *")
	if err != nil {
		t.Fatal(err)
	}
	last := time.Date(2006, 1, 1, 0, 0, 0, 0, time.UTC)
	now := time.Date(2026, 9, 4, 8, 0, 30, 0, time.UTC)
	due, _, ok := dueRun(s, last, now)
	if !ok || !due.Equal(now.Truncate(time.Minute)) {
		t.Errorf("due %v, %v; want the latest minute", due, ok)
	}
}

func TestClockThatGoesBackFindsNothingDue(t *testing.T) {
	s, err := parseSchedule("30 1 * * *")
	if err != nil {
		t.Fatal(err)
	}
	last := time.Date(2026, 11, 1, 1, 30, 0, 0, time.UTC)
	if _, _, ok := dueRun(s, last, last.Add(-40*time.Minute)); ok {
		t.Error("a clock set back made a run due")
	}
}

func TestSchedulesThatAreNone(t *testing.T) {
	for _, expr := range []string{"", "TZ=", "TZ=0", "CRON_TZ=", "TZ=America/New_York", "every day", "61 * * * *", "* * * *"} {
		if _, err := parseSchedule(expr); err == nil {
			t.Errorf("%q was taken for a schedule", expr)
		}
	}
	if _, err := NextRun("0 0 31 2 *", time.Now(), time.UTC); err == nil {
		t.Error("a schedule that never runs has a next run")
	}
}

func TestNextRunOverTheGap(t *testing.T) {
	loc := location(t, "America/New_York")
	next, err := NextRun("30 2 * * *", time.Date(2027, 3, 13, 12, 0, 0, 0, loc), loc)
	if err != nil || !next.Equal(time.Date(2027, 3, 14, 3, 0, 0, 0, loc)) {
		t.Errorf("next = %v, %v; want the first instant after the gap", next.In(loc), err)
	}
}

func TestBackoff(t *testing.T) {
	b := Backoff{First: time.Minute, Max: time.Hour, MaxAttempts: 5}
	now := time.Date(2026, 9, 7, 12, 0, 0, 0, time.UTC)
	for attempts, want := range map[int]time.Duration{1: time.Minute, 2: 2 * time.Minute, 3: 4 * time.Minute, 4: 8 * time.Minute} {
		got, ok := b.Next(now, 77, attempts, 0)
		if wait := got.Sub(now); !ok || wait < want*9/10 || wait > want*11/10 {
			t.Errorf("after attempt %d: %v, %v; want about %v", attempts, wait, ok, want)
		}
		if again, _ := b.Next(now, 77, attempts, 0); !again.Equal(got) {
			t.Errorf("after attempt %d: not the same twice", attempts)
		}
	}
	if _, ok := b.Next(now, 77, 5, 0); ok {
		t.Error("attempts are not capped")
	}
	if got, _ := b.Next(now, 77, 1, 30*time.Minute); got.Before(now.Add(30 * time.Minute)) {
		t.Errorf("the provider asked for 30 minutes and got %v", got.Sub(now))
	}
	if got, _ := (Backoff{First: time.Minute, Max: time.Hour, MaxAttempts: 99}).Next(now, 1, 60, 0); got.Sub(now) > 67*time.Minute {
		t.Errorf("waits are not bounded: %v", got.Sub(now))
	}
	spread := map[time.Time]bool{}
	for id := range int64(50) {
		next, _ := b.Next(now, id, 1, 0)
		spread[next] = true
	}
	if len(spread) < 45 {
		t.Errorf("50 contacts share %d instants: no jitter", len(spread))
	}
}
