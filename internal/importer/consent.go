package importer

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// consents turns the flags of a row into ledger entries. What the row does not
// say is no entry at all. A missing "do not" is not a "yes", and a "yes" to
// marketing in general is no written agreement to be sent texts.
func (r *reading) consents(c CustomerRecord, doNotContact bool) []outreach.Consent {
	phone, email := firstOf(c.Addresses, outreach.PhoneNumber), firstOf(c.Addresses, outreach.EmailAddress)
	var out []outreach.Consent
	add := func(channel outreach.Channel, class outreach.Class, state outreach.ConsentState, f Field) *outreach.Consent {
		out = append(out, outreach.Consent{
			ShopID: r.profile.Shop, Channel: channel, Class: class, State: state,
			Wording: r.cols.name(f) + " = " + firstNonEmpty(r.text(f), "(in the name)"), Source: "import:" + r.profile.Source,
		})
		return &out[len(out)-1]
	}
	give := func(channel outreach.Channel, class outreach.Class, address string, f Field) {
		if address != "" {
			entry := add(channel, class, outreach.ConsentGiven, f)
			entry.Basis, entry.Address = outreach.ConsentExpress, address
		}
	}
	revoke := func(channel outreach.Channel, class outreach.Class, f Field) {
		add(channel, class, outreach.ConsentRevoked, f)
	}

	switch r.flag(FieldMarketingOK) {
	case wordYes:
		give(outreach.Email, outreach.Marketing, email, FieldMarketingOK)
	case wordNo:
		revoke("", outreach.Marketing, FieldMarketingOK)
	}
	for _, ch := range []struct {
		channel outreach.Channel
		class   outreach.Class
		address string
		ok, no  Field
	}{
		{outreach.Email, outreach.Marketing, email, FieldEmailOK, FieldNoEmail},
		{outreach.SMS, "", phone, FieldSMSOK, FieldNoSMS},
		{outreach.Call, "", phone, FieldCallOK, FieldNoCall},
	} {
		switch r.flag(ch.ok) {
		case wordYes:
			give(ch.channel, ch.class, ch.address, ch.ok)
		case wordNo:
			revoke(ch.channel, "", ch.ok)
		}
		if r.block(ch.no) {
			revoke(ch.channel, "", ch.no)
		}
	}
	if written, ok := r.written(phone); ok {
		out = append(out, written)
	}
	if r.block(FieldNoMarketing) {
		revoke("", outreach.Marketing, FieldNoMarketing)
	}
	if r.block(FieldDoNotContact) || doNotContact {
		revoke("", "", FieldDoNotContact)
	}
	return out
}

// written reads a written agreement to marketing texts: the day it was signed
// and the words it was signed under (47 CFR 64.1200(f)(9)). Without either it
// is no more than an expressed wish.
func (r *reading) written(phone string) (outreach.Consent, bool) {
	raw := r.text(FieldSMSWrittenAt)
	if raw == "" {
		return outreach.Consent{}, false
	}
	if phone == "" {
		r.warn(FieldSMSWrittenAt, raw, "a written consent without a usable number covers nothing", "a phone number on the same row")
		return outreach.Consent{}, false
	}
	entry := outreach.Consent{
		ShopID: r.profile.Shop, Channel: outreach.SMS, Class: outreach.Marketing, Address: phone, State: outreach.ConsentGiven,
		Basis: outreach.ConsentWritten, Wording: r.text(FieldSMSWrittenWording), Source: "import:" + r.profile.Source,
	}
	if word, _ := r.profile.wordFor(FieldSMSOK, raw); word == wordNo {
		return outreach.Consent{}, false
	}
	at, _, err := r.dates.read(raw)
	if err != nil || at.After(r.now.Add(clockGrace)) {
		at = time.Time{}
	}
	entry.OccurredAt = at
	if at.IsZero() || entry.Wording == "" {
		r.warn(FieldSMSWrittenAt, raw, "without the day and the wording this is no written consent; taken as an expressed wish", "a date here and the text agreed to in "+string(FieldSMSWrittenWording))
		entry.Basis = outreach.ConsentExpress
	}
	return entry, true
}

func firstOf(addresses []outreach.Address, kind outreach.AddressKind) string {
	for _, a := range addresses {
		if a.Kind == kind {
			return a.Value
		}
	}
	return ""
}
