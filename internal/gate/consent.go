package gate

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// How many months dealings with a customer stand in for recorded consent.
const (
	callMonths            = 18 // to call after a purchase, 47 CFR 64.1200(f)(5)
	canadaPurchaseMonths  = 24 // to write after a purchase, CASL s. 10(10)(a)
	canadaImpliedDefault  = 6  // after an inquiry, CASL s. 10(10)(e): the shorter where the ledger does not say
	requiredInformational = outreach.ConsentExpress
)

// consented reports whether the person has agreed as far as law and policy ask
// for it, and by which ledger entry; 0 when none was needed.
//
// What counts is a "yes" that suffices and that nothing later took back. A
// later, weaker "yes" takes nothing back; a later "no" does, and so does a
// source that no longer knows: doubt is settled in the person's favor.
func (f *Facts) consented(now time.Time) (id int64, ok bool) {
	if yes := f.lastYes(now, f.lastNo()); yes != nil {
		return yes.ID, true
	}
	if f.revoked() {
		return 0, false // 47 CFR 64.1200(a)(10), 15 USC 7704(a)(4), CASL s. 11
	}
	switch f.Channel {
	case outreach.Email:
		return 0, f.mayWriteUnasked(now)
	case outreach.Call:
		return 0, f.mayCallUnasked(now)
	}
	return 0, false
}

// lastNo returns the latest entry that says no, or that nobody knows; nil when
// there is none. It counts from when it is recorded, whatever its date.
func (f *Facts) lastNo() *outreach.Consent {
	var last *outreach.Consent
	for i := range f.Consents {
		c := &f.Consents[i]
		if c.State != outreach.ConsentGiven && f.concerns(c) && (last == nil || later(c, last)) {
			last = c
		}
	}
	return last
}

// revoked reports whether the ledger holds a "no". That a source knows nothing
// later does not lift it.
func (f *Facts) revoked() bool {
	return slices.ContainsFunc(f.Consents, func(c outreach.Consent) bool {
		return c.State == outreach.ConsentRevoked && f.concerns(&c)
	})
}

// lastYes returns the latest entry after end that suffices for this contact,
// nil when there is none. A "yes" dated in the future is none yet.
func (f *Facts) lastYes(now time.Time, end *outreach.Consent) *outreach.Consent {
	var last *outreach.Consent
	for i := range f.Consents {
		c := &f.Consents[i]
		switch {
		case c.State != outreach.ConsentGiven || c.OccurredAt.After(now) || !f.concerns(c):
		case !c.ExpiresAt.IsZero() && !now.Before(c.ExpiresAt):
		case end != nil && !later(c, end):
		case !f.suffices(c, now):
		case last == nil || later(c, last):
			last = c
		}
	}
	return last
}

func later(a, b *outreach.Consent) bool {
	return a.OccurredAt.After(b.OccurredAt) || a.OccurredAt.Equal(b.OccurredAt) && a.ID > b.ID
}

// suffices reports whether a "yes" is strong enough for the channel and class.
func (f *Facts) suffices(c *outreach.Consent, now time.Time) bool {
	switch f.Channel {
	case outreach.SMS:
		return f.basisSuffices(c.Basis)
	case outreach.Email:
		return !f.inCanada() || casl(c, now)
	}
	return f.Channel == outreach.Call
}

func (f *Facts) concerns(c *outreach.Consent) bool {
	return (c.Address == "" || c.Address == f.Address.Value) &&
		(c.Channel == "" || c.Channel == f.Channel) &&
		(c.Class == "" || c.Class == f.class()) &&
		(c.ShopID == "" || c.ShopID == f.ShopID)
}

// class takes what is not clearly informational for marketing.
func (f *Facts) class() outreach.Class {
	if f.Class == outreach.Informational {
		return outreach.Informational
	}
	return outreach.Marketing
}

// basisSuffices says what a text needs: marketing prior express written
// consent, information prior express consent (47 CFR 64.1200(a)(1)-(2), (f)(9)).
func (f *Facts) basisSuffices(basis outreach.ConsentBasis) bool {
	return basis == outreach.ConsentWritten ||
		basis == requiredInformational && f.class() == outreach.Informational
}

// mayWriteUnasked: CAN-SPAM asks for no consent to a mail (15 USC 7704), CASL
// does, but takes a purchase in the last two years for it.
func (f *Facts) mayWriteUnasked(now time.Time) bool {
	if f.Policy.EmailNeedsConsent {
		return false
	}
	return !f.inCanada() || within(f.LastVisit, canadaPurchaseMonths, now)
}

// mayCallUnasked: a person may be called about a purchase of the last eighteen
// months whatever the do-not-call registry says (47 CFR 64.1200(c)(2), (f)(5)).
// Where no visit is on record the order itself is the dealing.
func (f *Facts) mayCallUnasked(now time.Time) bool {
	return f.class() == outreach.Informational || f.LastVisit.IsZero() || within(f.LastVisit, callMonths, now)
}

// casl reports whether a given consent counts in Canada: express for ever,
// implied only for so long.
func casl(c *outreach.Consent, now time.Time) bool {
	switch c.Basis {
	case outreach.ConsentWritten, outreach.ConsentExpress:
		return true
	case outreach.ConsentImplied:
		return !c.ExpiresAt.IsZero() || within(c.OccurredAt, canadaImpliedDefault, now)
	}
	return false
}

// inCanada reports whether the customer's address or number is Canadian.
func (f *Facts) inCanada() bool {
	return f.Country == "CA" || phone.IsProvince(f.Region) ||
		f.Address.Kind == outreach.PhoneNumber && phone.Region(f.Address.Value) == "CA"
}

// within reports whether t lies in the given number of months before now.
func within(t time.Time, months int, now time.Time) bool {
	return !t.After(now) && !t.AddDate(0, months, 0).Before(now)
}
