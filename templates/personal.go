package templates

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Personal puts what somebody at the shop wrote to a customer into the words in
// which it is sent. A text begins with the shop's name and has the plain
// characters that cost least; a mail ends with who wrote it and where the shop is.
func Personal(shop outreach.Shop, ch outreach.Channel, author, subject, text string) Rendered {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	if ch == outreach.SMS {
		if name := clean(shop.Name, maxName); !strings.HasPrefix(strings.ToLower(text), strings.ToLower(name)) {
			text = name + ": " + text
		}
		text = plainSMS(text)
		count := Segments(text)
		return Rendered{Text: text, Segments: count.Segments, Encoding: count.Encoding}
	}
	text = norm.NFC.String(text)
	end := senderLine(newRun(&Data{Shop: shop}, English))
	return Rendered{Subject: clean(subject, maxText), Text: text + "\n\n" + clean(author, maxName) + "\n" + end + "\n"}
}
