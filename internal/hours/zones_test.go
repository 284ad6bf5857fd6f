package hours

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestZones(t *testing.T) {
	tests := []struct {
		name                               string
		stated, postal, region, phone, own string
		want                               string
		certain                            bool
	}{
		{"stated wins alone", "America/Denver", "10001", "NY", "+12125550123", "America/Chicago", "America/Denver", true},
		{"stated is nonsense", "Mars/Olympus", "10001", "NY", "", "America/Chicago", "America/New_York", true},
		{"stated is the machine's", "Local", "10001", "", "", "America/Chicago", "America/New_York", true},
		{"code and number agree", "", "10001", "NY", "+12125550123", "America/Chicago", "America/New_York", true},
		{"code and number differ", "", "60601", "IL", "+12125550123", "America/Chicago", "America/Chicago America/New_York", false},
		{"state and number", "", "", "IL", "+12065550123", "America/Chicago", "America/Chicago America/Los_Angeles", false},
		{"split state without code", "", "", "TN", "", "America/Chicago", "America/Chicago America/New_York", false},
		{"code settles split state", "", "37201", "TN", "", "America/Chicago", "America/Chicago", true},
		{"code contradicts state", "", "98101", "NY", "", "America/Chicago", "America/Los_Angeles America/New_York", false},
		{"number alone: the shop counts too", "", "", "", "+12065550123", "America/New_York", "America/Los_Angeles America/New_York", false},
		{"toll-free with address", "", "73301", "TX", "+18005551212", "America/New_York", "America/Chicago", true},
		{"toll-free alone", "", "", "", "+18005551212", "Pacific/Honolulu", "America/Los_Angeles America/New_York Pacific/Honolulu", false},
		{"nothing known", "", "", "", "", "America/Denver", "America/Denver", false},
		{"nothing at all", "", "", "", "", "", "", false},
		{"unknown code, known state", "", "00000", "IL", "", "America/Denver", "America/Chicago", true},
		{"overlay", "", "", "", "+14485550123", "America/Chicago", "America/Chicago America/New_York", false},
		{"Canada", "", "v5k 0a1", "BC", "+16045550123", "America/Chicago", "America/Vancouver", true},
		{"Newfoundland", "", "A1A 1A1", "NL", "+17095550123", "America/Chicago", "America/Goose_Bay America/St_Johns", false},
		{"ZIP+4", "", "02134-1000", "", "", "America/Chicago", "America/New_York", true},
		{"lost zero", "", "2134", "", "", "America/Chicago", "America/New_York", true},
		{"El Paso", "", "79901", "TX", "", "America/Chicago", "America/Denver", true},
		{"Adak", "", "99546", "AK", "", "America/Chicago", "America/Adak", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			zones, certain := Zones(tt.stated, tt.postal, tt.region, tt.phone, tt.own)
			if got := strings.Join(zones, " "); got != tt.want || certain != tt.certain {
				t.Errorf("got %q, %v; want %q, %v", got, certain, tt.want, tt.certain)
			}
		})
	}
}

func TestPostalCodesOfSplitAreas(t *testing.T) {
	tests := map[string]string{
		"46307":   "America/Chicago",                                 // Crown Point, Indiana
		"47586":   "America/Chicago",                                 // Tell City, Indiana
		"46201":   "America/Indiana/Indianapolis",                    //
		"42001":   "America/Chicago",                                 // Paducah, Kentucky
		"40202":   "America/New_York",                                // Louisville
		"37402":   "America/New_York",                                // Chattanooga
		"38103":   "America/Chicago",                                 // Memphis
		"32501":   "America/Chicago",                                 // Pensacola
		"32301":   "America/New_York",                                // Tallahassee
		"32401":   "America/Chicago",                                 // Panama City
		"57701":   "America/Denver",                                  // Rapid City
		"57104":   "America/Chicago",                                 // Sioux Falls
		"58601":   "America/Denver",                                  // Dickinson
		"69361":   "America/Denver",                                  // Scottsbluff
		"69153":   "America/Denver",                                  // Ogallala
		"67735":   "America/Denver",                                  // Goodland
		"83814":   "America/Los_Angeles",                             // Coeur d'Alene
		"83702":   "America/Boise",                                   //
		"97914":   "America/Boise",                                   // Ontario, Oregon
		"49801":   "America/Chicago",                                 // Iron Mountain
		"49684":   "America/Detroit",                                 // Traverse City
		"86515":   "America/Denver",                                  // Window Rock
		"86001":   "America/Phoenix",                                 // Flagstaff
		"89883":   "America/Denver",                                  // West Wendover
		"96799":   "Pacific/Pago_Pago",                               //
		"P9N 1A1": "America/Winnipeg", "S9V 0A1": "America/Edmonton", // Kenora, Lloydminster
		"G4T 1A1": "America/Halifax", "V1C 1A1": "America/Edmonton", // Magdalen Islands, Cranbrook
		"V1J 1A1": "America/Dawson_Creek", "X0C 0G0": "America/Rankin_Inlet",
	}
	for code, want := range tests {
		if got := postalZones(code); !slices.Contains(got, want) {
			t.Errorf("%s: %v does not hold %s", code, got, want)
		}
	}
}

// The parts of places.txt were written apart and must tell the same story.
func TestPlacesAgree(t *testing.T) {
	g := places()
	ofState := map[string][]string{}
	for prefix, zones := range g.zones {
		for _, zone := range zones {
			if _, err := loadLocation(zone); err != nil {
				t.Errorf("%s: zone %q does not load", prefix, zone)
			}
		}
		if len(prefix) != 2 {
			state := Region(padded(prefix))
			ofState[state] = append(ofState[state], zones...)
		}
	}
	for prefix, state := range g.states {
		if len(postalZones(padded(prefix))) == 0 {
			t.Errorf("postal code %s of %s has no zone", prefix, state)
		}
	}
	for key, own := range g.zones {
		if len(key) != 2 || key == "MP" { // the Northern Marianas share a code with Guam
			continue
		}
		for _, zone := range ofState[key] {
			if !slices.ContainsFunc(own, func(z string) bool { return sameClock(t, z, zone) }) && key != "GU" {
				t.Errorf("%s: postal codes are in %s, the state is not", key, zone)
			}
		}
		for _, zone := range own {
			if !slices.ContainsFunc(ofState[key], func(z string) bool { return sameClock(t, z, zone) }) {
				t.Errorf("%s: the state is in %s, none of its postal codes is", key, zone)
			}
		}
	}
}

// padded makes a code of a prefix, one that no longer prefix covers.
func padded(prefix string) string {
	switch {
	case len(prefix) == 1:
		return prefix + "9Z"
	case len(prefix) == 3 && prefix[0] <= '9':
		return prefix + "01"
	}
	return prefix
}

func sameClock(t *testing.T, a, b string) bool {
	t.Helper()
	for _, at := range []time.Time{time.Date(2027, 1, 15, 12, 0, 0, 0, time.UTC), time.Date(2027, 7, 15, 12, 0, 0, 0, time.UTC)} {
		la, errA := loadLocation(a)
		lb, errB := loadLocation(b)
		if errA != nil || errB != nil || at.In(la).Hour() != at.In(lb).Hour() {
			return false
		}
	}
	return true
}

func TestRegion(t *testing.T) {
	tests := map[string]string{
		"33101": "FL", "04101": "ME", "06390": "NY", "06001": "CT", "79901": "TX", "88510": "TX",
		"20101": "VA", "20001": "DC", "K1A 0B1": "ON", "H2X 1Y4": "QC", "X0A 0H0": "NU", "X1A 1A1": "NT",
		"": "", "00000": "", "junk": "", "09012": "",
	}
	for code, want := range tests {
		if got := Region(code); got != want {
			t.Errorf("Region(%q) = %q, want %q", code, got, want)
		}
	}
}
