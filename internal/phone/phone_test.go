package phone_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/phone"
)

func TestNormalize(t *testing.T) {
	tests := []struct {
		raw, region string
		want        string
		err         error
	}{
		{"(212) 555-0123", "US", "+12125550123", nil},
		{"212.555.0123", "", "+12125550123", nil},
		{" 1-212-555-0123 ", "US", "+12125550123", nil},
		{"+1 212 555 0123", "CA", "+12125550123", nil},
		{"tel:+1-212-555-0123", "US", "+12125550123", nil},
		{"２１２５５５０１２３", "US", "+12125550123", nil},
		{"2125550123\u00a0", "US", "+12125550123", nil},
		{"2125550123 cell", "US", "+12125550123", nil},
		{"Cell: 212-555-0123 (wife)", "US", "+12125550123", nil},
		{"604-555-0123", "CA", "+16045550123", nil},
		{"787-555-0123", "US", "+17875550123", nil},
		{"2125550123.0", "US", "+12125550123", nil},
		{"12125550123.00", "US", "+12125550123", nil},
		{"2.125550123E+09", "US", "+12125550123", nil},
		{"1.2125550123E+10", "US", "+12125550123", nil},
		{"2.125550123e9", "US", "+12125550123", nil},
		{"5.55123E+09", "US", "", phone.ErrImprecise},
		{"2.12555E+09", "US", "", phone.ErrImprecise},
		{"2E+09", "US", "", phone.ErrImprecise},
		{"", "US", "", phone.ErrEmpty},
		{"N/A", "US", "", phone.ErrEmpty},
		{"none", "US", "", phone.ErrEmpty},
		{"212-555-0123 x12", "US", "", phone.ErrExtension},
		{"2125550123x12", "US", "", phone.ErrExtension},
		{"212-555-0123 ext. 4", "US", "", phone.ErrExtension},
		{"212-555-0123 #4", "US", "", phone.ErrExtension},
		{"212-555-0123;ext=4", "US", "", phone.ErrExtension},
		{"212-555-0123 / 212-555-0124", "US", "", phone.ErrSeveral},
		{"212-555-0123 or 555-0124", "US", "", phone.ErrSeveral},
		{"212-555-0123, 212-555-0124", "US", "", phone.ErrSeveral},
		{"2125550123 2125550124", "US", "", phone.ErrSeveral},
		{"555-0147", "US", "", phone.ErrInvalid},
		{"+1 555 123 4567", "US", "", phone.ErrInvalid},
		{"000-000-0000", "US", "", phone.ErrInvalid},
		{"1-800-FLOWERS", "US", "", phone.ErrInvalid},
		{"212555012", "US", "", phone.ErrInvalid},
		{"+1 246 250 0123", "US", "", phone.ErrForeign},
		{"+44 20 7946 0123", "US", "", phone.ErrForeign},
	}
	for _, tt := range tests {
		got, err := phone.Normalize(tt.raw, tt.region)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("Normalize(%q, %q) = %q, %v; want %q, %v", tt.raw, tt.region, got, err, tt.want, tt.err)
		}
	}
}

// Whatever comes in, what comes out is a number that comes out again unchanged.
func TestNormalizeIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`[+(]?1?[2-9][0-9]{2}[)-. ]{0,2}[2-9][0-9]{6}[ a-z]{0,5}`)).Draw(t, "raw")
		once, err := phone.Normalize(raw, "US")
		if err != nil {
			return
		}
		if !regexp.MustCompile(`^\+1[2-9]\d{9}$`).MatchString(once) {
			t.Fatalf("Normalize(%q) = %q", raw, once)
		}
		if twice, err := phone.Normalize(once, "CA"); twice != once || err != nil {
			t.Fatalf("Normalize(%q) = %q, %v", once, twice, err)
		}
	})
}

func TestZones(t *testing.T) {
	tests := map[string]string{ // vectors executed with the library, then the overrides
		"+12125550123": "America/New_York",
		"+12067798181": "America/Los_Angeles",
		"+18504320800": "America/Chicago",
		"+18502220100": "America/New_York",
		"+13082108578": "America/Chicago",
		"+16055550123": "America/Denver America/North_Dakota/Center",
		"+12085550123": "America/Boise America/Los_Angeles",
		"+19155550123": "America/Denver",
		"+19075550123": "America/Adak America/Anchorage",
		"+14805550123": "America/Phoenix",
		"+13065550123": "America/Regina",
		"+14485550123": "America/Chicago America/New_York",
		"+14585550123": "America/Boise America/Los_Angeles",
		"+17095550123": "America/Goose_Bay America/St_Johns",
		"+18675550123": "America/Iqaluit America/Rankin_Inlet America/Whitehorse America/Yellowknife",
		"+18005551212": "",
		"+15005550006": "",
		"+15551234567": "",
		"":             "",
		"junk":         "",
	}
	for number, want := range tests {
		if got := strings.Join(phone.Zones(number), " "); got != want {
			t.Errorf("Zones(%s) = %q, want %q", number, got, want)
		}
	}
}

func TestState(t *testing.T) {
	tests := []struct{ number, state, country string }{
		{"+13055550123", "FL", "US"},
		{"+14485550123", "FL", "US"},
		{"+14055550123", "OK", "US"},
		{"+15035550123", "OR", "US"},
		{"+12065550123", "WA", "US"},
		{"+16045550123", "BC", "CA"},
		{"+18675550123", "YT", "CA"},
		{"+17875550123", "PR", "US"},
		{"+18005551212", "", ""},
		{"+442079460123", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if s, c := phone.State(tt.number), phone.Region(tt.number); s != tt.state || c != tt.country {
			t.Errorf("%s: state %q, country %q; want %q, %q", tt.number, s, c, tt.state, tt.country)
		}
	}
}

// The area code table agrees with the library on every number that the library
// can place in a state, and knows each code the library holds for valid.
func TestAreaCodesAgainstLibrary(t *testing.T) {
	placed := map[string]bool{}
	for code := 200; code < 1000; code++ {
		for exchange := 234; exchange < 1000; exchange += 222 {
			number, err := phonenumbers.Parse(fmt.Sprintf("+1%d%d0123", code, exchange), "US")
			if err != nil || !phonenumbers.IsValidNumber(number) {
				continue
			}
			e164 := phonenumbers.Format(number, phonenumbers.E164)
			if region := phonenumbers.GetRegionCodeForNumber(number); len(phone.Zones(e164)) > 0 &&
				slices.Contains([]string{"US", "CA"}, region) && phone.Region(e164) != region {
				t.Errorf("Region(%s) = %q, want %q", e164, phone.Region(e164), region)
			}
			place, err := phonenumbers.GetGeocodingForNumber(number, "en")
			if err != nil {
				t.Fatal(err)
			}
			if comma := strings.LastIndex(place, ", "); comma > 0 && len(place) == comma+4 {
				placed[e164[:5]] = true
				if want := place[comma+2:]; phone.State(e164) != want {
					t.Errorf("State(%s) = %q, the library says %q", e164, phone.State(e164), place)
				}
			}
		}
	}
	if len(placed) < 100 {
		t.Errorf("only %d codes could be compared", len(placed))
	}
}
