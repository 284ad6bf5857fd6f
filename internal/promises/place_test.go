package promises

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// place is somewhere where it is daytime while the tests run: the real program
// goes by the real clock, and keeps the law's hours and holidays.
type place struct {
	zone    string
	country string
	codes   []string // area codes to which texts may go now
}

// awake is how long contacting must go on being allowed.
const awake = 20 * time.Minute

// hereAndNow finds a place for the present instant.
func hereAndNow(t testing.TB) place {
	t.Helper()
	p, ok := newAtlas(t).find(time.Now())
	if !ok {
		t.Skip("today is a holiday in the United States and in Canada: nothing may go out anywhere")
	}
	return p
}

// atlas knows where texts can go.
type atlas struct {
	t     testing.TB
	rules *hours.Rules
	codes map[string][]string // area codes by state
}

func newAtlas(t testing.TB) atlas {
	t.Helper()
	rules, err := hours.ShippedRules()
	if err != nil {
		t.Fatal(err)
	}
	a := atlas{t: t, rules: rules, codes: map[string][]string{}}
	for code := 200; code < 1000; code++ {
		state := phone.State(number(fmt.Sprint(code), 0))
		if state != "" && !phone.IsProvince(state) {
			a.codes[state] = append(a.codes[state], fmt.Sprint(code))
		}
	}
	return a
}

// find looks through the zones of the world for one in which contacts are
// allowed for a while, by the holidays of the United States or else of Canada.
func (a atlas) find(now time.Time) (place, bool) {
	for _, country := range []string{"US", "CA"} {
		for offset := -14; offset <= 12; offset++ {
			p := place{zone: fmt.Sprintf("Etc/GMT%+d", offset), country: country}
			if !a.open(now, p, "") {
				continue
			}
			for state, codes := range a.codes {
				if a.open(now, p, state) {
					p.codes = append(p.codes, codes...)
				}
			}
			if len(p.codes) > 0 {
				slices.Sort(p.codes)
				return p, true
			}
		}
	}
	return place{}, false
}

func (a atlas) open(now time.Time, p place, region string) bool {
	a.t.Helper()
	s, err := hours.NewSchedule(hours.Query{
		Zones: []string{p.zone}, Rules: a.rules, Country: p.country, Regions: []string{region},
		Window: hours.Window{Days: 1<<7 - 1, Close: 24 * 60}, Holidays: hours.Holidays(p.country),
	})
	if err != nil {
		a.t.Fatal(err)
	}
	return s.At(now).Open && s.At(now.Add(awake)).Open
}

// number is the nth of the hundred numbers of an area code that are kept free
// for invented people.
func number(code string, n int) string { return fmt.Sprintf("+1%s55501%02d", code, n) }

// number returns a different number for each n.
func (p place) number(t testing.TB, n int) string {
	t.Helper()
	if n/100 >= len(p.codes) {
		t.Fatalf("there are only %d invented numbers to text to now; ask for fewer contacts", 100*len(p.codes))
	}
	return number(p.codes[n/100], n%100)
}

// TestSomewhereIsOpen proves that these tests run on any day but the few that
// are a holiday everywhere.
func TestSomewhereIsOpen(t *testing.T) {
	a := newAtlas(t)
	holiday := func(at time.Time, days []hours.Day) bool {
		year, month, day := at.Date()
		return slices.ContainsFunc(days, func(d hours.Day) bool { return d.Year == year && d.Month == month && d.Day == day })
	}
	closed := 0
	for at := time.Date(2027, 1, 1, 0, 59, 0, 0, time.UTC); at.Year() == 2027; at = at.Add(13 * time.Hour) {
		p, ok := a.find(at)
		switch {
		case ok && len(p.codes) < 20:
			t.Errorf("at %s there are only %d area codes to text to", at, len(p.codes))
		case !ok && holiday(at, hours.FederalHolidays(2027)) && holiday(at, hours.CanadianHolidays(2027)):
			closed++
		case !ok:
			t.Errorf("at %s nowhere is open", at)
		}
	}
	if closed > 8 {
		t.Errorf("in %d of 674 instants nowhere is open", closed)
	}
}
