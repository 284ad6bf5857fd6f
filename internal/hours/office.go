package hours

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// officeDays bounds the search for open days: a shop that is shut for a year is
// not waited for.
const officeDays = 366

// Office is when somebody is at a shop, by the shop's own clock.
type Office struct {
	Location *time.Location
	From, To outreach.TimeOfDay // the same on every open day
	// Open reports whether the shop is open on a day; it is asked with noon of
	// the day in Location. Nil: on every day.
	Open func(day time.Time) bool
	// Holidays lists the days of a year that are no business days even where the
	// shop is open. Nil: none.
	Holidays func(year int) []Day
}

// After returns the instant at which the shop has been open for d since t.
// Outside the opening hours counting begins with the next opening. For a shop
// that is not open long enough within a year it is simply d after t.
func (o Office) After(t time.Time, d time.Duration) time.Time {
	date, left := dateOf(t.In(o.Location)), d
	for range officeDays {
		from, to := o.hours(date)
		if from.Before(t) {
			from = t
		}
		if room := to.Sub(from); room >= 0 {
			if left <= room {
				return from.Add(left)
			}
			left -= room
		}
		date = date.AddDate(0, 0, 1)
	}
	return t.Add(d)
}

// EndOfDay returns when the shop closes on the n-th business day after the day
// of t, n being at least 1: an open day that is no holiday. For a shop without
// so many in a year it is n times 24 hours after t.
func (o Office) EndOfDay(t time.Time, n int) time.Time {
	date, left := dateOf(t.In(o.Location)), n
	var calendar yearDays
	for range officeDays {
		date = date.AddDate(0, 0, 1)
		if o.Holidays != nil && calendar.year != date.Year() {
			calendar = yearDays{date.Year(), o.Holidays(date.Year())}
		}
		if from, to := o.hours(date); !from.Before(to) || onDay(date, calendar.days) {
			continue
		}
		if left--; left <= 0 {
			return wallTime(date, o.To, o.Location)
		}
	}
	return t.Add(time.Duration(n) * 24 * time.Hour)
}

// hours returns from when to when the shop is open on a date (midnight UTC);
// on a day it is shut that is no time at all.
func (o Office) hours(date time.Time) (from, to time.Time) {
	if o.Open != nil && !o.Open(wallTime(date, 12*60, o.Location)) {
		return time.Time{}, time.Time{}
	}
	return wallTime(date, o.From, o.Location), wallTime(date, o.To, o.Location)
}
