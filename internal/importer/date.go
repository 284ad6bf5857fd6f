package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// errNever is a date that stands for "never", such as 0001-01-01.
var errNever = errors.New("never")

// dateReader reads dates as one profile writes them, on the shop's clock.
type dateReader struct {
	order DateOrder
	zone  *time.Location
}

// isoLayouts and namedLayouts mean the same everywhere.
var (
	isoLayouts = []string{
		"2006-01-02", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2006/01/02", "2006/01/02 15:04", "20060102",
		"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-1-2",
	}
	zonedLayouts = []string{time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST"}
	namedLayouts = []string{
		"Jan 2, 2006", "Jan 2 2006", "January 2, 2006", "January 2 2006", "2 Jan 2006", "02-Jan-2006", "2-Jan-06", "2 January 2006",
		"Jan 2, 2006 3:04 PM", "January 2, 2006 3:04 PM", "Jan 2, 2006 15:04", "02-Jan-2006 15:04",
	}
	neverDates   = []string{"0000-00-00", "1900-01-00", "00/00/", "0/0/", "1/0/1900", "01/00/1900"} // what empty fields turn into
	clockLayouts = []string{"3:04 PM", "3:04:05 PM", "3:04PM", "15:04", "15:04:05"}
)

// read returns the instant a cell names. dateOnly reports that it gives no
// time of day and stands for the start of that day at the shop.
func (d dateReader) read(raw string) (t time.Time, dateOnly bool, err error) {
	for _, layout := range zonedLayouts {
		if layout == "2006-01-02 15:04:05 MST" && !strings.HasSuffix(raw, " UTC") {
			continue
		}
		if t, err := time.Parse(layout, raw); err == nil {
			return d.instant(t, true)
		}
	}
	for _, layout := range isoLayouts {
		if wall, err := time.Parse(layout, raw); err == nil {
			return d.instant(wall, false)
		}
	}
	for _, never := range neverDates {
		if strings.HasPrefix(raw, never) {
			return time.Time{}, false, errNever
		}
	}
	for _, layout := range namedLayouts {
		if wall, err := time.Parse(layout, raw); err == nil {
			return d.instant(wall, false)
		}
	}
	if wall, ok := serialDate(raw); ok {
		return d.instant(wall, false)
	}
	wall, err := d.numbers(raw)
	if err != nil {
		return time.Time{}, false, err
	}
	return d.instant(wall, false)
}

// instant puts a wall time on the shop's clock and sorts out impossible years.
func (d dateReader) instant(wall time.Time, zoned bool) (time.Time, bool, error) {
	switch y := wall.Year(); {
	case y <= 1900:
		return time.Time{}, false, errNever
	case y < 1980 || y > 2100:
		return time.Time{}, false, fmt.Errorf("the year %d cannot be right", y)
	}
	if zoned {
		return wall.UTC(), false, nil
	}
	h, m, s := wall.Clock()
	return outreach.Instant(wall, d.zone).UTC(), h == 0 && m == 0 && s == 0, nil
}

// serialDate reads a spreadsheet's day number: 46272 or 46272.375.
func serialDate(raw string) (time.Time, bool) {
	if len(raw) < 5 || strings.Trim(raw, "0123456789.") != "" {
		return time.Time{}, false
	}
	days, err := strconv.ParseFloat(raw, 64)
	if err != nil || days < 29221 || days >= 73051 { // 1980 to 2099
		return time.Time{}, false
	}
	whole := int(days)
	seconds := int((days-float64(whole))*86400 + 0.5)
	return time.Date(1899, 12, 30+whole, 0, 0, seconds, 0, time.UTC), true
}

// numbers reads dates such as 12/31/24, 31.12.2024 or 12-31-2024 3:04 PM.
func (d dateReader) numbers(raw string) (time.Time, error) {
	date, clock, _ := strings.Cut(raw, " ")
	parts := strings.FieldsFunc(date, func(r rune) bool { return r == '/' || r == '.' || r == '-' })
	if len(parts) != 3 || d.order == DatesISO {
		return time.Time{}, errors.New("this is not a date")
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || len(p) > 4 {
			return time.Time{}, errors.New("this is not a date")
		}
		n[i] = v
	}
	month, day, year := n[0], n[1], n[2]
	if d.order == DatesDayFirst {
		month, day = day, month
	}
	if len(parts[2]) <= 2 {
		year += 2000
		if n[2] >= 70 {
			year -= 100
		}
	}
	if month > 12 && day <= 12 {
		return time.Time{}, fmt.Errorf("there is no month %d: is the order of day and month right? (dates: us or day-first)", month)
	}
	wall := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if wall.Day() != day || int(wall.Month()) != month {
		return time.Time{}, errors.New("there is no such day")
	}
	if clock == "" {
		return wall, nil
	}
	for _, layout := range clockLayouts {
		if c, err := time.Parse(layout, strings.ToUpper(clock)); err == nil {
			return wall.Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute + time.Duration(c.Second())*time.Second), nil
		}
	}
	return time.Time{}, errors.New("the time of day is not understood")
}
