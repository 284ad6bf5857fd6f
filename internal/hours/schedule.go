package hours

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// SearchDays is how far ahead the next opening is looked for. A customer whose
// candidate zones share no hour in so many days is never contacted.
const SearchDays = 31

// ErrUnknownZone means that no usable time zone was given.
var ErrUnknownZone = errors.New("time zone unknown")

// Query is whom the question "when?" is about.
type Query struct {
	Zones    []string // candidates: the window must be open in all of them
	Window   Window   // the shop's own
	Rules    *Rules   // nil: only the shop's window counts
	Country  string   // "US", "CA" or ""
	Regions  []string // states or provinces whose rules hold, "" is ignored
	Holidays func(year int) []Day
	// Closed reports whether the shop is closed on a date; it is asked with
	// noon of the date on the customer's clock.
	Closed func(time.Time) bool
}

// Answer says whether the window is open at an instant.
type Answer struct {
	Open     bool
	ClosesAt time.Time // when Open: nothing may be handed over from then on
	Next     time.Time // when not Open: the next opening, zero when there is none within SearchDays
	// Why it is not open. Both can hold, in different zones.
	QuietHours bool // outside the hours of a day on which contact is allowed
	ClosedDay  bool // a weekday, holiday or closure on which nobody is contacted
}

// Open answers q for the instant now. The error is ErrUnknownZone.
func Open(now time.Time, q Query) (Answer, error) {
	s, err := NewSchedule(q)
	if err != nil {
		return Answer{}, err
	}
	return s.At(now), nil
}

// Schedule is a prepared Query, to be asked about several instants. It is for
// one goroutine.
type Schedule struct {
	query     Query
	locations []*time.Location
	rules     [][]Rule
	calendar  []yearDays // holidays met so far
}

// yearDays are the dates of one source, nil for Query.Holidays, in one year.
type yearDays struct {
	source *Rule
	year   int
	days   []Day
}

// NewSchedule prepares q. The error is ErrUnknownZone.
func NewSchedule(q Query) (*Schedule, error) {
	s := &Schedule{query: q, rules: q.Rules.lists(q.Country, q.Regions)}
	s.locations = make([]*time.Location, 0, len(q.Zones))
	for _, name := range q.Zones {
		loc, err := q.Rules.location(name)
		if err != nil {
			return nil, fmt.Errorf("load zone %q: %w", name, err)
		}
		s.locations = append(s.locations, loc)
	}
	if len(s.locations) == 0 {
		return nil, ErrUnknownZone
	}
	return s, nil
}

// location loads a zone, from memory when it was asked for before.
func (r *Rules) location(name string) (*time.Location, error) {
	if r == nil {
		return loadLocation(name)
	}
	if loc, ok := r.locations.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := loadLocation(name)
	if err != nil {
		return nil, err
	}
	r.locations.Store(name, loc)
	return loc, nil
}

// At says whether the window is open at now in every zone.
func (s *Schedule) At(now time.Time) Answer {
	var a Answer
	for _, loc := range s.locations {
		open, dayOff := s.inZone(now, loc)
		a.ClosedDay = a.ClosedDay || dayOff
		a.QuietHours = a.QuietHours || !open && !dayOff
	}
	opening, closes, found := s.search(now)
	switch {
	case !found:
	case opening.Equal(now):
		a.Open, a.ClosesAt = true, closes
	default:
		a.Next = opening
	}
	return a
}

func (s *Schedule) inZone(now time.Time, loc *time.Location) (open, dayOff bool) {
	from, to, ok := s.hours(dateOf(now.In(loc)), loc)
	return ok && !now.Before(from) && now.Before(to), !ok
}

// search returns the first instant at or after t that is open in all zones,
// and when the first of them closes. Each round moves t to the latest of the
// zones' next openings, until none of them moves it.
func (s *Schedule) search(t time.Time) (opening, closes time.Time, found bool) {
	last := t.AddDate(0, 0, SearchDays)
	for {
		latest, closes := t, time.Time{}
		for _, loc := range s.locations {
			from, to, ok := s.next(t, last, loc)
			if !ok {
				return time.Time{}, time.Time{}, false
			}
			if from.After(latest) {
				latest = from
			}
			if closes.IsZero() || to.Before(closes) {
				closes = to
			}
		}
		if latest.Equal(t) {
			return t, closes, true
		}
		t = latest
	}
}

// next returns the hours in loc that t lies in, or else the first after it,
// as long as they begin no later than last.
func (s *Schedule) next(t, last time.Time, loc *time.Location) (from, to time.Time, ok bool) {
	for date := dateOf(t.In(loc)); ; date = date.AddDate(0, 0, 1) {
		from, to, ok := s.hours(date, loc)
		if ok && t.Before(to) {
			return from, to, !from.After(last)
		}
		if date.After(last) {
			return time.Time{}, time.Time{}, false
		}
	}
}

// hours returns from when to when, less the margin, contact is allowed on a
// date (midnight UTC) by the clocks of loc; not ok means not at all.
func (s *Schedule) hours(date time.Time, loc *time.Location) (from, to time.Time, ok bool) {
	weekday := date.Weekday()
	w := s.query.Window
	if !w.Days.Has(weekday) || s.isHoliday(date) {
		return time.Time{}, time.Time{}, false
	}
	for _, list := range s.rules {
		rule := inForce(list, date)
		if rule == nil {
			continue
		}
		if rule.HolidaysBarred && s.barredBy(rule, date) {
			return time.Time{}, time.Time{}, false
		}
		if !rule.narrow(&w, weekday) {
			return time.Time{}, time.Time{}, false
		}
	}
	if s.query.Closed != nil && s.query.Closed(wallTime(date, 12*60, loc)) {
		return time.Time{}, time.Time{}, false
	}
	from = wallTime(date, w.Open, loc)
	to = wallTime(date, w.Close, loc).Add(-w.Margin)
	return from, to, from.Before(to)
}

// narrow cuts w down to the rule's hours on a weekday, and reports whether the
// rule has any on it.
func (rule *Rule) narrow(w *Window, weekday time.Weekday) bool {
	if len(rule.Windows) == 0 {
		return true
	}
	for _, own := range rule.Windows {
		if own.Days.Has(weekday) {
			w.Open, w.Close = max(w.Open, own.Open), min(w.Close, own.Close)
			return true
		}
	}
	return false
}

func (s *Schedule) isHoliday(date time.Time) bool {
	return s.query.Holidays != nil && s.onDay(nil, date, s.query.Holidays)
}

func (s *Schedule) barredBy(rule *Rule, date time.Time) bool {
	return s.onDay(rule, date, func(year int) []Day { return daysOf(rule.holidays, year) })
}

// onDay reports whether date is one of the days of a source, which is asked
// once for each year.
func (s *Schedule) onDay(source *Rule, date time.Time, list func(year int) []Day) bool {
	year, month, day := date.Date()
	i := slices.IndexFunc(s.calendar, func(y yearDays) bool { return y.source == source && y.year == year })
	if i < 0 {
		i = len(s.calendar)
		s.calendar = append(s.calendar, yearDays{source, year, list(year)})
	}
	return slices.ContainsFunc(s.calendar[i].days, func(d Day) bool {
		return d.Year == year && d.Month == month && d.Day == day
	})
}

// dateOf returns the date that t shows, as midnight UTC: a calendar without
// clock changes.
func dateOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// wallTime returns the instant at which clocks in loc show a time on a date.
func wallTime(date time.Time, at outreach.TimeOfDay, loc *time.Location) time.Time {
	return outreach.Instant(date.Add(time.Duration(at)*time.Minute), loc)
}
