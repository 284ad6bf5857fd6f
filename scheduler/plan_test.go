package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

const chicago = "America/Chicago"

// june is an instant of June 2026 by the shop's clock.
func june(t *testing.T, day, hour int) time.Time {
	t.Helper()
	return time.Date(2026, 6, day, hour, 0, 0, 0, location(t, chicago))
}

// book is a playbook with calls on the given days at ten.
func book(id string, trigger outreach.Trigger, priority int, days ...int) outreach.Playbook {
	pb := outreach.Playbook{ID: id, Version: 1, Trigger: trigger, Priority: priority, Schedule: "0 8 * * *"}
	for _, d := range days {
		pb.Steps = append(pb.Steps, outreach.Step{
			Day: d, Channels: []outreach.Channel{outreach.Call}, Template: "words", At: 10 * 60, Within: 4 * 24 * time.Hour,
		})
	}
	return pb
}

// left is an item left undone on a day.
func left(id int64, declined time.Time) outreach.Item {
	return outreach.Item{
		Line: &outreach.Line{
			ID: id, Name: fmt.Sprintf("job %d", id), Authorization: outreach.Declined, DeclinedAt: declined,
			Severity: outreach.SeverityRequired, DeclineReason: outreach.ReasonNotRecorded, Price: outreach.Money{Minor: 10_000},
		},
		Order:    &outreach.Order{ID: id, Status: outreach.OrderClosed, ClosedAt: declined},
		Refusals: 1,
	}
}

// agreed is an item put off to a date.
func agreed(id int64, declined, date time.Time) outreach.Item {
	it := left(id, declined)
	it.Line.DeferredUntil = date
	return it
}

func canceledOrder(id int64, at time.Time) outreach.Item {
	return outreach.Item{Canceled: &outreach.CanceledOrder{
		ID: id, Kind: outreach.NoShow, CanceledBy: "customer", CanceledAt: at,
	}}
}

// in puts an item into a follow-up.
func in(followUp int64, it outreach.Item) outreach.Item {
	it.FollowUpID = followUp
	return it
}

func plannerFor(now time.Time, pb outreach.Playbook, others ...outreach.Playbook) planner {
	return planner{
		now: now, shop: outreach.Shop{ID: "main", TimeZone: chicago}, playbook: pb,
		playbooks: append([]outreach.Playbook{pb}, others...),
	}
}

// describe puts a plan into words: what begins with which items and steps, what
// is joined, what ends.
func describe(p outreach.Plan) string {
	var out []string
	ids := func() string {
		var list []string
		for _, it := range p.Items {
			if it.Line != nil {
				list = append(list, fmt.Sprint(it.Line.ID))
			} else {
				list = append(list, fmt.Sprint("canceled ", it.Canceled.ID))
			}
		}
		return strings.Join(list, ",")
	}
	for _, e := range p.End {
		out = append(out, fmt.Sprintf("end %d (%s)", e.FollowUpID, e.Reason))
	}
	if p.Start != nil {
		out = append(out, "start "+ids())
	}
	if p.JoinID != 0 {
		out = append(out, fmt.Sprintf("join %d: %s", p.JoinID, ids()))
	}
	for _, c := range p.Contacts {
		out = append(out, fmt.Sprintf("step %d %s", c.Step, c.DueAt.Format("Jan 2 15:04")))
	}
	return strings.Join(out, "; ")
}

func TestPlan(t *testing.T) {
	now := june(t, 3, 8)
	declined := book("declined", outreach.TriggerDeclined, 20, 3, 10)
	deferred := book("deferred", outreach.TriggerDeferred, 10, -7, 0)
	gone := book("canceled", outreach.TriggerCanceled, 30, 1)
	active := func(id int64, anchor time.Time) outreach.FollowUp {
		return outreach.FollowUp{ID: id, State: outreach.FollowUpActive, AnchorAt: anchor, Planned: true}
	}
	done := func(it outreach.Item) outreach.Item { it.DoneHere = true; return it }
	for _, tc := range []struct {
		name string
		pb   outreach.Playbook
		c    outreach.Candidate
		want string
	}{
		{"one follow-up for all lines, counted from the latest", declined, outreach.Candidate{Items: []outreach.Item{
			left(1, june(t, 1, 15)), left(2, june(t, 2, 15)),
		}}, "start 1,2; step 1 Jun 5 10:00; step 2 Jun 12 10:00"},
		{"nothing to do", declined, outreach.Candidate{}, ""},
		{
			"a step whose time has passed is left out", declined,
			outreach.Candidate{Items: []outreach.Item{left(1, time.Date(2026, 5, 26, 15, 0, 0, 0, time.UTC))}},
			"start 1; step 2 Jun 5 10:00",
		},
		{
			"a step still in its time is kept", declined,
			outreach.Candidate{Items: []outreach.Item{left(1, time.Date(2026, 5, 29, 15, 0, 0, 0, time.UTC))}},
			"start 1; step 1 Jun 1 10:00; step 2 Jun 8 10:00",
		},
		{"every step has passed", declined, outreach.Candidate{Items: []outreach.Item{left(1, time.Date(2026, 5, 1, 15, 0, 0, 0, time.UTC))}}, ""},
		{"the agreed date beats the decline", declined, outreach.Candidate{Items: []outreach.Item{agreed(1, june(t, 2, 15), june(t, 30, 0))}}, ""},
		{
			"counted from the agreed date", deferred,
			outreach.Candidate{Items: []outreach.Item{agreed(1, june(t, 2, 15), june(t, 30, 0))}},
			"start 1; step 1 Jun 23 10:00; step 2 Jun 30 10:00",
		},
		{
			"agreed without a date of visit", deferred,
			outreach.Candidate{Items: []outreach.Item{agreed(1, time.Time{}, june(t, 30, 0))}},
			"start 1; step 1 Jun 23 10:00; step 2 Jun 30 10:00",
		},
		{"dates close together are one conversation, at the first", deferred, outreach.Candidate{Items: []outreach.Item{
			agreed(1, june(t, 2, 15), june(t, 30, 0)), agreed(2, june(t, 2, 15), june(t, 20, 0)),
		}}, "start 1,2; step 1 Jun 13 10:00; step 2 Jun 20 10:00"},
		{"dates far apart are not", deferred, outreach.Candidate{Items: []outreach.Item{
			agreed(1, june(t, 2, 15), june(t, 90, 0)), agreed(2, june(t, 2, 15), june(t, 20, 0)),
		}}, "start 2; step 1 Jun 13 10:00; step 2 Jun 20 10:00"},
		{"a far date waits for the conversation to end", deferred, outreach.Candidate{
			Items:  []outreach.Item{in(7, agreed(1, june(t, 2, 15), june(t, 20, 0))), agreed(2, june(t, 2, 15), june(t, 90, 0))},
			Active: []outreach.FollowUp{active(7, june(t, 20, 0))},
		}, "join 7: "},
		{"a near date joins", deferred, outreach.Candidate{
			Items:  []outreach.Item{in(7, agreed(1, june(t, 2, 15), june(t, 20, 0))), agreed(2, june(t, 2, 15), june(t, 25, 0))},
			Active: []outreach.FollowUp{active(7, june(t, 20, 0))},
		}, "join 7: 2"},
		{"what is new joins", declined, outreach.Candidate{
			Items:  []outreach.Item{in(7, left(1, june(t, 1, 15))), left(2, june(t, 2, 15))},
			Active: []outreach.FollowUp{active(7, june(t, 1, 15))},
		}, "join 7: 2"},
		{"what is raised is not raised again", declined, outreach.Candidate{Items: []outreach.Item{in(6, left(1, june(t, 1, 15)))}}, ""},
		{"a follow-up whose work is done ends", declined, outreach.Candidate{
			Items: []outreach.Item{in(7, done(left(1, june(t, 1, 15))))}, Active: []outreach.FollowUp{active(7, june(t, 1, 15))},
		}, "end 7 (already_done)"},
		{"one line left keeps it going", declined, outreach.Candidate{
			Items:  []outreach.Item{in(7, done(left(1, june(t, 1, 15)))), in(7, left(2, june(t, 1, 15)))},
			Active: []outreach.FollowUp{active(7, june(t, 1, 15))},
		}, ""},
		{"it ends although something new has come, which begins anew", declined, outreach.Candidate{
			Items:  []outreach.Item{in(7, done(left(1, june(t, 1, 15)))), left(2, june(t, 2, 15))},
			Active: []outreach.FollowUp{active(7, june(t, 1, 15))},
		}, "end 7 (already_done); start 2; step 1 Jun 5 10:00; step 2 Jun 12 10:00"},
		{"a canceled order", gone, outreach.Candidate{Items: []outreach.Item{canceledOrder(4, june(t, 2, 15))}}, "start canceled 4; step 1 Jun 3 10:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := describe(plannerFor(now, tc.pb, declined, deferred, gone).plan(tc.c))
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

// TestStepsKeepTheirHourOverClockChanges: ten o'clock is ten o'clock on both
// sides of a change, and an hour that does not exist is the first after it.
func TestStepsKeepTheirHourOverClockChanges(t *testing.T) {
	loc := location(t, chicago)
	for _, tc := range []struct {
		declined time.Time
		hour     outreach.TimeOfDay
		want     string
	}{
		{time.Date(2026, 3, 6, 15, 0, 0, 0, loc), 10 * 60, "2026-03-09T15:00:00Z"}, // after spring forward
		{time.Date(2026, 3, 5, 15, 0, 0, 0, loc), 150, "2026-03-08T08:00:00Z"},     // 2:30 does not exist
		{time.Date(2026, 10, 30, 15, 0, 0, 0, loc), 10 * 60, "2026-11-02T16:00:00Z"},
		{time.Date(2026, 10, 29, 15, 0, 0, 0, loc), 90, "2026-11-01T06:30:00Z"}, // 1:30 comes twice: the first
	} {
		pb := book("declined", outreach.TriggerDeclined, 20, 3)
		pb.Steps[0].At = tc.hour
		plan := plannerFor(tc.declined, pb).plan(outreach.Candidate{Items: []outreach.Item{left(1, tc.declined)}})
		if got := plan.Contacts[0].DueAt.UTC().Format(time.RFC3339); got != tc.want {
			t.Errorf("declined %v, at minute %d: due %s, want %s", tc.declined, tc.hour, got, tc.want)
		}
	}
}

func TestPlaybookThatTakesAnItem(t *testing.T) {
	now := june(t, 3, 8)
	it := left(1, june(t, 2, 15))
	one, two := book("one", outreach.TriggerDeclined, 20, 3), book("two", outreach.TriggerDeclined, 10, 3)
	for _, tc := range []struct {
		name      string
		playbooks []outreach.Playbook
		want      string
	}{
		{"the lowest number", []outreach.Playbook{one, two}, "two"},
		{"then the first by name", []outreach.Playbook{book("b", outreach.TriggerDeclined, 10, 3), book("a", outreach.TriggerDeclined, 10, 3)}, "a"},
		{"of those that fit", []outreach.Playbook{one, func() outreach.Playbook {
			pb := two
			pb.Conditions.MinPrice = outreach.Money{Minor: 99_999}
			return pb
		}()}, "one"},
		{"of none", []outreach.Playbook{book("x", outreach.TriggerCanceled, 1, 1)}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := claimedBy(now, tc.playbooks, outreach.Customer{}, it); got != tc.want {
				t.Errorf("%q takes it, want %q", got, tc.want)
			}
			takers := 0
			for _, pb := range tc.playbooks {
				p := plannerFor(now, pb)
				p.playbooks = tc.playbooks
				if plan := p.plan(outreach.Candidate{Items: []outreach.Item{it}}); plan.Start != nil {
					takers++
				}
			}
			if want := min(len(tc.want), 1); takers != want {
				t.Errorf("%d playbooks start with it, want %d", takers, want)
			}
		})
	}
}

// TestUnfit lists what keeps an item from a playbook, each with a sentence.
func TestUnfit(t *testing.T) {
	now := june(t, 3, 8)
	pb := book("safety", outreach.TriggerDeclined, 20, 3)
	pb.Conditions = outreach.Conditions{
		Categories: []string{"brakes"}, Severities: []outreach.Severity{outreach.SeverityRequired},
		NotReasons: []outreach.DeclineReason{outreach.ReasonDoItMyself}, MinPrice: outreach.Money{Minor: 5_000},
		MaxPrice: outreach.Money{Minor: 50_000}, MaxAge: 10 * 24 * time.Hour,
	}
	line := func(change func(*outreach.Item)) outreach.Item {
		it := left(1, june(t, 2, 15))
		it.Line.Category = "brakes"
		change(&it)
		return it
	}
	person, fleet := outreach.Customer{Kind: outreach.Person}, outreach.Customer{Kind: outreach.Fleet}
	for _, tc := range []struct {
		name     string
		customer outreach.Customer
		item     outreach.Item
		want     string // part of the sentence, "" when it fits
	}{
		{"fits", person, line(func(*outreach.Item) {}), ""},
		{"absence of a decision at close", person, line(func(it *outreach.Item) { it.Line.Authorization = outreach.NotAuthorizedAtClose }), ""},
		{"authorized", person, line(func(it *outreach.Item) { it.Line.Authorization = outreach.Authorized }), "it was authorized"},
		{"undecided", person, line(func(it *outreach.Item) { it.Line.Authorization = outreach.Undecided }), "no decision is on record"},
		{"unknown", person, line(func(it *outreach.Item) { it.Line.Authorization = outreach.AuthorizationUnknown }), "gives no decision"},
		{"done", person, line(func(it *outreach.Item) { it.Line.DoneAt = now }), "the work is done"},
		{"done on another order", person, line(func(it *outreach.Item) { it.DoneHere = true }), "done on a later order"},
		{"sold car", person, line(func(it *outreach.Item) { it.NotOwned = true }), "another owner"},
		{"second no", person, line(func(it *outreach.Item) { it.Refusals = 2 }), "twice"},
		{"voided order", person, line(func(it *outreach.Item) { it.Order.Status = outreach.OrderVoided }), "voided"},
		{"blocked by the source", person, line(func(it *outreach.Item) { it.Order.MessagesBlocked = true }), "forbids"},
		{"warranty", person, line(func(it *outreach.Item) { it.Line.PayType = "warranty" }), "warranty work"},
		{"internal", person, line(func(it *outreach.Item) { it.Line.PayType = "internal" }), "internal work"},
		{"customer pay", person, line(func(it *outreach.Item) { it.Line.PayType = "customer" }), ""},
		{"no date", person, line(func(it *outreach.Item) { it.Line.DeclinedAt, it.Order.ClosedAt = time.Time{}, time.Time{} }), "no date"},
		{"put off to a date", person, line(func(it *outreach.Item) { it.Line.DeferredUntil = june(t, 30, 0) }), "put off"},
		{"fleet", fleet, line(func(*outreach.Item) {}), "fleet"},
		{"too old", person, line(func(it *outreach.Item) { it.Line.DeclinedAt = june(t, 3, 7).AddDate(0, 0, -10) }), "10 days old"},
		{"wrong category", person, line(func(it *outreach.Item) { it.Line.Category = "tires" }), `"tires"`},
		{"wrong severity", person, line(func(it *outreach.Item) { it.Line.Severity = outreach.SeveritySuggested }), "not for suggestions"},
		{"their reason", person, line(func(it *outreach.Item) { it.Line.DeclineReason = outreach.ReasonDoItMyself }), "they do it themselves"},
		{"too cheap", person, line(func(it *outreach.Item) { it.Line.Price.Minor = 4_999 }), "below"},
		{"too dear", person, line(func(it *outreach.Item) { it.Line.Price.Minor = 50_001 }), "above"},
		{"canceled order", person, canceledOrder(1, now), "canceled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := unfit(now, pb, tc.customer, tc.item)
			if tc.want == "" && got != "" || tc.want != "" && !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want it to say %q", got, tc.want)
			}
		})
	}
	pb.Conditions.IncludeFleet = true
	if why := unfit(now, pb, fleet, line(func(*outreach.Item) {})); why != "" {
		t.Errorf("a playbook for fleets: %s", why)
	}
}

func TestUnfitCanceledOrders(t *testing.T) {
	now := june(t, 3, 8)
	pb := book("canceled", outreach.TriggerCanceled, 30, 1)
	pb.Conditions = outreach.Conditions{
		CancelKinds: []outreach.CancelKind{outreach.NoShow}, CanceledBy: []string{"customer"}, MaxAge: 5 * 24 * time.Hour,
	}
	for _, tc := range []struct {
		name   string
		change func(*outreach.CanceledOrder)
		want   string
	}{
		{"fits", func(*outreach.CanceledOrder) {}, ""},
		{"another kind", func(x *outreach.CanceledOrder) { x.Kind = outreach.OnlineOrder }, "not for online orders"},
		{"by the shop", func(x *outreach.CanceledOrder) { x.CanceledBy = "shop" }, "canceled by the shop"},
		{"came back", func(x *outreach.CanceledOrder) { x.ReopenedAt = now }, "came back to life"},
		{"too old", func(x *outreach.CanceledOrder) { x.CanceledAt = june(t, 1, 0).AddDate(0, 0, -5) }, "days old"},
		{"no date", func(x *outreach.CanceledOrder) { x.CanceledAt = time.Time{} }, "no date"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			it := canceledOrder(1, june(t, 2, 15))
			tc.change(it.Canceled)
			got := unfit(now, pb, outreach.Customer{}, it)
			if tc.want == "" && got != "" || tc.want != "" && !strings.Contains(got, tc.want) {
				t.Errorf("got %q, want it to say %q", got, tc.want)
			}
		})
	}
}

func TestControlGroupIsAFixedShare(t *testing.T) {
	const customers = 20_000
	var first []int64
	for id := int64(1); id <= customers; id++ {
		if inControlGroup(0.1, "p", id) {
			first = append(first, id)
		}
	}
	if share := float64(len(first)) / customers; share < 0.09 || share > 0.11 {
		t.Errorf("%.3f of the customers are in a control group of 0.1", share)
	}
	for _, id := range first {
		if !inControlGroup(0.1, "p", id) || !inControlGroup(0.2, "p", id) {
			t.Fatalf("customer %d does not stay in the group", id)
		}
	}
	if other := slices.IndexFunc(first, func(id int64) bool { return !inControlGroup(0.1, "q", id) }); other < 0 {
		t.Error("two playbooks have the same group")
	}
	if inControlGroup(0, "p", first[0]) {
		t.Error("somebody is in a group of none")
	}
}
