package hours

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Weekdays is a set of days of the week.
type Weekdays uint8

// DaysOf returns the set of the given days.
func DaysOf(days ...time.Weekday) Weekdays {
	var set Weekdays
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// Has reports whether d is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// List returns the days of the set, from Monday on.
func (w Weekdays) List() []time.Weekday {
	var days []time.Weekday
	for i := range time.Weekday(7) {
		if d := (time.Monday + i) % 7; w.Has(d) {
			days = append(days, d)
		}
	}
	return days
}

// Window is a stretch of the day, from Open up to but not including Close, on
// some days of the week, by the clock of whoever is contacted.
type Window struct {
	Days  Weekdays
	Open  outreach.TimeOfDay
	Close outreach.TimeOfDay
	// Margin is how long before any closing nothing is handed over any more,
	// so that a message does not travel into the quiet hours.
	Margin time.Duration
}

// DefaultWindow is 9:00 to 19:00, Monday to Saturday, with ten minutes' margin:
// inside the federal hours of 47 CFR 64.1200(c)(1) with room to spare.
func DefaultWindow() Window {
	return Window{
		Days: DaysOf(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday),
		Open: 9 * 60, Close: 19 * 60, Margin: 10 * time.Minute,
	}
}

var dayNames = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// parseWeekdays reads one day, "sun", or a range, "mon-sat".
func parseWeekdays(text string) (Weekdays, error) {
	first, last, isRange := strings.Cut(text, "-")
	if !isRange {
		last = first
	}
	from, to := -1, -1
	for i, name := range dayNames {
		if name == first {
			from = i
		}
		if name == last {
			to = i
		}
	}
	if from < 0 || to < 0 {
		return 0, fmt.Errorf("%q is not a day or a range of days; write for example sun or mon-sat", text)
	}
	set := DaysOf(time.Weekday(to))
	for d := from; d != to; d = (d + 1) % len(dayNames) {
		set |= DaysOf(time.Weekday(d))
	}
	return set, nil
}

// parseClock reads "08:00" to "24:00".
func parseClock(text string) (outreach.TimeOfDay, error) {
	hour, minute, ok := strings.Cut(text, ":")
	h, errHour := strconv.ParseUint(hour, 10, 8)
	m, errMinute := strconv.ParseUint(minute, 10, 8)
	if !ok || errHour != nil || errMinute != nil || m > 59 || h*60+m > 24*60 {
		return 0, fmt.Errorf("%q is not a time of day; write for example 08:00", text)
	}
	return outreach.TimeOfDay(h*60 + m), nil
}
