package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const (
	maxCellRunes = 4000
	// clockGrace is how far a past event may lie ahead of our clock before it
	// is taken for a mistake.
	clockGrace = 48 * time.Hour
)

// reader understands the cells of one file.
type reader struct {
	profile Profile
	shop    outreach.Shop
	cols    columns
	now     time.Time
	dates   dateReader
	money   moneyReader
	numbers map[string]phoneResult // phone numbers read lately, as written
}

// reading is one row being understood. Whatever is wrong is noted; the caller
// asks failed before using what was read.
type reading struct {
	*reader
	line   int
	cells  []string
	issues []Issue
	failed bool
}

// text is the cell of f, cleaned, "" when it says nothing.
func (r *reading) text(f Field) string {
	s := ""
	if i, ok := r.cols.at[f]; ok && i < len(r.cells) {
		s = cleanCell(r.cells[i])
		if saysNothing(s, f) {
			s = ""
		}
	}
	if s == "" {
		s = r.profile.Defaults[f]
	}
	if len(s) > maxCellRunes && utf8.RuneCountInString(s) > maxCellRunes {
		r.reject(f, s, "the text is too long", "")
		return ""
	}
	return s
}

// given reports whether the file has a column for f: only then does an empty
// cell say anything.
func (r *reading) given(f Field) bool { return r.cols.has(f) }

// says reports whether the row itself, and not a default, gives f.
func (r *reading) says(f Field) bool { return r.given(f) && r.text(f) != "" }

// saysNothing knows the ways of leaving a cell empty. Null and Na are also
// family names.
func saysNothing(s string, f Field) bool {
	switch strings.ToLower(s) {
	case "", "n/a", "#n/a", "-", "--", "---", "(null)", "(none)", "(blank)", "?", "#ref!", "#value!":
		return true
	case "na", "null", "none", "nil":
		return f != FieldName && f != FieldLastName && f != FieldFirstName
	}
	return false
}

func (r *reading) note(level Level, f Field, value, reason, expected string) {
	issue := Issue{Level: level, Line: r.line, Value: showable(value), Reason: reason, Expected: expected}
	if f != "" {
		issue.Column = r.cols.name(f)
	}
	r.issues = append(r.issues, issue)
}

func (r *reading) reject(f Field, value, reason, expected string) {
	r.failed = true
	r.note(Rejected, f, value, reason, expected)
}

func (r *reading) leaveOut(f Field, value, reason string) {
	r.failed = true
	r.note(LeftOut, f, value, reason, "")
}

func (r *reading) warn(f Field, value, reason, expected string) {
	r.note(Warning, f, value, reason, expected)
}

// date reads an instant. A date that cannot be read rejects the row: it decides
// when a person is written to.
func (r *reading) date(f Field) time.Time {
	t, _ := r.day(f)
	return t
}

func (r *reading) day(f Field) (t time.Time, dateOnly bool) {
	raw := r.text(f)
	if raw == "" {
		return time.Time{}, false
	}
	t, dateOnly, err := r.dates.read(raw)
	if errors.Is(err, errNever) {
		return time.Time{}, false
	}
	if err != nil {
		r.reject(f, raw, err.Error(), r.dateExample())
		return time.Time{}, false
	}
	return t, dateOnly
}

// past reads the date of something that has happened.
func (r *reading) past(f Field) time.Time {
	t := r.date(f)
	if t.After(r.now.Add(clockGrace)) {
		r.reject(f, r.text(f), "the date lies in the future", "a date up to today; is the order of day and month right?")
		return time.Time{}
	}
	return t
}

// lastDay reads a date until which something holds, that day included.
func (r *reading) lastDay(f Field) time.Time {
	t, dateOnly := r.day(f)
	if t.IsZero() || !dateOnly {
		return t
	}
	return t.In(r.dates.zone).AddDate(0, 0, 1).Add(-time.Second).UTC()
}

func (r *reading) dateExample() string {
	switch r.dates.order {
	case DatesDayFirst:
		return "a date such as 31/12/2026 or 2026-12-31"
	case DatesISO:
		return "a date such as 2026-12-31"
	}
	return "a date such as 12/31/2026 or 2026-12-31"
}

// amount reads money. An amount that cannot be read rejects the row: a wrong
// price is never sent.
func (r *reading) amount(f Field) outreach.Money {
	raw := r.text(f)
	if raw == "" {
		return outreach.Money{}
	}
	m, err := r.money.read(raw)
	if err != nil {
		r.reject(f, raw, err.Error(), r.amountExample())
	}
	return m
}

// price reads what a line was quoted at. A credit counts in totals, but it is
// nothing that could be quoted to the customer.
func (r *reading) price() outreach.Money {
	m := r.amount(FieldPrice)
	if m.Minor < 0 {
		r.warn(FieldPrice, r.text(FieldPrice), "a negative amount is a credit, not a price to quote", "")
		return outreach.Money{}
	}
	return m
}

func (r *reading) amountExample() string {
	switch {
	case r.money.cents:
		return "whole cents such as 123450"
	case r.money.decimal == ',':
		return "an amount such as 1.234,50"
	}
	return "an amount such as $1,234.50"
}

// word reads a field with fixed words. One that is not known is warned of.
func (r *reading) word(f Field) string {
	raw := r.text(f)
	if raw == "" && !r.given(f) {
		return ""
	}
	to, ok := r.profile.wordFor(f, raw)
	if !ok {
		r.warn(f, raw, "the word is not known", wordsFor(f))
	}
	return to
}

func wordsFor(f Field) string {
	return "one of " + strings.Join(canonical[f], ", ") + ", or a mapping under values in the import profile"
}

// flag reads a yes or no, "" when the file says neither.
func (r *reading) flag(f Field) string {
	raw := r.text(f)
	to, ok := r.profile.wordFor(f, raw)
	if !ok {
		r.warn(f, raw, "neither yes nor no", "yes or no")
	}
	return to
}

// block reads a flag that forbids something. What cannot be read rejects the
// row: a "no" must not be lost to a spelling.
func (r *reading) block(f Field) bool {
	raw := r.text(f)
	to, ok := r.profile.wordFor(f, raw)
	if !ok {
		r.reject(f, raw, "neither yes nor no", "yes or no")
	}
	return to == wordYes
}

// key reads an identifier; a spreadsheet may have made it a decimal number.
func (r *reading) key(f Field) string {
	s := r.text(f)
	if whole, ok := strings.CutSuffix(s, ".0"); ok && digits(whole) {
		return whole
	}
	return s
}

func (r *reading) odometer() int {
	raw := r.text(FieldOdometer)
	if raw == "" {
		return 0
	}
	s := strings.ToLower(strings.NewReplacer(",", "", " ", "", "mi", "", "km", "").Replace(strings.ToLower(raw)))
	s, _, _ = strings.Cut(s, ".")
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 2_000_000 {
		r.warn(FieldOdometer, raw, "this is not a mileage", "a whole number")
		return 0
	}
	return n
}

// vehicle reads the car. A VIN or year that cannot be right is left out, not
// the row.
func (r *reading) vehicle() outreach.Vehicle {
	v := outreach.Vehicle{
		Plate: strings.ToUpper(strings.ReplaceAll(r.text(FieldPlate), " ", "")),
		Make:  plainCaps(r.text(FieldMake)),
		Model: plainCaps(r.text(FieldModel)),
	}
	if raw := r.text(FieldVIN); raw != "" {
		vin, corrected, err := readVIN(raw)
		if err != nil {
			r.warn(FieldVIN, raw, err.Error(), "")
		} else if corrected {
			r.warn(FieldVIN, raw, fmt.Sprintf("read as %s: a VIN has no I, O or Q", vin), "")
		}
		v.VIN = vin
		if err != nil {
			v.VIN = ""
		}
	}
	thisYear := r.now.In(r.dates.zone).Year()
	if raw := r.text(FieldYear); raw != "" {
		year, err := readYear(raw, thisYear)
		if err != nil {
			r.warn(FieldYear, raw, err.Error(), "a year such as 2015")
		}
		v.Year = year
	}
	if raw := r.text(FieldVehicle); raw != "" && v.Make == "" && v.Model == "" {
		year, makeName, model := splitVehicle(raw, thisYear)
		v.Make, v.Model = plainCaps(makeName), plainCaps(model)
		if v.Year == 0 {
			v.Year = year
		}
	}
	return v
}

// plainCaps turns CIVIC into Civic and leaves BMW, RAV4 and CR-V alone.
func plainCaps(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if len(w) > 3 && strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
			words[i] = upperFirst(strings.ToLower(w))
		}
	}
	return strings.Join(words, " ")
}
