package notify

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	mailAddress = regexp.MustCompile(`<?[^\s<>@:,;"]+@[^\s<>@:,;"]+>?`)
	phoneNumber = regexp.MustCompile(`\+?\d[\d\s().-]{5,}\d`)
)

// minPhoneDigits is the length of a North American number without country code.
const minPhoneDigits = 10

// maxDetail bounds, in bytes, what a provider's words may add to the log.
const maxDetail = 200

// Scrub makes a provider's words fit for an Outcome's Detail: one line of bounded
// length without addresses, phone numbers or any of the given secrets.
func Scrub(text string, secrets ...string) string {
	for _, secret := range secrets {
		if secret != "" {
			text = strings.ReplaceAll(text, secret, "[secret]")
		}
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, text)
	text = mailAddress.ReplaceAllString(text, "[address]")
	text = phoneNumber.ReplaceAllStringFunc(text, func(found string) string {
		if digits(found) < minPhoneDigits {
			return found // a reply code, a date, an amount
		}
		return "[number]"
	})
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return text
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
