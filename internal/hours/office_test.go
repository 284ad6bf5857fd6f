package hours

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// office is open on weekdays from 8:00 to 18:00 in New York.
func office(t *testing.T) Office {
	t.Helper()
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return Office{
		Location: loc, From: 8 * 60, To: 18 * 60, Holidays: FederalHolidays,
		Open: func(day time.Time) bool { return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday },
	}
}

func TestOfficeAfter(t *testing.T) {
	weekdays := office(t)
	night := weekdays
	night.From, night.To, night.Open = 0, 24*60, nil
	shut := weekdays
	shut.Open = func(time.Time) bool { return false }
	gap := weekdays // the clock change takes all of its hours
	gap.From, gap.To, gap.Open = 130, 170, nil
	const ny = "America/New_York"
	for _, tt := range []struct {
		name   string
		office Office
		from   string
		d      time.Duration
		want   string
	}{
		{"within a day", weekdays, "2026-12-07 10:00", 2 * time.Hour, "2026-12-07 12:00"},
		{"up to closing time", weekdays, "2026-12-07 16:00", 2 * time.Hour, "2026-12-07 18:00"},
		{"over night", weekdays, "2026-12-07 17:00", 2 * time.Hour, "2026-12-08 09:00"},
		{"before opening", weekdays, "2026-12-07 06:30", 2 * time.Hour, "2026-12-07 10:00"},
		{"at closing time", weekdays, "2026-12-07 18:00", 2 * time.Hour, "2026-12-08 10:00"},
		{"over the weekend", weekdays, "2026-12-04 17:59", 2 * time.Hour, "2026-12-07 09:59"},
		{"on a Sunday", weekdays, "2026-12-06 12:00", 2 * time.Hour, "2026-12-07 10:00"},
		{"over several days", weekdays, "2026-12-07 12:00", 25 * time.Hour, "2026-12-09 17:00"},
		{"a holiday on which it opens", weekdays, "2026-11-11 09:00", time.Hour, "2026-11-11 10:00"},
		{"nothing to count", weekdays, "2026-12-06 12:00", 0, "2026-12-07 08:00"},
		{"the night without an hour", night, "2027-03-14 01:30", time.Hour, "2027-03-14 03:30"},
		{"the night with one more", night, "2027-11-07 00:30", 3 * time.Hour, "2027-11-07 02:30"},
		{"hours that do not happen", gap, "2027-03-14 00:00", 10 * time.Minute, "2027-03-15 02:20"},
		{"never open", shut, "2026-12-07 10:00", 2 * time.Hour, "2026-12-07 12:00"},
	} {
		if got := tt.office.After(at(t, ny, tt.from), tt.d); !got.Equal(at(t, ny, tt.want)) {
			t.Errorf("%s: %s after %s is %s, want %s", tt.name, tt.d, tt.from, got, tt.want)
		}
	}
}

func TestOfficeEndOfDay(t *testing.T) {
	weekdays := office(t)
	daily := weekdays
	daily.Open, daily.Holidays = nil, nil
	shut := weekdays
	shut.Open = func(time.Time) bool { return false }
	const ny = "America/New_York"
	for _, tt := range []struct {
		name   string
		office Office
		from   string
		n      int
		want   string
	}{
		{"two days", weekdays, "2026-12-07 10:00", 2, "2026-12-09 18:00"},
		{"over the weekend", weekdays, "2026-12-03 23:59", 2, "2026-12-07 18:00"},
		{"from a Saturday", weekdays, "2026-12-05 12:00", 1, "2026-12-07 18:00"},
		{"Veterans Day is none", weekdays, "2026-11-10 12:00", 1, "2026-11-12 18:00"},
		{"every day", daily, "2026-11-10 12:00", 1, "2026-11-11 18:00"},
		{"never open", shut, "2026-12-07 10:00", 2, "2026-12-09 10:00"},
		// Ten business days, the most that 47 CFR 64.1200(a)(10) leaves for honoring a refusal.
		{"over Thanksgiving", weekdays, "2026-11-20 12:00", 10, "2026-12-07 18:00"},
		{"over New Year", weekdays, "2026-12-18 12:00", 10, "2027-01-05 18:00"},
		{"from Christmas Eve", weekdays, "2026-12-24 12:00", 10, "2027-01-11 18:00"},
		{"over Juneteenth, kept on a Friday", weekdays, "2027-06-11 12:00", 10, "2027-06-28 18:00"},
	} {
		if got := tt.office.EndOfDay(at(t, ny, tt.from), tt.n); !got.Equal(at(t, ny, tt.want)) {
			t.Errorf("%s: day %d after %s ends %s, want %s", tt.name, tt.n, tt.from, got, tt.want)
		}
	}
}

// TestOfficeCounts compares After with going minute by minute, and wants that
// counting on from where it stopped ends at the same instant.
func TestOfficeCounts(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"America/New_York", "America/St_Johns", "Pacific/Honolulu", "America/Havana"}).Draw(t, "zone")
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		from := rapid.IntRange(0, 23*60).Draw(t, "from")
		to := rapid.IntRange(from+30, 24*60).Draw(t, "to")
		days := rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 2, 7, rapid.ID[int]).Draw(t, "days")
		o := Office{
			Location: loc, From: outreach.TimeOfDay(from), To: outreach.TimeOfDay(to),
			Open: func(day time.Time) bool { return slices.Contains(days, int(day.Weekday())) },
		}
		now := start.Add(time.Duration(rapid.IntRange(0, 2*365*24*60).Draw(t, "now")) * time.Minute)
		a := time.Duration(rapid.IntRange(1, 150).Draw(t, "a")) * time.Minute
		b := time.Duration(rapid.IntRange(1, 150).Draw(t, "b")) * time.Minute

		end := o.After(now, a)
		// Earlier hours may happen twice, or not at all, on a night of the year.
		if want := minuteByMinute(o, now, a); from >= 3*60 && !end.Equal(want) {
			t.Fatalf("%s after %s is %s, want %s", a, now.In(loc), end.In(loc), want.In(loc))
		}
		if on, whole := o.After(end, b), o.After(now, a+b); !on.Equal(whole) {
			t.Fatalf("%s and then %s after %s is %s, both at once %s", a, b, now.In(loc), on.In(loc), whole.In(loc))
		}
	})
}

// minuteByMinute is After by a shorter and slower way.
func minuteByMinute(o Office, t time.Time, d time.Duration) time.Time {
	for d > 0 {
		l := t.In(o.Location)
		if clock := l.Hour()*60 + l.Minute(); o.Open(l) && clock >= int(o.From) && clock < int(o.To) {
			d -= time.Minute
		}
		t = t.Add(time.Minute)
	}
	return t
}
