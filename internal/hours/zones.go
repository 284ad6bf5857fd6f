package hours

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // a server may have no zone files, or old ones missing a name

	"github.com/courtesyd/courtesyd/internal/phone"
)

//go:embed places.txt
var placesFile string

// places maps postal prefixes, states and provinces to zones.
var places = sync.OnceValue(func() map[string][]string { return readPlaces(placesFile) })

// readPlaces reads lines of "005 E", "010-089 E" and "E = America/New_York".
// A word that is no short name is a zone's own.
func readPlaces(file string) map[string][]string {
	short, places := map[string]string{}, map[string][]string{}
	for line := range strings.Lines(file) {
		line, _, _ = strings.Cut(line, "#")
		fields := strings.Fields(line)
		if len(fields) < 2 {
			continue
		}
		if fields[1] == "=" {
			short[fields[0]] = fields[2]
			continue
		}
		zones := make([]string, len(fields)-1)
		for i, word := range fields[1:] {
			zones[i] = word
			if name, ok := short[word]; ok {
				zones[i] = name
			}
		}
		for _, key := range expand(fields[0]) {
			places[key] = zones
		}
	}
	return places
}

// expand lists the prefixes of a range such as 010-089.
func expand(key string) []string {
	first, last, ok := strings.Cut(key, "-")
	if !ok {
		return []string{key}
	}
	from, errFrom := strconv.Atoi("1" + first) // the 1 keeps leading zeros
	to, errTo := strconv.Atoi("1" + last)
	if errFrom != nil || errTo != nil {
		return nil
	}
	var keys []string
	for n := from; n <= to; n++ {
		keys = append(keys, strconv.Itoa(n)[1:])
	}
	return keys
}

// mainland are the two ends of the 48 states: what is inside the window in
// both is inside it in all.
var mainland = []string{"America/New_York", "America/Los_Angeles"}

// Zones returns every zone in which the customer may be, sorted IANA names,
// and whether all that is known points to a single one. What the customer
// stated counts alone. Otherwise the address (the postal code, else the state
// or province) and the phone number must both be satisfied: people move and
// keep their number. Without an address the shop's zone is a candidate, since
// the customer has driven there, and a number that could be from anywhere adds
// both ends of the country. Arguments that are unknown are "".
func Zones(stated, postalCode, region, e164, shopZone string) (zones []string, certain bool) {
	if _, err := loadLocation(stated); err == nil {
		return []string{stated}, true
	}
	zones = append(zones, addressZones(postalCode, region)...)
	located := len(zones) > 0
	if !located {
		zones = append(zones, shopZone)
	}
	if e164 != "" {
		issued := phone.Zones(e164)
		if len(issued) == 0 && !located {
			issued = mainland
		}
		zones = append(zones, issued...)
	}
	slices.Sort(zones)
	zones = slices.Compact(zones)
	if zones[0] == "" {
		zones = zones[1:]
	}
	return zones, located && len(zones) == 1
}

// addressZones returns the candidates of a postal address. A postal code says
// more than a state, unless the two contradict each other.
func addressZones(postalCode, region string) []string {
	byCode, byRegion := postalZones(postalCode), places()[stateKey(region)]
	switch {
	case len(byCode) == 0:
		return byRegion
	case len(byRegion) == 0 || slices.ContainsFunc(byCode, func(z string) bool { return slices.Contains(byRegion, z) }):
		return byCode
	}
	return slices.Concat(byCode, byRegion)
}

func stateKey(region string) string {
	region = strings.ToUpper(strings.TrimSpace(region))
	if len(region) != 2 {
		return "" // a single letter would be a Canadian postal prefix
	}
	return region
}

// postalZones looks up a US ZIP code ("02134", "02134-1000") or a Canadian
// postal code ("K1A 0B1") by its longest known prefix.
func postalZones(code string) []string {
	code = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), " ", ""))
	lengths := []int{5, 3} // United States
	switch {
	case code == "":
		return nil
	case code[0] >= 'A' && code[0] <= 'Z':
		if len(code) < 3 || code[1] < '0' || code[1] > '9' {
			return nil
		}
		lengths = []int{3, 1}
	case len(code) < 5:
		return nil // a leading zero may be lost: 2134 is not 213xx
	}
	for _, n := range lengths {
		if zones, ok := places()[code[:n]]; ok {
			return zones
		}
	}
	return nil
}

// loadLocation loads a zone by its IANA name. "" and "Local", which Go takes
// for UTC and the machine's zone, are errors.
func loadLocation(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, ErrUnknownZone
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, ErrUnknownZone
	}
	return loc, nil
}
