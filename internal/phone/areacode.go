package phone

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

//go:embed areacodes.txt
var areaCodesFile string

// areaStates maps an area code to the state, province or territory it serves.
var areaStates = sync.OnceValue(func() map[string]string {
	states := make(map[string]string, 512)
	for line := range strings.Lines(areaCodesFile) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Fields(line)
		for _, code := range fields[1:] {
			states[code] = fields[0]
		}
	}
	return states
})

// provinces are the regions of areacodes.txt that are in Canada.
var provinces = []string{"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}

// IsProvince reports whether region, a two-letter code, is a Canadian province
// or territory. No such code is also one of a US state.
func IsProvince(region string) bool { return slices.Contains(provinces, region) }

// State returns the two-letter state, province or territory in which the
// number's area code was issued, "" for toll-free and unknown ones. Several
// state laws presume that the holder lives there (Fla. Stat. 501.059,
// Okla. Stat. 15-775C, ORS 646A.372, RCW 19.190.060).
func State(e164 string) string { return areaStates()[areaCode(e164)] }

// Region returns the country of the number, "US" or "CA", by its area code;
// "" for toll-free and unknown ones. US territories count as "US".
func Region(e164 string) string {
	state := State(e164)
	switch {
	case state == "":
		return ""
	case IsProvince(state):
		return "CA"
	}
	return "US"
}

// areaCode returns the three digits after +1, "" when there are none.
func areaCode(e164 string) string {
	if rest, ok := strings.CutPrefix(e164, "+1"); ok && len(rest) >= 3 {
		return rest[:3]
	}
	return ""
}

// maxZones is how many candidate zones still say something about where a
// number is. Toll-free numbers yield the whole list of North America.
const maxZones = 4

// zoneOverrides corrects area codes for which the library knows too little:
// younger overlays of an area that lies in two zones, and the far north.
var zoneOverrides = map[string][]string{
	"448": {"America/Chicago", "America/New_York"},   // overlay of 850, Florida panhandle
	"930": {"America/Chicago", "America/New_York"},   // overlay of 812, southern Indiana
	"364": {"America/Chicago", "America/New_York"},   // overlay of 270, western Kentucky
	"458": {"America/Boise", "America/Los_Angeles"},  // overlay of 541, eastern Oregon
	"236": {"America/Edmonton", "America/Vancouver"}, // overlays of 250, British Columbia
	"257": {"America/Edmonton", "America/Vancouver"}, //
	"672": {"America/Edmonton", "America/Vancouver"}, //
	"778": {"America/Edmonton", "America/Vancouver"}, //
	"367": {"America/Halifax", "America/Toronto"},    // overlays of 418, eastern Quebec
	"581": {"America/Halifax", "America/Toronto"},    //
	"474": {"America/Edmonton", "America/Regina"},    // overlay of 306, Saskatchewan
	"709": {"America/Goose_Bay", "America/St_Johns"}, // Labrador; the library says Puerto Rico
	"879": {"America/Goose_Bay", "America/St_Johns"}, //
	"867": {"America/Iqaluit", "America/Rankin_Inlet", // Nunavut
		"America/Whitehorse", "America/Yellowknife"}, // Yukon, Northwest Territories
}

// Zones returns the IANA names of every zone the number may have been issued
// in, sorted. It is nil when the number says nothing about the place: toll-free,
// unknown, or more than four candidates. The result must not be changed.
func Zones(e164 string) []string {
	if zones, ok := zoneOverrides[areaCode(e164)]; ok {
		return zones
	}
	zones, err := phonenumbers.GetTimezonesForPrefix(e164)
	if err != nil || len(zones) == 0 || len(zones) > maxZones || zones[0] == phonenumbers.UNKNOWN_TIMEZONE {
		return nil
	}
	return zones
}
