package customer

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// nearby is how far a date may lie from now and still be clear without its year.
const nearby = 180 * 24 * time.Hour

// date writes a day as people do: "June 3", "3 de junio", with the year where it
// is not plain which June is meant.
func (w *words) date(day, now time.Time) string {
	pattern := w.DayMonth
	if now.Sub(day).Abs() > nearby {
		pattern = w.DayMonthYear
	}
	return strings.NewReplacer(
		"{day}", strconv.Itoa(day.Day()), "{month}", w.Months[day.Month()-1], "{year}", strconv.Itoa(day.Year()),
	).Replace(pattern)
}

// roughly writes how long a job takes, no finer than anybody can promise.
func (w *words) roughly(d time.Duration) string {
	const quarter, half = 15 * time.Minute, 30 * time.Minute
	if d <= time.Hour-quarter/2 {
		return fmt.Sprintf(w.AboutMinutes, int(max(d.Round(quarter), quarter).Minutes()))
	}
	hours := d.Round(half).Hours()
	if hours == 1 {
		return w.AboutAnHour
	}
	if hours == math.Trunc(hours) {
		return fmt.Sprintf(w.AboutHours, strconv.FormatFloat(hours, 'f', 0, 64))
	}
	return fmt.Sprintf(w.AboutHours, strconv.FormatFloat(hours, 'f', 1, 64))
}

// readablePhone writes an E.164 number the way it is written in North America;
// other numbers stay as they are.
func readablePhone(e164 string) string {
	if len(e164) != len("+12125550123") || !strings.HasPrefix(e164, "+1") {
		return e164
	}
	return "(" + e164[2:5] + ") " + e164[5:8] + "-" + e164[8:]
}

// monthsLater returns the same day of a later month, or that month's last day
// where there is none.
func monthsLater(day time.Time, months int) time.Time {
	later := day.AddDate(0, months, 0)
	if later.Day() != day.Day() {
		return later.AddDate(0, 0, -later.Day())
	}
	return later
}
