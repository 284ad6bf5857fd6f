package gate

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Confirm says whether the one confirmation of an opt-out may be handed over at
// now. It belongs to what the person has just written (47 CFR 64.1200(a)(12)), so
// neither the opt-out itself nor the hour or the caps stand against it; brakes,
// a person in charge, words and its few minutes do. One that cannot go at once
// does not go at all.
func Confirm(now time.Time, f Facts) Decision {
	j := judge{now: now, facts: &f, until: now}
	j.brakes()
	j.sender()
	j.note(f.RecoveryOpen, RecoveryOpen)
	j.note(f.Deceased, Deceased)
	switch a := f.Address; {
	case a == nil || a.Value == "":
		j.note(true, NoAddress)
	default:
		j.note(a.Status != outreach.AddressOK || a.Kind != f.Channel.AddressKind(), AddressInvalid)
		j.note(f.Channel == outreach.SMS && a.LineType == outreach.Landline, LandlineForSMS)
	}
	j.words()
	j.note(f.TemplateApproved && f.Class != outreach.Informational, TemplateBad)
	j.note(!now.Before(f.NotAfter), PastNotAfter)
	if len(j.reasons) > 0 {
		return Decision{Verdict: Refuse, Reasons: sorted(j.reasons)}
	}
	return Decision{Verdict: Allow, ClosesAt: f.NotAfter}
}
