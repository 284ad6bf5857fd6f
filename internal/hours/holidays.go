package hours

import (
	"slices"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/aa"
	"github.com/rickar/cal/v2/ca"
	"github.com/rickar/cal/v2/us"
)

// Day is a named date on which nobody is contacted.
type Day struct {
	Year  int
	Month time.Month
	Day   int
	Name  string
}

// FederalHolidays returns the dates in year of the eleven holidays of
// 5 USC 6103, both the day itself and the day it is observed on: a Saturday's
// holiday is kept on the Friday before, even in the year before.
func FederalHolidays(year int) []Day { return daysOf(us.Holidays, year) }

// CanadianHolidays returns the dates in year of Canada's public holidays, the
// day itself and the day it is observed on.
func CanadianHolidays(year int) []Day { return daysOf(ca.Holidays, year) }

// Holidays returns the national holidays of country, "CA" or else the United States.
func Holidays(country string) func(year int) []Day {
	if country == "CA" {
		return CanadianHolidays
	}
	return FederalHolidays
}

// daysOf lists when the holidays fall or are observed in year. Those of the
// neighboring years are looked at since an observed day may cross New Year.
func daysOf(holidays []*cal.Holiday, year int) []Day {
	days := make([]Day, 0, len(holidays)+4)
	add := func(t time.Time, name string) {
		d := Day{t.Year(), t.Month(), t.Day(), name}
		if !t.IsZero() && d.Year == year && !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	for _, h := range holidays {
		actual, observed := h.Calc(year)
		add(actual, h.Name)
		add(observed, h.Name)
		if h.Month == time.January && h.Observed != nil {
			_, early := h.Calc(year + 1)
			add(early, h.Name)
		}
		if h.Month == time.December && h.Observed != nil {
			_, late := h.Calc(year - 1)
			add(late, h.Name)
		}
	}
	return days
}

// stateHolidays are holidays that single states and provinces keep beside the
// national ones, by the name under which states.yaml refers to them.
func stateHolidays() map[string]*cal.Holiday {
	weekend := us.IndependenceDay.Observed
	list := []*cal.Holiday{
		aa.GoodFriday.Clone(nil),
		{Name: "Mardi Gras", Offset: -47, Func: cal.CalcEasterOffset},
		{Name: "Confederate Memorial Day (Alabama)", Month: time.April, Weekday: time.Monday, Offset: 4, Func: cal.CalcWeekdayOffset},
		{Name: "Confederate Memorial Day (Mississippi)", Month: time.April, Weekday: time.Monday, Offset: -1, Func: cal.CalcWeekdayOffset},
		{Name: "Jefferson Davis' Birthday", Month: time.June, Weekday: time.Monday, Offset: 1, Func: cal.CalcWeekdayOffset},
		{Name: "Flag Day", Month: time.June, Day: 14, Func: cal.CalcDayOfMonth},
		{Name: "Pioneer Day", Month: time.July, Day: 24, Observed: weekend, Func: cal.CalcDayOfMonth},
		{Name: "Victory Day", Month: time.August, Weekday: time.Monday, Offset: 2, Func: cal.CalcWeekdayOffset},
		{Name: "Election Day", Month: time.November, Weekday: time.Monday, Offset: 1, CalcOffset: 1, Func: cal.CalcWeekdayOffset},
		{Name: "Family Day", Month: time.February, Weekday: time.Monday, Offset: 3, Func: cal.CalcWeekdayOffset},
	}
	byName := make(map[string]*cal.Holiday, len(list))
	for _, h := range list {
		byName[h.Name] = h
	}
	return byName
}
