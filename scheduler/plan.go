package scheduler

import (
	"cmp"
	"hash/fnv"
	"slices"
	"strconv"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// together is how far apart the agreed dates of deferred items may lie for one
// follow-up to speak of them.
const together = 21 * 24 * time.Hour

// planner turns candidates into plans. It is a pure function of its fields and
// arguments.
type planner struct {
	now       time.Time
	shop      outreach.Shop
	playbook  outreach.Playbook
	playbooks []outreach.Playbook // all in force at the shop, see claimedBy
}

// plan decides for one customer what this playbook starts, joins or ends.
func (p planner) plan(c outreach.Candidate) outreach.Plan {
	fresh := p.fresh(c)
	var end, spent []outreach.Ending
	var going []outreach.FollowUp
	for _, f := range c.Active {
		switch {
		case over(f.ID, c.Items):
			end = append(end, outreach.Ending{FollowUpID: f.ID, Reason: "already_done"})
		case f.Planned:
			going = append(going, f)
		default:
			// It will say nothing more: it waits for an answer about its last
			// contact, or for an adviser to call, who still shall.
			spent = append(spent, outreach.Ending{FollowUpID: f.ID, Reason: "completed", KeepCalls: true})
		}
	}
	var out outreach.Plan
	switch {
	case len(fresh) == 0:
	case len(going) > 0:
		out = p.join(going[0], fresh)
	default:
		if out = p.start(c, fresh); out.Start != nil {
			end = append(end, spent...)
		}
	}
	out.End = end
	return out
}

// join adds what is new to a follow-up: one conversation. Items agreed for
// another time wait until it has ended.
func (p planner) join(f outreach.FollowUp, items []outreach.Item) outreach.Plan {
	out := outreach.Plan{JoinID: f.ID}
	for _, it := range items {
		if p.playbook.Trigger != outreach.TriggerDeferred || apart(anchor(it), f.AnchorAt) <= together {
			out.Items = append(out.Items, it)
		}
	}
	return out
}

// start plans a new follow-up about items. Its days are counted from the latest
// of them, or, where the customer named dates, from the first.
func (p planner) start(c outreach.Candidate, items []outreach.Item) outreach.Plan {
	byAnchor := func(a, b outreach.Item) int { return anchor(a).Compare(anchor(b)) }
	from := anchor(slices.MaxFunc(items, byAnchor))
	if p.playbook.Trigger == outreach.TriggerDeferred {
		from = anchor(slices.MinFunc(items, byAnchor))
		items = agreedAbout(from, items)
	}
	contacts := p.contacts(c, from)
	if len(contacts) == 0 {
		return outreach.Plan{}
	}
	return outreach.Plan{
		Start: &outreach.FollowUp{
			ShopID: p.shop.ID, CustomerID: c.Customer.ID, PlaybookID: p.playbook.ID,
			PlaybookVersion: p.playbook.Version, State: outreach.FollowUpActive, AnchorAt: from, StartedAt: p.now,
		},
		Items:    items,
		Contacts: contacts,
	}
}

// contacts fixes due_at and not_after of each step. A step whose time had
// already passed when the item was found is left out: there is no catch-up.
func (p planner) contacts(c outreach.Candidate, from time.Time) []outreach.Contact {
	loc := p.shop.Location()
	var out []outreach.Contact
	for i, s := range p.playbook.Steps {
		due := s.At.On(from.In(loc).AddDate(0, 0, s.Day))
		notAfter := due.Add(s.Within)
		if !notAfter.After(p.now) {
			continue
		}
		out = append(out, outreach.Contact{
			ShopID: p.shop.ID, CustomerID: c.Customer.ID, Step: i + 1, Direction: outreach.Outbound,
			Channel: firstUsable(s.Channels, c.Addresses), Class: outreach.Marketing, State: outreach.Planned,
			PlaybookID: p.playbook.ID, PlaybookVersion: p.playbook.Version, Template: s.Template,
			DueAt: due, NotAfter: notAfter,
		})
	}
	return out
}

// firstUsable is the first channel for which there is any address. Whether it
// may be used is the gate's to say, when the time comes.
func firstUsable(channels []outreach.Channel, addresses []outreach.Address) outreach.Channel {
	for _, ch := range channels {
		for _, a := range addresses {
			if a.Kind == ch.AddressKind() {
				return ch
			}
		}
	}
	return channels[0]
}

// fresh returns the customer's items that are for this playbook and that no
// follow-up has raised.
func (p planner) fresh(c outreach.Candidate) []outreach.Item {
	var out []outreach.Item
	for _, it := range c.Items {
		if it.FollowUpID != 0 || unfit(p.now, p.playbook, c.Customer, it) != "" {
			continue
		}
		if claimedBy(p.now, p.playbooks, c.Customer, it) == p.playbook.ID {
			out = append(out, it)
		}
	}
	return out
}

// claimedBy returns the playbook an item belongs to: of those it fits, the one
// with the lowest priority number, then the first by name.
func claimedBy(now time.Time, playbooks []outreach.Playbook, c outreach.Customer, it outreach.Item) string {
	best := -1
	for i, pb := range playbooks {
		if unfit(now, pb, c, it) != "" {
			continue
		}
		if best < 0 || cmp.Or(cmp.Compare(pb.Priority, playbooks[best].Priority), cmp.Compare(pb.ID, playbooks[best].ID)) < 0 {
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return playbooks[best].ID
}

// over reports whether a follow-up has nothing left to speak of.
func over(followUpID int64, items []outreach.Item) bool {
	for _, it := range items {
		if it.FollowUpID == followUpID && it.Trigger() != "" && !it.DoneHere {
			return false
		}
	}
	return true
}

// anchor is the day that steps are counted from.
func anchor(it outreach.Item) time.Time {
	if it.Line != nil && !it.Line.DeferredUntil.IsZero() {
		return it.Line.DeferredUntil
	}
	return it.Day()
}

// agreedAbout keeps the items agreed for about the same time as first.
func agreedAbout(first time.Time, items []outreach.Item) []outreach.Item {
	var out []outreach.Item
	for _, it := range items {
		if apart(anchor(it), first) <= together {
			out = append(out, it)
		}
	}
	return out
}

func apart(a, b time.Time) time.Duration { return a.Sub(b).Abs() }

// inControlGroup reports whether a customer is one of those a playbook
// deliberately leaves alone, so that what contacting brings can be measured. It
// is the same for ever for a customer and a playbook.
func inControlGroup(share float64, playbookID string, customerID int64) bool {
	if share <= 0 {
		return false
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(playbookID + ":" + strconv.FormatInt(customerID, 10))) // a hash never fails
	return float64(h.Sum64()%10_000) < share*10_000
}
