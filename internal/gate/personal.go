package gate

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// conversation is for how long what a customer writes is an invitation to answer
// where they wrote from.
const conversation = 7 * 24 * time.Hour

// Personal says whether what somebody at the shop wrote in answer to a customer's
// message may be handed over at now.
//
// A person decides what is said and when, so that neither caps nor bookings nor
// an open recovery case stand against it, and the hour only where the writer was
// not warned of it. The customer's will, the state of the address and the brakes
// hold for a person as for the program. A wait beyond the answer's own short time
// ends it: an answer that comes hours later is somebody's to write anew.
func Personal(now time.Time, f Facts) Decision {
	f.Policy.ShopPerDay = 0 // it limits what the shop says unasked
	j := judge{now: now, facts: &f, regions: f.regions(), until: now}
	j.installation()
	j.note(f.Deceased, Deceased)
	j.invited()
	j.note(f.RenderError != "", TemplateBad)
	j.note(f.Channel == outreach.SMS && f.Policy.MaxSegments > 0 && f.Segments > f.Policy.MaxSegments, TooLong)
	late := !f.AnyHour && j.late()
	if !j.until.Before(f.NotAfter) {
		j.note(true, PastNotAfter)
	}
	switch {
	case len(j.reasons) == 0:
		return Decision{Verdict: Allow, ConsentID: j.consentID, ClosesAt: f.NotAfter}
	case late || j.ends():
		return Decision{Verdict: Refuse, Reasons: sorted(j.reasons)}
	}
	return Decision{Verdict: Wait, Reasons: sorted(j.reasons), NotBefore: j.until}
}

// invited notes what the address and the customer's will say against an answer.
func (j *judge) invited() {
	f := j.facts
	if f.Address == nil || f.Address.Value == "" {
		j.note(true, NoAddress)
		return
	}
	j.address(f.Address)
	// Whoever agreed to offers agreed to more than an answer.
	for _, f.Class = range []outreach.Class{outreach.Marketing, outreach.Informational} {
		if id, ok := f.consented(j.now); ok {
			j.consentID = id
			return
		}
	}
	j.note(!f.asked(j.now), NoConsent)
}

// asked reports whether the customer wrote first, a short while ago, and has
// taken nothing back since. Whoever writes to a business consents to its answer
// in that conversation and to no more: implied consent for conversational
// messages, CTIA Messaging Principles and Best Practices (2023); for mails to
// Canada the exemption for answers, SOR/2013-221 s. 3(b).
func (f *Facts) asked(now time.Time) bool {
	if f.AskedAt.IsZero() || f.AskedAt.Add(conversation).Before(now) {
		return false
	}
	return !slices.ContainsFunc(f.Consents, func(c outreach.Consent) bool {
		return c.State == outreach.ConsentRevoked && f.concerns(&c) && !c.OccurredAt.Before(f.AskedAt)
	})
}

// late notes what the customer's clock says against it.
func (j *judge) late() bool {
	before := len(j.reasons)
	j.window()
	return len(j.reasons) > before
}

// OfTheHour reports whether r is about the customer's clock alone, so that a
// person who knows of it may write all the same.
func (r Reason) OfTheHour() bool {
	return r == QuietHours || r == ClosedDay || r == NoWindow || r == NoZone
}
