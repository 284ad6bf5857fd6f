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
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/us"
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
	rows      map[string][]Rule // by region, the latest first
	locations sync.Map          // zone name to *time.Location: loading one is slow
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

	holidays []*cal.Holiday // those barred
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
	year, month, day := t.Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	for i := range list {
		if !list[i].EffectiveFrom.After(date) {
			return &list[i]
		}
	}
	return nil
}

// ruleRow is a row as the file has it.
type ruleRow struct {
	Region  string `yaml:"region"`
	Windows []struct {
		Days  string `yaml:"days"`
		Open  string `yaml:"open"`
		Close string `yaml:"close"`
	} `yaml:"windows"`
	Holidays      string   `yaml:"holidays"`
	OwnHolidays   []string `yaml:"own_holidays"`
	Cap           int      `yaml:"cap_24h"`
	Note          string   `yaml:"note"`
	EffectiveFrom string   `yaml:"effective_from"`
	Source        string   `yaml:"source"`
	VerifiedOn    string   `yaml:"verified_on"`
}

func (row ruleRow) rule() (Rule, error) {
	rule := Rule{
		Region: row.Region, HolidaysBarred: row.Holidays == "barred",
		Cap: row.Cap, Note: row.Note, Source: row.Source,
	}
	var problems []error
	fail := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if row.Region != unitedStates && row.Region != canada && len(row.Region) != 2 {
		fail("region is %q; write two letters, USA or CAN", row.Region)
	}
	if row.Holidays != "" && row.Holidays != "barred" {
		fail("holidays is %q; write barred or leave it out", row.Holidays)
	}
	if row.Cap < 0 {
		fail("cap_24h is negative")
	}
	if row.Source == "" {
		fail("source is missing: say which law or list this is from")
	}
	var err error
	if rule.EffectiveFrom, err = time.Parse(time.DateOnly, row.EffectiveFrom); err != nil {
		fail("effective_from is %q; write a date such as 2026-01-01", row.EffectiveFrom)
	}
	if rule.VerifiedOn, err = time.Parse(time.DateOnly, row.VerifiedOn); err != nil {
		fail("verified_on is %q; write a date such as 2026-01-01", row.VerifiedOn)
	}
	if rule.Windows, err = row.windows(); err != nil {
		fail("windows: %w", err)
	}
	if rule.holidays, err = row.holidays(); err != nil {
		fail("own_holidays: %w", err)
	}
	return rule, errors.Join(problems...)
}

func (row ruleRow) windows() ([]Window, error) {
	var windows []Window
	var seen Weekdays
	for _, w := range row.Windows {
		days, errDays := parseWeekdays(w.Days)
		from, errOpen := parseClock(w.Open)
		to, errClose := parseClock(w.Close)
		if err := errors.Join(errDays, errOpen, errClose); err != nil {
			return nil, err
		}
		if from >= to {
			return nil, fmt.Errorf("%s does not come before %s", w.Open, w.Close)
		}
		if seen&days != 0 {
			return nil, fmt.Errorf("%q names a day for the second time", w.Days)
		}
		seen |= days
		windows = append(windows, Window{Days: days, Open: from, Close: to})
	}
	return windows, nil
}

func (row ruleRow) holidays() ([]*cal.Holiday, error) {
	if row.Holidays != "barred" {
		if len(row.OwnHolidays) > 0 {
			return nil, errors.New("only a row with holidays: barred can have them")
		}
		return nil, nil
	}
	barred := slices.Clone(us.Holidays)
	if phone.IsProvince(row.Region) || row.Region == canada {
		barred = slices.Clone(ca.Holidays)
	}
	known := stateHolidays()
	for _, name := range row.OwnHolidays {
		h, ok := known[name]
		if !ok {
			return nil, fmt.Errorf("%q is not a holiday this program knows", name)
		}
		barred = append(barred, h)
	}
	return barred, nil
}
