package staff

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/courtesyd/courtesyd/internal/importer"
)

// form reads what somebody typed and notes what is wrong with it.
type form struct {
	*visit
	zone  *time.Location
	wrong []string // sentences
}

// complain adds a sentence about what is wrong.
func (f *form) complain(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// problem is everything that is wrong, "" when nothing is.
func (f *form) problem() string { return strings.Join(f.wrong, " ") }

// longestText is how many characters a field holds: some pages of writing.
const longestText = 10_000

// text reads words of several lines, without what no person writes.
func (f *form) text(field, name string) string {
	s := strings.ReplaceAll(strings.ToValidUTF8(f.PostFormValue(field), ""), "\r\n", "\n")
	s = strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return -1
		}
		return r
	}, s))
	if utf8.RuneCountInString(s) > longestText {
		f.complain("%s: write less than %d characters.", name, longestText)
	}
	return s
}

// day reads a date as the start of that day by the shop's clock, the zero time
// where none was given.
func (f *form) day(field, name string) time.Time {
	typed := strings.TrimSpace(f.PostFormValue(field))
	if typed == "" {
		return time.Time{}
	}
	t, err := time.ParseInLocation(time.DateOnly, typed, f.zone)
	if err != nil || t.Year() < 2000 || t.Year() > 2099 {
		f.complain("%s: write the day as year, month and day, for example 2026-05-31.", name)
		return time.Time{}
	}
	return t
}

// deadline reads a date as the last moment of that day.
func (f *form) deadline(field, name string) time.Time {
	t := f.day(field, name)
	if t.IsZero() {
		return t
	}
	return endOfDay(t)
}

// endOfDay is the last second of an instant's day, by its own clock.
func endOfDay(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, t.Location()).Add(-time.Second)
}

// ids reads the numbers that a form carries for the page. Nobody types them.
func (f *form) ids(field string) (out []int64) {
	f.PostFormValue(field) // reads the form, if nobody has yet
	for _, typed := range f.PostForm[field] {
		id, err := strconv.ParseInt(typed, 10, 64)
		if err != nil {
			f.complain("This form is not whole. Open the page again.")
			return nil
		}
		out = append(out, id)
	}
	return out
}

// money reads an amount in a currency, in its smallest unit.
func (f *form) money(field, name, currency string) int64 {
	typed := strings.TrimSpace(f.PostFormValue(field))
	if typed == "" {
		return 0
	}
	amount, err := importer.Amount(typed)
	switch {
	case err != nil || amount.Minor < 0:
		f.complain("%s: write an amount such as 1,234.50.", name)
	case amount.Currency != "" && amount.Currency != currency:
		f.complain("%s: write the amount in %s.", name, currency)
	}
	return amount.Minor
}
