package scheduler

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// gateItems says of each item of a follow-up what the gate asks.
func gateItems(d outreach.Due, cond outreach.Conditions, loc *time.Location) []gate.Item {
	out := make([]gate.Item, len(d.Items))
	for i, it := range d.Items {
		g := gate.Item{NotOwned: it.NotOwned, Refusals: it.Refusals}
		switch {
		case it.Line != nil:
			l := it.Line
			g.Safety = l.Severity == outreach.SeveritySafety
			g.Done = it.DoneHere || !l.DoneAt.IsZero() || l.Authorization == outreach.Authorized ||
				it.Answer == outreach.ActionElsewhere
			g.NotOwned = it.NotOwned || it.Answer == outreach.ActionSold
			g.ReasonExcluded = excluded(cond, it) || it.Answer == outreach.ActionNotThis
			g.Reopened = reopened(it)
			g.Blocked = it.Order.MessagesBlocked
			g.PriceValidUntil = endOfDay(l.PriceValidUntil, loc)
		case it.Canceled != nil:
			x := it.Canceled
			g.NotOwned = it.NotOwned || it.Answer == outreach.ActionSold
			g.Reopened = !x.ReopenedAt.IsZero()
			g.ReasonExcluded = excluded(cond, it)
		}
		out[i] = g
	}
	return out
}

// reopened reports whether a line's order is at work, again or still, or void:
// what was left undone there may be decided anew, or never was an order.
func reopened(it outreach.Item) bool {
	return it.Order.Status == outreach.OrderVoided || it.Order.Status == outreach.OrderOpen
}

// endOfDay is the end of the day that t shows in loc: a price that holds "until
// June 3" holds all of June 3.
func endOfDay(t time.Time, loc *time.Location) time.Time {
	if t.IsZero() {
		return t
	}
	return startOfDay(t.In(loc).AddDate(0, 0, 1), loc)
}

// settledForGood reports whether no dropped item can ever come up again.
func settledForGood(dropped map[int][]gate.Reason) bool {
	final := []gate.Reason{gate.AlreadyDone, gate.NotOwned, gate.RefusedTwice, gate.ReasonExcluded}
	for _, reasons := range dropped {
		if !slices.ContainsFunc(reasons, func(r gate.Reason) bool { return slices.Contains(final, r) }) {
			return false
		}
	}
	return len(dropped) > 0
}

// addressFor picks the address for a channel: a usable one before one that is
// not, the preferred before the others. Nil when there is none.
func addressFor(addresses []outreach.Address, ch outreach.Channel) *outreach.Address {
	var best *outreach.Address
	for i, a := range addresses {
		if a.Kind != ch.AddressKind() {
			continue
		}
		if best == nil || usable(a, ch) && !usable(*best, ch) {
			best = &addresses[i]
		}
	}
	return best
}

func usable(a outreach.Address, ch outreach.Channel) bool {
	return a.Status == outreach.AddressOK && (ch != outreach.SMS || a.LineType != outreach.Landline)
}

// phoneOf returns a customer's number for guessing where they are, "" for none.
func phoneOf(addresses []outreach.Address) string {
	if a := addressFor(addresses, outreach.SMS); a != nil {
		return a.Value
	}
	return ""
}

func country(d outreach.Due) string {
	if d.Customer.Country != "" {
		return d.Customer.Country
	}
	return d.Shop.Country
}

// region is the state or province whose rules hold: a postal code alone says it, too.
func region(c outreach.Customer) string {
	if c.Region != "" {
		return c.Region
	}
	return hours.Region(c.PostalCode)
}

// wordsFor gathers what a message may speak of: the items that are left.
func wordsFor(d outreach.Due, keep []int, links templates.Links, now time.Time) templates.Data {
	data := templates.Data{
		Shop: d.Shop, Customer: d.Customer, Links: links, Zone: d.Shop.Location(), Now: now,
	}
	for _, i := range keep {
		data.Items = append(data.Items, d.Items[i])
	}
	return data
}
