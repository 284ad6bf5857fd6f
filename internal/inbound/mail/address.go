package mail

import (
	"net/mail"
	"regexp"
	"strings"
)

var addressLike = regexp.MustCompile(`[^\s<>@:,;"'()\[\]]{1,128}@[A-Za-z0-9.-]{1,253}`)

// maxAddressBytes is RFC 5321 4.5.3.1.3, without the angle brackets.
const maxAddressBytes = 254

// addressIn returns the first address in the first of the fields that has one,
// lower-cased.
func addressIn(h mail.Header, fields ...string) string {
	for _, field := range fields {
		for _, value := range h[field] {
			if a := firstAddress(value); a != "" {
				return a
			}
		}
	}
	return ""
}

func firstAddress(value string) string {
	value = value[:min(len(value), 4096)]
	address := ""
	if list, err := mail.ParseAddressList(value); err == nil && len(list) > 0 {
		address = list[0].Address
	} else {
		// The address stands last: a name in front of it may look like one, too.
		if found := addressLike.FindAllString(value, maxCandidates); len(found) > 0 {
			address = found[len(found)-1]
		}
	}
	address = strings.ToLower(clean(address))
	if len(address) > maxAddressBytes || !strings.Contains(address, "@") {
		return ""
	}
	return address
}

// recipientFields tell where a message was delivered to; the first ones are the
// mail servers' own, which know it also of blind copies and of bounces.
var recipientFields = []string{"Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "To", "Cc"}

// recipients returns the addresses the message was delivered to, as far as it
// tells, lower-cased.
func recipients(h mail.Header) []string {
	var all []string
	for _, field := range recipientFields {
		for _, value := range h[field] {
			for _, a := range addressLike.FindAllString(value[:min(len(value), 16<<10)], maxCandidates) {
				all = append(all, strings.ToLower(a))
			}
			if len(all) > maxCandidates {
				return all
			}
		}
	}
	return all
}

// isFor reports whether the message was sent to address, also with something
// after a plus in it.
func isFor(h mail.Header, address string) bool {
	local, domain, ok := strings.Cut(strings.ToLower(address), "@")
	if !ok {
		return false
	}
	for _, to := range recipients(h) {
		l, d, _ := strings.Cut(to, "@")
		l, _, _ = strings.Cut(l, "+")
		if d == domain && (l == local || to == strings.ToLower(address)) {
			return true
		}
	}
	return false
}
