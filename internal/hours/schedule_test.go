package hours

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestOpenAndNext(t *testing.T) {
	rules := shipped(t)
	shutWednesday := func(noon time.Time) bool { return noon.Weekday() == time.Wednesday }
	const ny, chi, la = "America/New_York", "America/Chicago", "America/Los_Angeles"
	tests := []struct {
		name   string
		zones  []string
		now    string // in the first zone
		closed func(time.Time) bool
		open   bool
		then   string // ClosesAt or Next, in the first zone; "" for never
		quiet  bool
		dayOff bool
	}{
		{"open", []string{ny}, "2026-12-07 09:00", nil, true, "2026-12-07 18:50", false, false},
		{"last minute", []string{ny}, "2026-12-07 18:49", nil, true, "2026-12-07 18:50", false, false},
		{"margin", []string{ny}, "2026-12-07 18:50", nil, false, "2026-12-08 09:00", true, false},
		{"early", []string{ny}, "2026-12-07 08:59", nil, false, "2026-12-07 09:00", true, false},
		{"Sunday", []string{ny}, "2026-12-06 12:00", nil, false, "2026-12-07 09:00", false, true},
		{"Saturday night", []string{ny}, "2026-12-05 23:00", nil, false, "2026-12-07 09:00", true, false},
		{"two zones", []string{ny, la}, "2026-12-07 12:00", nil, true, "2026-12-07 18:50", false, false},
		{"two zones, one quiet", []string{ny, la}, "2026-12-07 11:59", nil, false, "2026-12-07 12:00", true, false},
		{"two zones, other quiet", []string{la, ny}, "2026-12-07 16:00", nil, false, "2026-12-08 09:00", true, false},
		{"Thanksgiving", []string{ny}, "2026-11-26 12:00", nil, false, "2026-11-27 09:00", false, true},
		{"shop closed", []string{ny}, "2026-12-09 12:00", shutWednesday, false, "2026-12-10 09:00", false, true},
		{"quiet here, closed there", []string{chi, "Pacific/Auckland"}, "2026-12-08 20:00", shutWednesday, false, "2026-12-10 14:00", true, true},
		{"no common hour", []string{ny, "Asia/Tokyo"}, "2026-12-07 12:00", nil, false, "", true, false},
		{"spring forward", []string{ny}, "2027-03-13 19:00", nil, false, "2027-03-15 09:00", true, false},
		{"fall back", []string{ny}, "2027-11-06 19:00", nil, false, "2027-11-08 09:00", true, false},
		{"new year", []string{ny}, "2027-12-30 20:00", nil, false, "2028-01-03 09:00", true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := Query{
				Zones: tt.zones, Window: DefaultWindow(), Rules: rules, Country: "US",
				Holidays: FederalHolidays, Closed: tt.closed,
			}
			a, err := open(at(t, tt.zones[0], tt.now), q)
			if err != nil {
				t.Fatal(err)
			}
			if a.Open != tt.open || a.QuietHours != tt.quiet || a.ClosedDay != tt.dayOff {
				t.Errorf("got %+v", a)
			}
			got := a.Next
			if a.Open {
				got = a.ClosesAt
			}
			if tt.then == "" && !got.IsZero() || tt.then != "" && !got.Equal(at(t, tt.zones[0], tt.then)) {
				t.Errorf("got %v, want %q", got, tt.then)
			}
		})
	}
}

// On the days the clocks change a window is open at the same times by the
// clock as on any other, in a zone with such a change at night and with one
// that skips the very opening hour.
func TestClockChanges(t *testing.T) {
	week := Window{Days: 0x7f, Open: 9 * 60, Close: 19 * 60}
	early := Window{Days: 0x7f, Open: 2*60 + 30, Close: 19 * 60}
	tests := []struct {
		name, zone, now string
		window          Window
		want            string // RFC 3339
	}{
		{"spring", "America/New_York", "2027-03-14 08:00", week, "2027-03-14T09:00:00-04:00"},
		{"fall", "America/New_York", "2027-11-07 00:30", week, "2027-11-07T09:00:00-05:00"},
		{"opening skipped", "America/New_York", "2027-03-14 00:30", early, "2027-03-14T03:00:00-04:00"},
		{"St. John's", "America/St_Johns", "2027-03-14 00:30", week, "2027-03-14T09:00:00-02:30"},
		{"Phoenix", "America/Phoenix", "2027-03-14 00:30", week, "2027-03-14T09:00:00-07:00"},
	}
	for _, tt := range tests {
		a, err := open(at(t, tt.zone, tt.now), Query{Zones: []string{tt.zone}, Window: tt.window})
		if err != nil || a.Next.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: next %v (%v), want %s", tt.name, a.Next.Format(time.RFC3339), err, tt.want)
		}
	}
}

// The intersection of 10:00 to 17:00 over the 48 states, by hand: 18:00 to
// 22:00 UTC in winter, 17:00 to 21:00 in summer.
func TestMainlandIntersection(t *testing.T) {
	q := Query{
		Zones:  []string{"America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles"},
		Window: Window{Days: 0x7f, Open: 10 * 60, Close: 17 * 60},
	}
	for day, want := range map[string][2]int{"2026-12-01": {18, 22}, "2027-07-01": {17, 21}} {
		midnight, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		for minute := 0; minute < 24*60; minute += 15 {
			now := midnight.Add(time.Duration(minute) * time.Minute)
			a, err := open(now, q)
			if err != nil {
				t.Fatal(err)
			}
			if inside := minute >= want[0]*60 && minute < want[1]*60; a.Open != inside {
				t.Errorf("%v: open %v, want %v", now, a.Open, inside)
			}
		}
	}
}

func TestUnknownZones(t *testing.T) {
	for _, zones := range [][]string{nil, {""}, {"Local"}, {"Mars/Olympus"}, {"America/New_York", "x"}} {
		if _, err := open(time.Now(), Query{Zones: zones, Window: DefaultWindow(), Rules: shipped(t)}); !errors.Is(err, ErrUnknownZone) {
			t.Errorf("%q: error %v", zones, err)
		}
	}
}

// What Open names as the next opening is open, and nothing before it is.
func TestNextIsTheFirstOpening(t *testing.T) {
	rules := shipped(t)
	names := []string{
		"America/New_York", "America/Los_Angeles", "America/St_Johns", "America/Phoenix",
		"Pacific/Honolulu", "America/Adak", "America/Puerto_Rico", "America/Regina",
	}
	rapid.Check(t, func(t *rapid.T) {
		q := Query{
			Zones:    rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 4, rapid.ID[string]).Draw(t, "zones"),
			Window:   DefaultWindow(),
			Rules:    rules,
			Regions:  []string{rapid.SampledFrom([]string{"", "FL", "RI", "TX", "ME", "LA", "BC", "ON", "UT"}).Draw(t, "region")},
			Holidays: FederalHolidays,
		}
		const start, end = 1_767_225_600, 1_893_456_000 // 2026 to 2030
		now := time.Unix(rapid.Int64Range(start, end).Draw(t, "now"), 0)
		a, err := open(now, q)
		if err != nil {
			t.Fatal(err)
		}
		if a.Open {
			for _, step := range []time.Duration{0, -time.Nanosecond} {
				when := a.ClosesAt.Add(step)
				if b, _ := open(when, q); b.Open != (step < 0) {
					t.Fatalf("closes at %v, but open %v at %v", a.ClosesAt, b.Open, when)
				}
			}
			return
		}
		if !a.QuietHours && !a.ClosedDay {
			t.Fatal("closed for no reason")
		}
		end2 := a.Next
		if a.Next.IsZero() {
			end2 = now.AddDate(0, 0, 3)
		} else if b, _ := open(a.Next, q); !b.Open {
			t.Fatalf("next opening %v is not open: %+v", a.Next, b)
		}
		for when := now; when.Before(end2); when = when.Add(17 * time.Minute) {
			if b, _ := open(when, q); b.Open {
				t.Fatalf("open at %v, before the next opening %v", when, a.Next)
			}
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	rules := shipped(b)
	one := Query{
		Zones: []string{"America/New_York"}, Window: DefaultWindow(), Rules: rules,
		Country: "US", Regions: []string{"PA", "NY"}, Holidays: FederalHolidays,
	}
	four := one
	four.Zones = []string{"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"}
	tuesday := at(b, "America/New_York", "2026-12-08 12:00")
	thanksgiving := at(b, "America/New_York", "2026-11-26 12:00")
	for _, bm := range []struct {
		name string
		now  time.Time
		q    Query
	}{{"open/1", tuesday, one}, {"open/4", tuesday, four}, {"next/1", thanksgiving, one}, {"next/4", thanksgiving, four}} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := open(bm.now, bm.q); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// open asks about one instant.
func open(now time.Time, q Query) (Answer, error) {
	s, err := NewSchedule(q)
	if err != nil {
		return Answer{}, err
	}
	return s.At(now), nil
}
