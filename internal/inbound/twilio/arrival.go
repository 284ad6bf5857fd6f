package twilio

import (
	"fmt"
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/sms"
)

// keywords are the words to which Twilio itself answers, when they are all of a
// text, that nothing more will come: https://help.twilio.com/articles/223134027
var keywords = []string{"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}

// arrival makes of a customer's text what the desk takes. optOutType is what
// Twilio's Advanced Opt-Out made of it, "" where it says nothing.
func (s Shops) arrival(r sms.Record, optOutType string) outreach.Arrival {
	a := outreach.Arrival{
		Provider: provider, ProviderID: r.SID, Channel: outreach.SMS,
		From: number(r.From), To: number(r.To), Body: clean(r.Body), At: r.At,
		// A shop's own word for stopping is known to Twilio only.
		Unsubscribe: optOutType == "STOP",
	}
	a.ShopID = s.of(a.To, r.ServiceSID)
	a.Confirmed = a.Unsubscribe || slices.Contains(keywords, strings.ToUpper(strings.TrimSpace(r.Body)))
	// Beside words the pictures are told of apart from them, so that the words
	// still mean what they say.
	if note := pictures(r.Media); note != "" && strings.TrimSpace(a.Body) == "" {
		a.Body = note
	} else {
		a.Subject = note
	}
	return a
}

// pictures tells a person what else came.
func pictures(n int) string {
	switch {
	case n <= 0:
		return ""
	case n == 1:
		return "[1 picture]"
	}
	return fmt.Sprintf("[%d pictures]", n)
}

// number takes the channel off an address such as "whatsapp:+12125550123". Short
// codes and names stay as they are.
func number(address string) string {
	address = strings.TrimSpace(clean(address))
	if _, rest, found := strings.Cut(address, ":"); found {
		return rest
	}
	return address
}

// clean takes out what a database cannot hold as text.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}
