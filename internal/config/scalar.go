package config

import (
	"encoding"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// errValue says that a text is not what expectation describes.
var errValue = errors.New("unexpected value")

// valueError carries a message of its own, for values whose mistake deserves
// more words than "is not".
type valueError struct{ message string }

func (e *valueError) Error() string { return e.message }

// isScalar reports whether v is set from a single value of the file.
func isScalar(v reflect.Value) bool {
	if _, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return true
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice:
		return false
	}
	return true
}

// setScalar sets v from text.
func setScalar(v reflect.Value, text string) error {
	switch p := v.Addr().Interface().(type) {
	case *time.Duration:
		return set(p, text, parseDuration)
	case *outreach.TimeOfDay:
		return set(p, text, parseTimeOfDay)
	case *time.Weekday:
		return set(p, text, parseWeekday)
	case *slog.Level:
		return set(p, text, parseLevel)
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(strings.TrimSpace(text))
	case reflect.Bool:
		b, err := parseBool(text)
		if err != nil {
			return err
		}
		v.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return errValue
		}
		v.SetInt(int64(n))
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f-f != 0 { // not a number, or infinite
			return errValue
		}
		v.SetFloat(f)
	default:
		return fmt.Errorf("no way to read a %s", v.Type())
	}
	return nil
}

func set[T any](p *T, text string, parse func(string) (T, error)) error {
	value, err := parse(text)
	if err == nil {
		*p = value
	}
	return err
}

// expectation names what v accepts, to complete "expected …" and "is not …".
func expectation(v reflect.Value) string {
	switch v.Addr().Interface().(type) {
	case *time.Duration:
		return "a length of time such as 30s, 5m, 2h or 7d"
	case *outreach.TimeOfDay:
		return "a time of day such as 9:00 or 18:30"
	case *DailyTime:
		return `a time of day such as 7:30, or "" for never`
	case *time.Weekday:
		return "a day of the week: mon, tue, wed, thu, fri, sat or sun"
	case *slog.Level:
		return "a log level: debug, info, warn or error"
	case *Closure:
		return "a date such as 2026-12-24, or two such as 2026-12-24..2027-01-01"
	}
	switch v.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	}
	return "a single value"
}

func parseBool(text string) (bool, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true, nil
	case "false", "no", "off":
		return false, nil
	}
	return false, errValue
}

// parseDuration reads Go's durations and, in front of them, days of 24 hours.
func parseDuration(text string) (time.Duration, error) {
	if text == "0" {
		return 0, nil
	}
	if _, err := strconv.ParseFloat(text, 64); err == nil {
		return 0, &valueError{fmt.Sprintf("%q has no unit; write for example %ss, %sm, %sh or %sd", text, text, text, text, text)}
	}
	var total time.Duration
	if days, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return 0, errValue
		}
		total, text = time.Duration(n)*24*time.Hour, rest
		if text == "" {
			return total, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || total+d < total {
		return 0, errValue
	}
	return total + d, nil
}

// formatDuration is the inverse of parseDuration in its shortest form.
func formatDuration(d time.Duration) string {
	const day = 24 * time.Hour
	if d != 0 && d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	text := d.String()
	text, _ = strings.CutSuffix(text, "m0s")
	if len(text) < len(d.String()) {
		text += "m"
	}
	if short, ok := strings.CutSuffix(text, "h0m"); ok {
		text = short + "h"
	}
	return text
}

// parseTimeOfDay reads "9:00" to "24:00".
func parseTimeOfDay(text string) (outreach.TimeOfDay, error) {
	hour, minute, ok := strings.Cut(text, ":")
	h, errH := strconv.ParseUint(hour, 10, 8)
	m, errM := strconv.ParseUint(minute, 10, 8)
	if !ok || errH != nil || errM != nil || len(minute) != 2 || m > 59 || h*60+m > 24*60 {
		return 0, errValue
	}
	return outreach.TimeOfDay(h*60 + m), nil
}

func formatTimeOfDay(t outreach.TimeOfDay) string {
	return fmt.Sprintf("%d:%02d", int(t)/60, int(t)%60)
}

func parseWeekday(text string) (time.Weekday, error) {
	text = strings.ToLower(text)
	for day := time.Sunday; day <= time.Saturday; day++ {
		if name := strings.ToLower(day.String()); text == name || text == name[:3] {
			return day, nil
		}
	}
	return 0, errValue
}

func parseLevel(text string) (slog.Level, error) {
	switch strings.ToLower(text) {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn", "warning":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, errValue
}
