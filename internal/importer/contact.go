package importer

import (
	"errors"
	"regexp"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// rawPhone is one of the phone numbers found in a cell.
type rawPhone struct {
	text string
	line outreach.LineType
}

var (
	phoneSplit     = regexp.MustCompile(`(?i)\s*(?:[;/|,&]|\bor\b|\band\b)\s*`)
	phoneExtension = regexp.MustCompile(`(?i)\s*(?:\bext(?:ension)?\.?|x|#)\s*\d{1,6}$`)
	mobileWord     = regexp.MustCompile(`(?i)\b(cell|mobile|celular|c|m)\b`)
	landlineWord   = regexp.MustCompile(`(?i)\b(home|work|office|landline|casa|fax|h|w)\b`)
)

// splitPhones finds the numbers in a cell such as "212-555-0147 cell /
// 212-555-0148 x12", and what the words around them tell about the line.
func splitPhones(cell string, line outreach.LineType) []rawPhone {
	var out []rawPhone
	for _, part := range phoneSplit.Split(cell, -1) {
		p := rawPhone{text: phoneExtension.ReplaceAllString(part, ""), line: line}
		switch {
		case p.text != part, landlineWord.MatchString(part): // an extension sits behind a switchboard
			p.line = outreach.Landline
		case mobileWord.MatchString(part):
			p.line = outreach.Mobile
		}
		if strings.ContainsAny(p.text, "0123456789") {
			out = append(out, p)
		}
	}
	return out
}

// placeholderNames are what is typed where a form demands an address and the
// customer has none.
var placeholderNames = map[string]bool{
	"none": true, "noemail": true, "no": true, "na": true, "nomail": true, "noaddress": true, "unknown": true, "declined": true, "refused": true, "nope": true,
	"nothing": true, "null": true, "noreply": true, "donotreply": true, "asdf": true, "abc": true, "xxx": true, "test": true,
}

var emailShape = regexp.MustCompile(`^[a-z0-9!#$%&'*+/=?^_{|}~.-]+@([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]$`)

var (
	errPlaceholder = errors.New("this stands for no address")
	errNotEmail    = errors.New("this is not an e-mail address")
)

// readEmail returns the lower-cased address. The customer's own spelling of the
// part before the @ is not kept: no mailbox in use tells them apart.
func readEmail(raw string) (string, error) {
	s := strings.ToLower(strings.TrimSpace(raw))
	s = strings.TrimPrefix(s, "mailto:")
	if i := strings.IndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") {
		s = s[i+1 : len(s)-1]
	}
	local, domain, ok := strings.Cut(s, "@")
	if ok && (placeholderNames[fold(local)] || placeholderNames[strings.SplitN(domain, ".", 2)[0]]) {
		return "", errPlaceholder
	}
	if len(s) > 254 || len(local) > 64 || !emailShape.MatchString(s) || strings.Contains(s, "..") || strings.HasPrefix(s, ".") || strings.HasSuffix(local, ".") {
		return "", errNotEmail
	}
	return s, nil
}

func splitEmails(cell string) []string {
	return strings.FieldsFunc(cell, func(r rune) bool { return r == ';' || r == ',' || r == ' ' })
}
