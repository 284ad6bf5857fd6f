package importer

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// maxMinor is ten million dollars: more than that is a mistake in the file.
const maxMinor = 10_000_000_00

// moneyReader reads amounts as one profile writes them.
type moneyReader struct {
	decimal byte
	cents   bool
}

var (
	errNotAmount = errors.New("this is not an amount of money")
	errComma     = errors.New(`the comma and the point look swapped (set decimal: "," in the profile when cents follow a comma)`)
)

// read understands "$1,234.50", "(45.00)", "45.00-", "-45" and "1.234,50" where
// the profile says that the comma is the decimal mark.
func (m moneyReader) read(raw string) (outreach.Money, error) {
	s, currency := cutCurrency(raw)
	s, negative := cutSign(s)
	s, inner := cutCurrency(s) // -$45.00, ($45.00)
	minor, err := m.minor(s)
	if err != nil {
		return outreach.Money{}, err
	}
	if minor > maxMinor {
		return outreach.Money{}, errors.New("the amount is too large to be right")
	}
	if negative {
		minor = -minor
	}
	return outreach.Money{Minor: minor, Currency: firstNonEmpty(currency, inner)}, nil
}

// Amount reads an amount as somebody types it, for example "$1,234.50". The
// currency is "" where none was typed.
func Amount(typed string) (outreach.Money, error) { return moneyReader{decimal: '.'}.read(typed) }

func (m moneyReader) minor(s string) (int64, error) {
	if m.cents {
		s, _, _ = strings.Cut(s, ".")
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil || strings.HasPrefix(s, "+") || strings.HasPrefix(s, "-") {
			return 0, errors.New("this is not a whole number of cents")
		}
		return n, nil
	}
	group := byte(',')
	if m.decimal == ',' {
		group = '.'
	}
	whole, fraction, hasFraction := strings.Cut(s, string(m.decimal))
	if strings.IndexByte(fraction, group) >= 0 {
		return 0, errComma
	}
	whole, err := ungroup(whole, group)
	if err != nil {
		return 0, err
	}
	if looksGrouped(s, whole, fraction) {
		return 0, m.doubtful(whole, fraction)
	}
	if whole == "" && (!hasFraction || fraction == "") || !digits(whole) || !digits(fraction) || len(whole) > 12 {
		return 0, errNotAmount
	}
	n, _ := strconv.ParseInt("0"+whole, 10, 64)
	cents, _ := strconv.ParseInt((fraction + "00")[:2], 10, 64)
	n = n*100 + cents
	if len(fraction) > 2 && fraction[2] >= '5' {
		n++
	}
	return n, nil
}

// looksGrouped reports whether what stands before and after the decimal mark of
// s would as well be thousands: 1.234, but not 0.995 or 1,234.567.
func looksGrouped(s, whole, fraction string) bool {
	return len(s) == len(whole)+1+len(fraction) && whole != "" && len(whole) <= 3 && whole[0] != '0' &&
		len(fraction) == 3 && digits(whole) && digits(fraction)
}

// doubtful refuses an amount that may be a thousand times larger than it reads.
func (m moneyReader) doubtful(whole, fraction string) error {
	other := ","
	if m.decimal == ',' {
		other = "."
	}
	return fmt.Errorf("%s%c%s may mean thousands: write %s%s or set decimal: %q in the profile", whole, m.decimal, fraction, whole, fraction, other)
}

// ungroup takes thousands separators out, and only where they separate thousands.
func ungroup(s string, group byte) (string, error) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == rune(group) || r == ' ' || r == '\'' })
	if len(parts) < 2 {
		return strings.Join(parts, ""), nil
	}
	for _, p := range parts[1:] {
		if len(p) != 3 {
			return "", errComma
		}
	}
	return strings.Join(parts, ""), nil
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func cutSign(s string) (string, bool) {
	s = strings.TrimSpace(s)
	switch {
	case strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")"):
		return s[1 : len(s)-1], true
	case strings.HasPrefix(s, "-"):
		return s[1:], true
	case strings.HasPrefix(s, "−"):
		return strings.TrimPrefix(s, "−"), true
	case strings.HasSuffix(s, "-"):
		return s[:len(s)-1], true
	}
	return s, false
}

// currencyMarks are tried longest first.
var currencyMarks = []struct{ mark, code string }{
	{"CA$", "CAD"}, {"US$", "USD"}, {"CAD", "CAD"}, {"USD", "USD"}, {"C$", "CAD"}, {"$", ""},
}

func cutCurrency(s string) (rest, code string) {
	s = strings.TrimSpace(s)
	for _, c := range currencyMarks {
		if rest, ok := strings.CutPrefix(s, c.mark); ok {
			return strings.TrimSpace(rest), c.code
		}
		if rest, ok := strings.CutSuffix(s, c.mark); ok {
			return strings.TrimSpace(rest), c.code
		}
	}
	return s, ""
}
