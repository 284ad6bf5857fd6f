package templates

import (
	"cmp"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Data is everything a message may speak of. What is not known stays empty;
// nothing is ever made up for it.
type Data struct {
	Shop     outreach.Shop
	Customer outreach.Customer
	// Items are what the follow-up is about, in any order. The most serious one
	// is named first, and its visit, vehicle and adviser are those of the message.
	Items []outreach.Item
	Links Links
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
func bySeverity(items []outreach.Item) []outreach.Item {
	rank := func(a, b outreach.Item) int { return cmp.Compare(severity(&a).Rank(), severity(&b).Rank()) }
	if slices.IsSortedFunc(items, rank) {
		return items
	}
	items = slices.Clone(items)
	slices.SortStableFunc(items, rank)
	return items
}

func severity(item *outreach.Item) outreach.Severity {
	if item.Line == nil {
		return outreach.SeverityUnknown
	}
	return item.Line.Severity
}

// subject is what a message as a whole is about: the parts of its first item,
// empty where there is none.
type subject struct {
	order    *outreach.Order
	vehicle  *outreach.Vehicle
	canceled *outreach.CanceledOrder
}

func subjectOf(items []outreach.Item) subject {
	var first outreach.Item
	if len(items) > 0 {
		first = items[0]
	}
	return subject{orEmpty(first.Order), orEmpty(first.Vehicle), orEmpty(first.Canceled)}
}

func orEmpty[T any](p *T) *T {
	if p == nil {
		return new(T)
	}
	return p
}
