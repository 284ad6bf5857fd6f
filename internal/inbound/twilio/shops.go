package twilio

import (
	"slices"

	"github.com/courtesyd/courtesyd/notify/sms"
)

// Shops knows which shop a number or messaging service of ours belongs to. The
// zero Shops knows none.
type Shops struct {
	owners   map[string]string // by number or service; "" where several shops share it
	services bool              // some shop sends through a messaging service, whose numbers we do not know
}

// NewShops takes the origin of every shop's texts, by shop id.
func NewShops(origins map[string]sms.Origin) Shops {
	s := Shops{owners: map[string]string{}}
	for shop, origin := range origins {
		for _, sender := range []string{origin.From, origin.MessagingServiceSID} {
			if sender == "" {
				continue
			}
			owner := shop
			if _, shared := s.owners[sender]; shared {
				owner = ""
			}
			s.owners[sender] = owner
		}
		s.services = s.services || origin.MessagingServiceSID != ""
	}
	return s
}

// of returns the only shop that sends from one of these, "" when several or none do.
func (s Shops) of(senders ...string) string {
	for _, sender := range senders {
		if shop := s.owners[sender]; shop != "" {
			return shop
		}
	}
	return ""
}

// ours reports whether a message from or to one of these may be for us. An account
// may serve other programs, too; but the numbers of a messaging service are known
// to Twilio alone, and a refusal must not be taken for somebody else's.
func (s Shops) ours(senders ...string) bool {
	return len(s.owners) == 0 || s.services || slices.ContainsFunc(senders, func(sender string) bool {
		_, known := s.owners[sender]
		return known
	})
}
