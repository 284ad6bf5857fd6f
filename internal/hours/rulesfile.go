package hours

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/us"

	"github.com/courtesyd/courtesyd/internal/phone"
)

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
	if rule.barred, err = row.barred(); err != nil {
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

func (row ruleRow) barred() ([]*cal.Holiday, error) {
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
