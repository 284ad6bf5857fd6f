package templates

import (
	"strconv"
	"time"
)

// Locale is a language messages are written in.
type Locale string

// The languages shipped.
const (
	English Locale = "en"
	Spanish Locale = "es" // as written in the United States and Mexico
)

// nearby is how far a date may lie from now and still be clear without its year.
const nearby = 180 * 24 * time.Hour

func monthName(l Locale, m time.Month) string {
	if l == Spanish {
		return [...]string{
			"enero", "febrero", "marzo", "abril", "mayo", "junio",
			"julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
		}[m-1]
	}
	return m.String()
}

// Date writes t as a person would: "June 3", "3 de junio", with the year where
// it is not plain which June is meant.
func (l Locale) Date(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	withYear := !now.IsZero() && now.Sub(t).Abs() > nearby
	day, month, year := strconv.Itoa(t.Day()), monthName(l, t.Month()), strconv.Itoa(t.Year())
	switch {
	case l == Spanish && withYear:
		return day + " de " + month + " de " + year
	case l == Spanish:
		return day + " de " + month
	case withYear:
		return month + " " + day + ", " + year
	}
	return month + " " + day
}

// number writes small counts as words, "" for none.
func (l Locale) number(n int) string {
	words := [...]string{"", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if l == Spanish {
		words = [...]string{"", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"}
	}
	if n < len(words) {
		return words[max(n, 0)]
	}
	return strconv.Itoa(n)
}
