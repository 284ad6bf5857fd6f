package gate

import (
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
// The latest entry that applies is the only one that counts: what was recorded
// last is what can be shown. A newer, weaker one replaces an older, stronger one.
func (f *Facts) consented(now time.Time) (id int64, ok bool) {
	last := f.lastWord(now)
	if last != nil && last.State == outreach.ConsentRevoked {
		return 0, false // 47 CFR 64.1200(a)(10), 15 USC 7704(a)(4), CASL s. 11
	}
	given := last != nil && last.State == outreach.ConsentGiven && (last.ExpiresAt.IsZero() || now.Before(last.ExpiresAt))
	switch f.Channel {
	case outreach.SMS:
		if given && f.basisSuffices(last.Basis) {
			return last.ID, true
		}
		return 0, false
	case outreach.Email:
		if given && (!f.inCanada() || casl(last, now)) {
			return last.ID, true
		}
		return 0, f.mayWriteUnasked(now)
	case outreach.Call:
		if given {
			return last.ID, true
		}
		return 0, f.mayCallUnasked(now)
	}
	return 0, false
}

// lastWord returns the latest ledger entry that concerns this contact, nil when
// there is none. A "yes" dated in the future is no yes; a "no" is, since doubt
// is settled in the person's favor.
func (f *Facts) lastWord(now time.Time) *outreach.Consent {
	var last *outreach.Consent
	for i := range f.Consents {
		c := &f.Consents[i]
		if !f.concerns(c) || c.State == outreach.ConsentGiven && c.OccurredAt.After(now) {
			continue
		}
		if last == nil || c.OccurredAt.After(last.OccurredAt) ||
			c.OccurredAt.Equal(last.OccurredAt) && c.ID > last.ID {
			last = c
		}
	}
	return last
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
