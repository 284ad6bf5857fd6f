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

// Schedule is a prepared Query, to be asked about several instants. It is for
// one goroutine.
type Schedule struct {
	query    Query
	zones    []zone
	rules    [][]Rule
	calendar []yearDays // the query's holidays met so far
}

// zone is a candidate, with the hours of the date that was asked about last:
// the same few dates come up again and again.
type zone struct {
	*time.Location
	date     time.Time
	from, to time.Time
	open     bool
}

type yearDays struct {
	year int
	days []Day
}

// NewSchedule prepares q. The error is ErrUnknownZone.
func NewSchedule(q Query) (*Schedule, error) {
	s := &Schedule{query: q, rules: q.Rules.lists(q.Country, q.Regions)}
	s.zones = make([]zone, 0, len(q.Zones))
	for _, name := range q.Zones {
		loc, err := q.Rules.location(name)
		if err != nil {
			return nil, fmt.Errorf("load zone %q: %w", name, err)
		}
		s.zones = append(s.zones, zone{Location: loc})
	}
	if len(s.zones) == 0 {
		return nil, ErrUnknownZone
	}
	return s, nil
}

// At says whether the window is open at now in every zone.
func (s *Schedule) At(now time.Time) Answer {
	opening, closes, found := s.search(now)
	if found && opening.Equal(now) {
		return Answer{Open: true, ClosesAt: closes}
	}
	a := Answer{Next: opening}
	for i := range s.zones {
		z := &s.zones[i]
		from, to, ok := s.hours(dateOf(now.In(z.Location)), z)
		a.ClosedDay = a.ClosedDay || !ok
		a.QuietHours = a.QuietHours || ok && (now.Before(from) || !now.Before(to))
	}
	return a
}

// search returns the first instant at or after t that is open in all zones,
// and when the first of them closes. Each round moves t to the latest of the
// zones' next openings, until none of them moves it.
func (s *Schedule) search(t time.Time) (opening, closes time.Time, found bool) {
	last := t.AddDate(0, 0, SearchDays)
	for {
		latest, closes := t, time.Time{}
		for i := range s.zones {
			from, to, ok := s.next(t, last, &s.zones[i])
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

// next returns the hours in a zone that t lies in, or else the first after it,
// as long as they begin no later than last.
func (s *Schedule) next(t, last time.Time, z *zone) (from, to time.Time, ok bool) {
	for date := dateOf(t.In(z.Location)); ; date = date.AddDate(0, 0, 1) {
		from, to, ok := s.hours(date, z)
		if ok && t.Before(to) {
			return from, to, !from.After(last)
		}
		if date.After(last) {
			return time.Time{}, time.Time{}, false
		}
	}
}

// hours returns from when to when, less the margin, contact is allowed on a
// date (midnight UTC) by the clocks of a zone; not ok means not at all.
func (s *Schedule) hours(date time.Time, z *zone) (from, to time.Time, ok bool) {
	if !z.date.Equal(date) {
		z.date, z.open = date, false
		if w, ok := s.windowOn(date, z.Location); ok {
			z.from = wallTime(date, w.Open, z.Location)
			z.to = wallTime(date, w.Close, z.Location).Add(-w.Margin)
			z.open = z.from.Before(z.to)
		}
	}
	return z.from, z.to, z.open
}

// windowOn narrows the shop's window to what the law allows on a date, and
// reports whether the date is one for contacts at all.
func (s *Schedule) windowOn(date time.Time, loc *time.Location) (w Window, ok bool) {
	w = s.query.Window
	weekday := date.Weekday()
	if !w.Days.Has(weekday) || s.isHoliday(date) {
		return w, false
	}
	for _, list := range s.rules {
		rule := inForce(list, date)
		if rule == nil {
			continue
		}
		if rule.HolidaysBarred && onDay(date, s.query.Rules.holidays(rule, date.Year())) || !rule.narrow(&w, weekday) {
			return w, false
		}
	}
	return w, s.query.Closed == nil || !s.query.Closed(wallTime(date, 12*60, loc))
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

// isHoliday asks the query's calendar once for each year.
func (s *Schedule) isHoliday(date time.Time) bool {
	if s.query.Holidays == nil {
		return false
	}
	year := date.Year()
	i := slices.IndexFunc(s.calendar, func(y yearDays) bool { return y.year == year })
	if i < 0 {
		i = len(s.calendar)
		s.calendar = append(s.calendar, yearDays{year, s.query.Holidays(year)})
	}
	return onDay(date, s.calendar[i].days)
}

func onDay(date time.Time, days []Day) bool {
	year, month, day := date.Date()
	for i := range days {
		if d := &days[i]; d.Day == day && d.Month == month && d.Year == year {
			return true
		}
	}
	return false
}

// dateOf returns the date that t shows, as midnight UTC: a calendar without
// clock changes.
func dateOf(t time.Time) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// wallTime returns the instant at which clocks in loc show a time on a date.
func wallTime(date time.Time, at outreach.TimeOfDay, loc *time.Location) time.Time {
	year, month, day := date.Date()
	t := time.Date(year, month, day, 0, int(at), 0, 0, loc)
	_, before := t.Add(-2 * time.Hour).Zone()
	_, after := t.Add(2 * time.Hour).Zone()
	if before == after {
		return t // no clock change is near that would make the time doubtful
	}
	return outreach.Instant(date.Add(time.Duration(at)*time.Minute), loc)
}
