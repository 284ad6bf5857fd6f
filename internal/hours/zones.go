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

// gazetteer is what places.txt says, by postal prefix; the zones of states and
// provinces stand beside them under their two letters.
type gazetteer struct {
	zones  map[string][]string
	states map[string]string
}

var places = sync.OnceValue(func() gazetteer { return readPlaces(placesFile) })

// readPlaces reads lines of "005 E", "010-089 E", "E = America/New_York" and
// "in MA 010-027 055". A word that is no short name is a zone's own.
func readPlaces(file string) gazetteer {
	g := gazetteer{zones: map[string][]string{}, states: map[string]string{}}
	short := map[string]string{}
	for line := range strings.Lines(file) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		switch {
		case len(words) < 2:
		case words[0] == "in":
			for _, key := range expand(words[2:]...) {
				g.states[key] = words[1]
			}
		case words[1] == "=":
			short[words[0]] = words[2]
		default:
			zones := slices.Clone(words[1:])
			for i, word := range zones {
				if name, ok := short[word]; ok {
					zones[i] = name
				}
			}
			for _, key := range expand(words[0]) {
				g.zones[key] = zones
			}
		}
	}
	return g
}

// expand lists prefixes, those of ranges such as 010-089 one by one.
func expand(keys ...string) []string {
	var list []string
	for _, key := range keys {
		first, last, _ := strings.Cut(key, "-")
		from, errFrom := strconv.Atoi("1" + first) // the 1 keeps leading zeros
		to, errTo := strconv.Atoi("1" + last)
		if last == "" || errFrom != nil || errTo != nil {
			list = append(list, key)
			continue
		}
		for n := from; n <= to; n++ {
			list = append(list, strconv.Itoa(n)[1:])
		}
	}
	return list
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

// Region returns the two-letter state or province of a postal code, "" when it
// is not known. It serves customers whose address names none, so that the
// rules of their state still hold.
func Region(postalCode string) string {
	for _, prefix := range postalPrefixes(postalCode) {
		if state, ok := places().states[prefix]; ok {
			return state
		}
	}
	return ""
}

// addressZones returns the candidates of a postal address. A postal code says
// more than a state, unless the two contradict each other.
func addressZones(postalCode, region string) []string {
	byCode, byRegion := postalZones(postalCode), regionZones(region)
	if len(byCode) == 0 {
		return byRegion
	}
	for _, zone := range byCode {
		if len(byRegion) == 0 || slices.Contains(byRegion, zone) {
			return byCode
		}
	}
	return slices.Concat(byCode, byRegion)
}

func postalZones(code string) []string {
	for _, prefix := range postalPrefixes(code) {
		if zones, ok := places().zones[prefix]; ok {
			return zones
		}
	}
	return nil
}

func regionZones(region string) []string {
	region = normalRegion(region)
	if len(region) != 2 {
		return nil // one letter would be a Canadian postal prefix
	}
	return places().zones[region]
}

func normalRegion(region string) string { return strings.ToUpper(strings.TrimSpace(region)) }

// postalPrefixes returns the prefixes under which places.txt may know a US ZIP
// code ("02134", "02134-1000", or "2134" from a spreadsheet) or a Canadian
// postal code ("K1A 0B1"), the longest first.
func postalPrefixes(code string) []string {
	code = strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(code), " ", ""))
	digits := 0
	for digits < len(code) && code[digits] >= '0' && code[digits] <= '9' {
		digits++
	}
	switch {
	case digits == 4 && len(code) == 4:
		code = "0" + code
		return []string{code, code[:3]}
	case digits >= 5:
		return []string{code[:5], code[:3]}
	case len(code) >= 3 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= '0' && code[1] <= '9':
		return []string{code[:3], code[:1]}
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
