package email

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/net/idna"
)

// Limits of RFC 5321 4.5.3.1, in bytes.
const (
	maxAddress = 254
	maxLocal   = 64
	maxLabel   = 63
)

// CheckAddress returns address in the form in which it is handed to a mail server,
// with its domain in lower-case ASCII, or an error that does not repeat it.
//
// It is stricter than the standards, and than net/mail: it accepts what real
// mailboxes of customers look like, so no quoted local parts, no comments, no
// address literals and no domain without a dot.
func CheckAddress(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", errors.New("address has no @")
	}
	local := address[:at]
	if err := checkLocal(local); err != nil {
		return "", err
	}
	domain, err := checkDomain(address[at+1:])
	if err != nil {
		return "", err
	}
	if len(local)+1+len(domain) > maxAddress {
		return "", fmt.Errorf("address is longer than %d bytes", maxAddress)
	}
	return local + "@" + domain, nil
}

func checkLocal(local string) error {
	if local == "" || len(local) > maxLocal {
		return fmt.Errorf("part before @ must have 1 to %d bytes", maxLocal)
	}
	for atom := range strings.SplitSeq(local, ".") {
		if atom == "" {
			return errors.New("part before @ has a dot in the wrong place")
		}
		for i := range len(atom) {
			if !isAtom(atom[i]) {
				return errors.New("part before @ has a character that mail servers do not take")
			}
		}
	}
	return nil
}

// isAtom reports whether b is atext of RFC 5322 3.2.3.
func isAtom(b byte) bool {
	return isLetterOrDigit(b) || strings.IndexByte("!#$%&'*+-/=?^_`{|}~", b) >= 0
}

func isLetterOrDigit(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func checkDomain(domain string) (string, error) {
	ascii, err := idna.Lookup.ToASCII(domain)
	if err != nil {
		return "", errors.New("domain is not a valid host name")
	}
	ascii = strings.ToLower(ascii)
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 {
		return "", errors.New("domain has no dot")
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "", errors.New("domain is not a valid host name")
		}
	}
	if last := labels[len(labels)-1]; '0' <= last[0] && last[0] <= '9' {
		return "", errors.New("domain is a number")
	}
	return ascii, nil
}

// isLabel reports whether label is one of a host name (RFC 1123 2.1).
func isLabel(label string) bool {
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		if !isLetterOrDigit(label[i]) && label[i] != '-' {
			return false
		}
	}
	return true
}
