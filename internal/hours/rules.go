package hours

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"go.yaml.in/yaml/v3"

	"github.com/courtesyd/courtesyd/internal/phone"
)

// The regions whose rows hold for everyone in a country.
const (
	unitedStates = "USA"
	canada       = "CAN"
)

//go:embed states.yaml
var shippedRules []byte

// Rules are the hours and caps that states, provinces and nations set. They
// may be used by several goroutines at once.
type Rules struct {
	rows map[string][]Rule // by region, the latest first

	// What takes long to find out is kept: zones and the dates of holidays.
	locations sync.Map // name to *time.Location
	dates     sync.Map // ruleYear to []Day
}

type ruleYear struct {
	rule *Rule
	year int
}

// Rule is what one region asks from a day on.
type Rule struct {
	Region         string
	Windows        []Window // none: hours are not limited here
	HolidaysBarred bool
	Cap            int // contacts in any 24 hours, 0: not limited here
	Note           string
	EffectiveFrom  time.Time // the first day it holds, midnight UTC of that date
	Source         string
	VerifiedOn     time.Time

	barred []*cal.Holiday // the holidays on which nobody is contacted
}

// ShippedRules returns the table that comes with the program.
func ShippedRules() (*Rules, error) {
	return ReadRules("states.yaml", bytes.NewReader(shippedRules))
}

// ReadRules reads a table in the form of the shipped one. The name stands in
// errors; all that is wrong is reported at once.
func ReadRules(name string, r io.Reader) (*Rules, error) {
	decoder := yaml.NewDecoder(r)
	decoder.KnownFields(true)
	var rows []ruleRow
	if err := decoder.Decode(&rows); err != nil {
		return nil, fmt.Errorf("read rules file %s: %w", name, err)
	}
	rules := &Rules{rows: map[string][]Rule{}}
	var problems []error
	for i, row := range rows {
		rule, err := row.rule()
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: row %d (%s): %w", name, i+1, row.Region, err))
			continue
		}
		rules.rows[rule.Region] = append(rules.rows[rule.Region], rule)
	}
	for _, nation := range []string{unitedStates, canada} {
		if len(rules.rows[nation]) == 0 {
			problems = append(problems, fmt.Errorf("%s: no row for %s", name, nation))
		}
	}
	for region, list := range rules.rows {
		slices.SortStableFunc(list, func(a, b Rule) int { return b.EffectiveFrom.Compare(a.EffectiveFrom) })
		for i := 1; i < len(list); i++ {
			if list[i].EffectiveFrom.Equal(list[i-1].EffectiveFrom) {
				problems = append(problems, fmt.Errorf("%s: two rows for %s from the same day", name, region))
			}
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return rules, nil
}

// Cap returns how many contacts the law of the regions allows in any 24 hours,
// the smallest of all in force at the instant on; 0 means no limit.
func (r *Rules) Cap(on time.Time, country string, regions ...string) int {
	least := 0
	for _, list := range r.lists(country, regions) {
		if rule := inForce(list, on); rule != nil && rule.Cap > 0 && (least == 0 || rule.Cap < least) {
			least = rule.Cap
		}
	}
	return least
}

// lists returns the rows that concern a person in the regions, those of their
// nations included. Somebody of whom nothing is known is held to be in the
// United States.
func (r *Rules) lists(country string, regions []string) [][]Rule {
	if r == nil {
		return nil
	}
	keys := make([]string, 0, len(regions)+2)
	add := func(key string) {
		if key != "" && !slices.Contains(keys, key) {
			keys = append(keys, key)
		}
	}
	for _, region := range regions {
		if region = normalRegion(region); phone.IsProvince(region) {
			add(canada)
		} else if region != "" {
			add(unitedStates)
		}
	}
	if country == "CA" {
		add(canada)
	} else if country != "" || len(keys) == 0 {
		add(unitedStates)
	}
	for _, region := range regions {
		add(normalRegion(region))
	}
	lists := make([][]Rule, 0, len(keys))
	for _, key := range keys {
		if list := r.rows[key]; len(list) > 0 {
			lists = append(lists, list)
		}
	}
	return lists
}

// inForce returns the latest row that holds on the date of t as t's own zone
// shows it, nil when none does yet.
func inForce(list []Rule, t time.Time) *Rule {
	date := dateOf(t)
	for i := range list {
		if !list[i].EffectiveFrom.After(date) {
			return &list[i]
		}
	}
	return nil
}

// holidays returns the dates of a year on which the rule bars contact.
func (r *Rules) holidays(rule *Rule, year int) []Day {
	key := ruleYear{rule, year}
	if days, ok := r.dates.Load(key); ok {
		return days.([]Day)
	}
	days := daysOf(rule.barred, year)
	r.dates.Store(key, days)
	return days
}

// location loads a zone, from memory when it was asked for before.
func (r *Rules) location(name string) (*time.Location, error) {
	if r == nil {
		return loadLocation(name)
	}
	if loc, ok := r.locations.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := loadLocation(name)
	if err != nil {
		return nil, err
	}
	r.locations.Store(name, loc)
	return loc, nil
}
