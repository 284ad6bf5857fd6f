package gate

import (
	"slices"
	"time"
)

// refusalsFinal is how many times a person says no to an item for good.
const refusalsFinal = 2

// FilterItems tells which items may still be raised at now: the indexes of
// those kept, in order, and for each other one the reasons in their order.
func FilterItems(now time.Time, items []Item) (keep []int, dropped map[int][]Reason) {
	for i := range items {
		against := items[i].reasons(now)
		if len(against) == 0 {
			keep = append(keep, i)
			continue
		}
		if dropped == nil {
			dropped = map[int][]Reason{}
		}
		dropped[i] = against
	}
	return keep, dropped
}

func (it *Item) reasons(now time.Time) []Reason {
	var list []Reason
	add := func(applies bool, r Reason) {
		if applies {
			list = append(list, r)
		}
	}
	add(it.Blocked, MessagesBlocked)
	add(it.Done, AlreadyDone)
	add(it.Reopened, OrderReopened)
	add(it.NotOwned, NotOwned)
	add(it.Refusals >= refusalsFinal, RefusedTwice)
	add(it.ReasonExcluded, ReasonExcluded)
	add(!it.PriceValidUntil.IsZero() && !now.Before(it.PriceValidUntil), PriceExpired)
	return list
}

// againstItems returns nothing as long as one item may be raised, else what
// speaks against all of them together.
func againstItems(now time.Time, items []Item) []Reason {
	union := []Reason{NothingLeft}
	for i := range items {
		against := items[i].reasons(now)
		if len(against) == 0 {
			return nil
		}
		for _, r := range against {
			if !slices.Contains(union, r) {
				union = append(union, r)
			}
		}
	}
	return union
}
