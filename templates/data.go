package templates

import (
	"cmp"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Data is everything a message may speak of: one customer, what was found on
// the vehicle or what was canceled, and who is writing. What is not known stays
// empty; nothing is ever made up for it.
type Data struct {
	Shop     outreach.Shop
	Customer outreach.Customer
	Vehicle  outreach.Vehicle
	Order    outreach.Order         // the visit the items come from
	Adviser  string                 // who signs; "" when not known
	Items    []outreach.Line        // any order: the most serious is named first
	Canceled outreach.CanceledOrder // for canceled orders only
	Links    Links
	// Zone is the zone dates are shown in, the shop's. A nil Zone is looked up
	// from Shop.TimeZone, which is slower.
	Zone *time.Location
	Now  time.Time // a date far from Now is shown with its year
}

// Links are the addresses made for this one contact. They are empty when the
// shop has no public address.
type Links struct {
	Page            string // the customer's page
	Unsubscribe     string // one-click address of RFC 8058
	UnsubscribeMail string // mail address or mailto: link that takes unsubscribe requests
}

// bySeverity returns the items with the most serious first, in their own order
// where equally serious.
func bySeverity(items []outreach.Line) []outreach.Line {
	rank := func(a, b outreach.Line) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) }
	if slices.IsSortedFunc(items, rank) {
		return items
	}
	items = slices.Clone(items)
	slices.SortStableFunc(items, rank)
	return items
}
