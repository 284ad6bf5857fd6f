package outreach

import "strings"

// Mask hides most of a phone number or an e-mail address, so that logs and
// lists can be read by people who need not know it: "+1*******123",
// "p***@example.com".
func Mask(address string) string {
	if at := strings.LastIndexByte(address, '@'); at > 0 {
		first := []rune(address[:at])[0]
		return string(first) + "***" + address[at:]
	}
	const head, tail = 2, 3
	if len(address) <= head+tail {
		return strings.Repeat("*", len(address))
	}
	return address[:head] + strings.Repeat("*", len(address)-head-tail) + address[len(address)-tail:]
}
