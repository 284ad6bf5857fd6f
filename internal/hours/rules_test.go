package hours

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func shipped(t testing.TB) *Rules {
	t.Helper()
	rules, err := ShippedRules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func at(t testing.TB, zone, wall string) time.Time {
	t.Helper()
	loc, err := loadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", wall, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// always is a window as wide as the day, so that only the law narrows it.
func always() Window { return Window{Days: 0x7f, Open: 0, Close: 24 * 60} }

// First and last minute of each row of the state table, and the minutes
// around them. 2026-12-07 is a Monday.
func TestStateWindows(t *testing.T) {
	const mon, sat, sun = "2026-12-07", "2026-12-12", "2026-12-13"
	tests := []struct {
		region, zone, date string
		open, close        string // "" when closed all day
	}{
		{"", "America/New_York", mon, "08:00", "21:00"},
		{"CA", "America/Los_Angeles", sun, "08:00", "21:00"},
		{"AL", "America/Chicago", mon, "08:00", "20:00"},
		{"AL", "America/Chicago", sun, "", ""},
		{"CT", "America/New_York", sun, "09:00", "20:00"},
		{"FL", "America/New_York", sun, "08:00", "20:00"},
		{"KY", "America/New_York", mon, "10:00", "21:00"},
		{"LA", "America/Chicago", sat, "08:00", "20:00"},
		{"LA", "America/Chicago", sun, "", ""},
		{"MA", "America/New_York", mon, "08:00", "20:00"},
		{"NJ", "America/New_York", mon, "08:00", "20:00"},
		{"MI", "America/Detroit", mon, "09:00", "21:00"},
		{"MN", "America/Chicago", mon, "09:00", "21:00"},
		{"NM", "America/Denver", mon, "09:00", "21:00"},
		{"NV", "America/Los_Angeles", mon, "09:00", "20:00"},
		{"MD", "America/New_York", mon, "08:00", "20:00"},
		{"ME", "America/New_York", mon, "09:00", "17:00"},
		{"ME", "America/New_York", sat, "", ""},
		{"MS", "America/Chicago", sun, "", ""},
		{"OK", "America/Chicago", mon, "08:00", "20:00"},
		{"OR", "America/Los_Angeles", mon, "08:00", "20:00"},
		{"PA", "America/New_York", mon, "09:00", "19:00"},
		{"PA", "America/New_York", sun, "", ""},
		{"PA", "America/New_York", "2026-10-11", "08:00", "21:00"}, // a Sunday before SB 992
		{"RI", "America/New_York", mon, "09:00", "18:00"},
		{"RI", "America/New_York", sun, "10:00", "17:00"},
		{"TX", "America/Chicago", mon, "09:00", "21:00"},
		{"TX", "America/Chicago", sun, "12:00", "21:00"},
		{"UT", "America/Denver", mon, "08:00", "21:00"},
		{"VA", "America/New_York", mon, "08:00", "21:00"},
		{"WA", "America/Los_Angeles", mon, "08:00", "20:00"},
		{"WY", "America/Denver", mon, "08:00", "20:00"},
		{"OR", "America/Los_Angeles", "2025-12-31", "08:00", "21:00"}, // before HB 3865
		{"ON", "America/Toronto", mon, "09:00", "21:30"},
		{"ON", "America/Toronto", sun, "10:00", "18:00"},
		{"BC", "America/Vancouver", mon, "09:00", "21:30"},
		// Holidays where they are barred, and where they are not.
		{"NY", "America/New_York", "2026-12-25", "08:00", "21:00"},
		{"UT", "America/Denver", "2026-12-25", "", ""},
		{"UT", "America/Denver", "2027-07-24", "", ""},  // Pioneer Day
		{"UT", "America/Denver", "2027-07-23", "", ""},  // as observed
		{"LA", "America/Chicago", "2027-02-09", "", ""}, // Mardi Gras
		{"LA", "America/Chicago", "2027-03-26", "", ""}, // Good Friday
		{"AL", "America/Chicago", "2027-04-26", "", ""}, // Confederate Memorial Day
		{"MS", "America/Chicago", "2027-04-26", "", ""},
		{"PA", "America/New_York", "2027-06-14", "", ""}, // Flag Day
		{"RI", "America/New_York", "2027-08-09", "", ""}, // Victory Day
		{"RI", "America/New_York", "2026-11-03", "", ""}, // Election Day
		{"BC", "America/Vancouver", "2027-07-01", "", ""},
		{"BC", "America/Vancouver", "2027-02-15", "", ""}, // Family Day
		{"ON", "America/Toronto", "2027-07-01", "09:00", "21:30"},
	}
	rules := shipped(t)
	for _, tt := range tests {
		t.Run(tt.region+" "+tt.date, func(t *testing.T) {
			q := Query{Zones: []string{tt.zone}, Window: always(), Rules: rules, Regions: []string{tt.region}}
			check := func(when time.Time, want bool) {
				t.Helper()
				a, err := open(when, q)
				if err != nil || a.Open != want {
					t.Errorf("open at %s: %v, %v; want %v", when.Format(time.RFC822), a.Open, err, want)
				}
			}
			if tt.open == "" {
				for hour := range 24 {
					check(at(t, tt.zone, fmt.Sprintf("%s %02d:30", tt.date, hour)), false)
				}
				return
			}
			open, closes := at(t, tt.zone, tt.date+" "+tt.open), at(t, tt.zone, tt.date+" "+tt.close)
			check(open.Add(-time.Nanosecond), false)
			check(open, true)
			check(closes.Add(-time.Nanosecond), true)
			check(closes, false)
		})
	}
}

// Monday to Friday, 10:00 to 17:00, no holidays is inside every row.
func TestStrictPresetIsInsideEveryRow(t *testing.T) {
	rules := shipped(t)
	for region := range rules.rows {
		if len(region) != 2 {
			region = ""
		}
		for day := 1; day <= 365; day++ {
			date := time.Date(2027, 1, day, 0, 0, 0, 0, time.UTC)
			if wd := date.Weekday(); wd == time.Saturday || wd == time.Sunday {
				continue
			}
			for _, hour := range []int{10, 16} {
				when := date.Add(time.Duration(hour)*time.Hour + 59*time.Minute)
				a, err := open(when, Query{Zones: []string{"UTC"}, Window: always(), Rules: rules, Regions: []string{region}})
				if err != nil || a.QuietHours {
					t.Fatalf("%s: quiet at %v (%v)", region, when, err)
				}
			}
		}
	}
}

func TestCap(t *testing.T) {
	rules := shipped(t)
	now := time.Date(2026, 12, 7, 12, 0, 0, 0, time.UTC)
	for _, regions := range [][]string{{"FL"}, {"MD"}, {"OK"}, {"OR"}, {""}, {"NY", "FL"}, {"ON"}} {
		if got := rules.Cap(now, "", regions...); got != 3 {
			t.Errorf("Cap(%v) = %d, want 3", regions, got)
		}
	}
	if got := (*Rules)(nil).Cap(now, "US", "FL"); got != 0 {
		t.Errorf("no rules: Cap = %d, want 0", got)
	}
}

func TestEveryRowHasItsSource(t *testing.T) {
	for region, list := range shipped(t).rows {
		for _, rule := range list {
			if rule.Source == "" || rule.EffectiveFrom.IsZero() || rule.VerifiedOn.IsZero() {
				t.Errorf("%s: source %q, effective %v, verified %v", region, rule.Source, rule.EffectiveFrom, rule.VerifiedOn)
			}
		}
	}
}

func TestReadRulesRefuses(t *testing.T) {
	const nations = `
- {region: USA, effective_from: 1992-12-20, source: law, verified_on: 2026-11-22}
- {region: CAN, effective_from: 2008-09-30, source: law, verified_on: 2026-11-22}
`
	row := func(s string) string { return nations + "- {region: FL, " + s + "}\n" }
	const rest = "effective_from: 2021-07-01, source: law, verified_on: 2026-11-22"
	tests := []struct{ name, file, want string }{
		{"good", row(rest), ""},
		{"empty", "", "read rules file"},
		{"not yaml", "\t", "read rules file"},
		{"unknown key", row(rest + ", windwos: []"), "windwos"},
		{"no nation", "- {region: FL, " + rest + "}", "no row for USA"},
		{"region", nations + "- {region: Florida, " + rest + "}", "row 3 (Florida): region"},
		{"date", row("effective_from: July 1, source: law, verified_on: 2026-11-22"), "effective_from is"},
		{"no source", row("effective_from: 2021-07-01, verified_on: 2026-11-22"), "source is missing"},
		{"day", row(rest + `, windows: [{days: mo-fr, open: "08:00", close: "20:00"}]`), `"mo-fr" is not a day`},
		{"hour", row(rest + `, windows: [{days: mon, open: "8am", close: "20:00"}]`), `"8am" is not a time of day`},
		{"late", row(rest + `, windows: [{days: mon, open: "08:00", close: "24:01"}]`), `"24:01" is not a time of day`},
		{"backwards", row(rest + `, windows: [{days: mon, open: "20:00", close: "08:00"}]`), "does not come before"},
		{"day twice", row(rest + `, windows: [{days: mon-fri, open: "08:00", close: "20:00"}, {days: fri, open: "09:00", close: "10:00"}]`), "second time"},
		{"holidays", row(rest + ", holidays: no"), "write barred"},
		{"unknown holiday", row(rest + ", holidays: barred, own_holidays: [Pi Day]"), "Pi Day"},
		{"holidays not barred", row(rest + ", own_holidays: [Pioneer Day]"), "only a row with"},
		{"cap", row(rest + ", cap_24h: -1"), "negative"},
		{"same day", row(rest) + "- {region: FL, " + rest + "}", "two rows for FL"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ReadRules("rules.yaml", strings.NewReader(tt.file))
			switch {
			case tt.want == "" && err != nil:
				t.Fatalf("unexpected error: %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Fatalf("error %v does not say %q", err, tt.want)
			}
		})
	}
}

func TestFederalHolidays(t *testing.T) {
	want := []string{ // 5 USC 6103: as observed, and a Saturday's or Sunday's own date
		"2026-07-03", "2026-07-04", "2026-11-26", "2026-12-25",
		"2027-06-18", "2027-06-19", "2027-07-05", "2027-07-04", "2027-12-24", "2027-12-25", "2027-12-31",
		"2028-01-01", "2028-11-10", "2028-11-11",
	}
	for _, date := range want {
		if !holiday(t, date) {
			t.Errorf("%s is not a federal holiday", date)
		}
	}
	for _, date := range []string{"2026-07-02", "2026-11-27", "2027-01-02", "2027-12-30", "2028-01-03", "2026-12-24"} {
		if holiday(t, date) {
			t.Errorf("%s is a federal holiday", date)
		}
	}
}

// Ten business days is the law's limit to honor an opt-out; the dates were
// counted by hand.
func TestFederalHolidaysGiveBusinessDays(t *testing.T) {
	tests := map[string]string{
		"2026-11-20": "2026-12-07", "2026-12-18": "2027-01-05", "2026-12-24": "2027-01-11", "2027-06-11": "2027-06-28",
	}
	for from, want := range tests {
		date, err := time.Parse(time.DateOnly, from)
		if err != nil {
			t.Fatal(err)
		}
		for left := 10; left > 0; {
			date = date.AddDate(0, 0, 1)
			weekend := date.Weekday() == time.Saturday || date.Weekday() == time.Sunday
			if !weekend && !holiday(t, date.Format(time.DateOnly)) {
				left--
			}
		}
		if got := date.Format(time.DateOnly); got != want {
			t.Errorf("ten business days after %s: %s, want %s", from, got, want)
		}
	}
}

func holiday(t *testing.T, date string) bool {
	t.Helper()
	when, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range Holidays("US")(when.Year()) {
		if d.Month == when.Month() && d.Day == when.Day() {
			return true
		}
	}
	return false
}
