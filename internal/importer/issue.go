package importer

import (
	"strings"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Level says what became of the row an issue is about.
type Level string

// Levels.
const (
	Rejected Level = "rejected" // the row was not imported
	LeftOut  Level = "left_out" // understood, and deliberately not imported
	Warning  Level = "warning"  // imported without the value in question
)

// Issue is something about a row that a person should see.
type Issue struct {
	Level    Level  `json:"level"`
	Line     int    `json:"line"`             // of the file, 1-based
	Column   string `json:"column,omitempty"` // as the file calls it
	Value    string `json:"value,omitempty"`  // numbers and addresses masked
	Reason   string `json:"reason"`
	Expected string `json:"expected,omitempty"`
}

// String is one line for a terminal.
func (i Issue) String() string {
	var b strings.Builder
	b.WriteString(i.Reason)
	if i.Column != "" {
		b.WriteString(" (" + i.Column)
		if i.Value != "" {
			b.WriteString(" = " + i.Value)
		}
		b.WriteString(")")
	}
	if i.Expected != "" {
		b.WriteString("; expected " + i.Expected)
	}
	return b.String()
}

const maxShownRunes = 60

// showable shortens a value and masks what looks like a number or an address,
// whichever column it strayed into.
func showable(value string) string {
	digits := 0
	for _, r := range value {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	if digits >= 10 || strings.Contains(value, "@") {
		value = outreach.Mask(value)
	}
	if utf8.RuneCountInString(value) > maxShownRunes {
		value = string([]rune(value)[:maxShownRunes]) + "…"
	}
	return value
}
