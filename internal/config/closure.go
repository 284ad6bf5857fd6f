package config

import (
	"fmt"
	"strings"
	"time"
)

// Closure is a day, or several in a row, on which a shop is closed.
type Closure struct {
	First, Last time.Time // midnights in UTC; only the dates count
}

// UnmarshalText reads "2026-12-24" or "2026-12-24..2027-01-01".
func (c *Closure) UnmarshalText(text []byte) error {
	from, to, ranged := strings.Cut(string(text), "..")
	if !ranged {
		to = from
	}
	first, errFirst := time.Parse(time.DateOnly, strings.TrimSpace(from))
	last, errLast := time.Parse(time.DateOnly, strings.TrimSpace(to))
	if errFirst != nil || errLast != nil {
		return errValue
	}
	if last.Before(first) {
		return &valueError{fmt.Sprintf("%q ends before it begins", text)}
	}
	*c = Closure{first, last}
	return nil
}

// String returns the closure as it is written in the file.
func (c Closure) String() string {
	first := c.First.Format(time.DateOnly)
	if c.First.Equal(c.Last) {
		return first
	}
	return first + ".." + c.Last.Format(time.DateOnly)
}

// Covers reports whether the date that t shows in its own zone is in the closure.
func (c Closure) Covers(t time.Time) bool {
	year, month, day := t.Date()
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return !date.Before(c.First) && !date.After(c.Last)
}
