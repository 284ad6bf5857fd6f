// Package phone reads telephone numbers as shops write them and says what a
// number tells about where its holder is.
package phone

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/unicode/norm"
)

// What can be wrong with a number as written. The texts are for the person who
// corrects the file; they never repeat the number.
var (
	ErrEmpty     = errors.New("no phone number")
	ErrImprecise = errors.New("the spreadsheet rounded this number and digits are lost: format the column as text and export again")
	ErrExtension = errors.New("this number has an extension, which cannot be texted")
	ErrSeveral   = errors.New("more than one phone number in one field")
	ErrInvalid   = errors.New("not a complete, valid phone number")
	ErrForeign   = errors.New("not a number of the United States or Canada")
)

// allowed are the regions that may be written to. Others share +1 but not its
// prices or its law (the Caribbean), and are a way of toll fraud.
var allowed = []string{"US", "CA", "PR", "VI", "GU", "AS", "MP"}

var (
	scientific = regexp.MustCompile(`^\+?(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})$`)
	fraction   = regexp.MustCompile(`^(\+?\d{10,11})\.0*$`)
	extension  = regexp.MustCompile(`(?i)(?:\bext(?:n|ension)?\b|\d\s*x|#)[\s.:=]*\d`)
	separator  = regexp.MustCompile(`(?i)[/,;|&\n\r\t]|\b(?:or|and)\b`)
)

// Normalize turns a number as found in shop data into E.164, for example
// "+12125550123". defaultRegion, "US" or "CA", applies to numbers without a
// country code; "" means "US". Words around the number are ignored. The error
// is one of this package's.
func Normalize(raw, defaultRegion string) (string, error) {
	text := strings.TrimSpace(norm.NFKC.String(raw))
	text, err := undoSpreadsheet(text)
	if err != nil {
		return "", err
	}
	switch {
	case countDigits(text) == 0:
		return "", ErrEmpty
	case extension.MatchString(text):
		return "", ErrExtension
	case holdsSeveral(text):
		return "", ErrSeveral
	}
	if defaultRegion == "" {
		defaultRegion = "US"
	}
	number, err := phonenumbers.Parse(withoutWords(text), defaultRegion)
	switch {
	case err != nil || !phonenumbers.IsValidNumber(number):
		return "", ErrInvalid
	case number.GetExtension() != "":
		return "", ErrExtension
	case !slices.Contains(allowed, phonenumbers.GetRegionCodeForNumber(number)):
		return "", ErrForeign
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// undoSpreadsheet gives back the digits of a number that a spreadsheet turned
// into a decimal, such as "2125550123.0" or "2.125550123E+09".
func undoSpreadsheet(text string) (string, error) {
	if m := fraction.FindStringSubmatch(text); m != nil {
		return m[1], nil
	}
	m := scientific.FindStringSubmatch(text)
	if m == nil {
		return text, nil
	}
	decimals := m[2]
	exponent, err := strconv.Atoi(m[3])
	if err != nil {
		return "", ErrInvalid
	}
	if len(decimals) < exponent {
		return "", ErrImprecise // fewer digits written than the number has
	}
	if strings.Trim(decimals[exponent:], "0") != "" {
		return "", ErrInvalid
	}
	return m[1] + decimals[:exponent], nil
}

// holdsSeveral reports whether separators in text part two or more runs that
// are each long enough to be a number.
func holdsSeveral(text string) bool {
	const shortest, longest = 7, 15 // a local number; E.164
	if countDigits(text) > longest {
		return true
	}
	numbers := 0
	for _, part := range separator.Split(text, -1) {
		if countDigits(part) >= shortest {
			numbers++
		}
	}
	return numbers > 1
}

func countDigits(text string) int {
	n := 0
	for _, r := range text {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// withoutWords drops letters, which the library would read as keypad digits.
func withoutWords(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || r == ':' {
			return ' '
		}
		return r
	}, text)
}

// Readable writes an E.164 number the way it is written in North America; other
// numbers stay as they are.
func Readable(e164 string) string {
	if len(e164) != len("+12125550123") || !strings.HasPrefix(e164, "+1") {
		return e164
	}
	return "(" + e164[2:5] + ") " + e164[5:8] + "-" + e164[8:]
}
