package config

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "30s": 30 * time.Second, "1d": 24 * time.Hour, "7d": 7 * 24 * time.Hour,
		"1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "1.5h": 90 * time.Minute, "250ms": 250 * time.Millisecond,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("parseDuration(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "7", "d", "7 days", "-1d", "-5s", "1h1d", "99999d", "36500d2540400h", "1w"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("parseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestDurationsAreWrittenAsTheyAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(3000*24*time.Hour/time.Second)).Draw(t, "seconds")) * time.Second
		if got, err := parseDuration(formatDuration(d)); err != nil || got != d {
			t.Fatalf("%v is written %q and read as %v, %v", d, formatDuration(d), got, err)
		}
	})
	for want, d := range map[string]time.Duration{"0s": 0, "7d": 7 * 24 * time.Hour, "1h": time.Hour, "1h30m": 90 * time.Minute, "10m": 10 * time.Minute, "1m30s": 90 * time.Second} {
		if got := formatDuration(d); got != want {
			t.Errorf("formatDuration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestParseTimeOfDay(t *testing.T) {
	for text, want := range map[string]outreach.TimeOfDay{"9:00": 540, "09:05": 545, "0:00": 0, "23:59": 1439, "24:00": 1440} {
		if got, err := parseTimeOfDay(text); err != nil || got != want {
			t.Errorf("parseTimeOfDay(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "9", "9:0", "9:60", "24:01", "-1:00", "9:00am", "+9:00", ":30"} {
		if got, err := parseTimeOfDay(text); err == nil {
			t.Errorf("parseTimeOfDay(%q) = %v, want an error", text, got)
		}
	}
}

func TestNearest(t *testing.T) {
	keys := []string{"time_zone", "phone", "postal_code", "per_day"}
	for name, want := range map[string]string{
		"timezone": "time_zone", "time_zon": "time_zone", "Phone": "phone", "phoen": "phone", "postalcode": "postal_code",
		"per-day": "per_day", "zip": "", "hours": "", "": "",
	} {
		if got := nearest(name, keys); got != want {
			t.Errorf("nearest(%q) = %q, want %q", name, got, want)
		}
	}
}
