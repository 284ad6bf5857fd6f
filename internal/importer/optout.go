package importer

import (
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// optOuts reads one row of a suppression list. Whatever else is wrong on the
// row, an address that can be read is suppressed: doubt about the day or the
// channel never costs a person their "no".
func (r *reading) optOuts() []OptOutRecord {
	addresses := r.addresses()
	for _, part := range strings.Fields(r.text(FieldAddress)) {
		if strings.Contains(part, "@") {
			if email, err := readEmail(part); err == nil {
				addresses = append(addresses, outreach.Address{Kind: outreach.EmailAddress, Value: email})
			}
		}
	}
	if !strings.Contains(r.text(FieldAddress), "@") {
		addresses = append(addresses, r.phones(FieldAddress)...)
	}
	if len(addresses) == 0 {
		r.reject(r.addressField(), r.text(r.addressField()), "no number or address that could be left alone", "a phone number or an e-mail address")
		return nil
	}
	recorded := r.recordedAt()
	channel := r.channel()
	out := make([]OptOutRecord, 0, len(addresses))
	for _, a := range addresses {
		out = append(out, OptOutRecord{
			Address: a.Value, Channel: channelFor(channel, a.Kind),
			Reason: firstNonEmpty(r.text(FieldReason), "imported"), Source: "import:" + r.profile.Source, RecordedAt: recorded,
		})
	}
	return out
}

func (r *reading) addressField() Field {
	for _, f := range append([]Field{FieldAddress}, suppressionPerson...) {
		if r.given(f) {
			return f
		}
	}
	return FieldAddress
}

// recordedAt is when the person said no. A date that cannot be, or lies ahead,
// would leave a gap: the import's own time is taken instead.
func (r *reading) recordedAt() time.Time {
	raw := r.text(FieldRecordedAt)
	if raw == "" {
		return time.Time{}
	}
	at, _, err := r.dates.read(raw)
	if err != nil || at.After(r.now) {
		r.warn(FieldRecordedAt, raw, "the day cannot be read; counted from today", r.dateExample())
		return time.Time{}
	}
	return at
}

func (r *reading) channel() outreach.Channel {
	switch word := r.word(FieldChannel); word {
	case "all":
		return ""
	default:
		return outreach.Channel(word)
	}
}

// channelFor widens a channel that does not fit the address to all channels.
func channelFor(ch outreach.Channel, kind outreach.AddressKind) outreach.Channel {
	if ch != "" && ch.AddressKind() == kind {
		return ch
	}
	return ""
}
