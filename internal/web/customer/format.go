package customer

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

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

// monthsLater returns the same day of a later month, or that month's last day
// where there is none.
func monthsLater(day time.Time, months int) time.Time {
	later := day.AddDate(0, months, 0)
	if later.Day() != day.Day() {
		return later.AddDate(0, 0, -later.Day())
	}
	return later
}
