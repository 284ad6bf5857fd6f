package gate_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

const (
	number = "+12125550123"
	mail   = "pat@example.com"
)

var loadRules = sync.OnceValues(hours.ShippedRules)

func shippedRules(t testing.TB) *hours.Rules {
	t.Helper()
	rules, err := loadRules()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func inNewYork(t testing.TB, wall string) time.Time {
	t.Helper()
	loc, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	when, err := time.ParseInLocation("2006-01-02 15:04", wall, loc)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// noon is a Tuesday on which everything is open.
func noon(t testing.TB) time.Time { return inNewYork(t, "2026-12-08 12:00") }

// allowed are facts under which a marketing text may go out at noon.
func allowed(t testing.TB) gate.Facts {
	now := noon(t)
	return gate.Facts{
		Policy: gate.Policy{
			Mode: outreach.Live, PilotPerDay: 10, ShopPerDay: 50, Window: hours.DefaultWindow(), StateRules: shippedRules(t),
			Caps: outreach.Caps{PerFollowUp: 3, MinGap: 7 * 24 * time.Hour}, MaxSegments: 3,
		},
		ShopID: "main", Channel: outreach.SMS, Class: outreach.Marketing, NotAfter: now.AddDate(0, 0, 10),
		SenderLeft: -1, ShopDayEnds: inNewYork(t, "2026-12-09 00:00"), LastTick: now.Add(-time.Minute),
		Address: &outreach.Address{Kind: outreach.PhoneNumber, Value: number, LineType: outreach.UnknownLine, Status: outreach.AddressOK},
		Country: "US", Region: "NY", LastVisit: now.AddDate(0, 0, -10),
		Consents: []outreach.Consent{{
			ID: 7, Channel: outreach.SMS, State: outreach.ConsentGiven, Basis: outreach.ConsentWritten, OccurredAt: now.AddDate(0, 0, -10),
		}},
		Items:            []gate.Item{{}},
		TemplateApproved: true, Segments: 1,
		Zones: []string{"America/New_York"}, Holidays: hours.FederalHolidays,
	}
}

func byMail(f *gate.Facts) {
	f.Channel, f.Consents = outreach.Email, nil
	f.Address = &outreach.Address{Kind: outreach.EmailAddress, Value: mail, Status: outreach.AddressOK}
}

func TestDecideAllows(t *testing.T) {
	d := gate.Decide(noon(t), allowed(t))
	if d.Verdict != gate.Allow || len(d.Reasons) != 0 || d.ConsentID != 7 {
		t.Fatalf("got %+v", d)
	}
	if want := inNewYork(t, "2026-12-08 18:50"); !d.ClosesAt.Equal(want) {
		t.Errorf("closes at %v, want %v", d.ClosesAt, want)
	}
	f := allowed(t)
	f.NotAfter = noon(t).Add(time.Hour)
	if d := gate.Decide(noon(t), f); !d.ClosesAt.Equal(f.NotAfter) {
		t.Errorf("closes at %v, after the contact's own end %v", d.ClosesAt, f.NotAfter)
	}
}

// address changes the address where there is one.
func address(change func(*outreach.Address)) func(*gate.Facts) {
	return func(f *gate.Facts) {
		if f.Address != nil {
			change(f.Address)
		}
	}
}

// alone lists, for every reason, facts to which only it applies.
func alone(t testing.TB) []struct {
	reason    gate.Reason
	notBefore string // in New York, "" for a refusal
	change    func(*gate.Facts)
} {
	now := noon(t)
	past := func(ago ...time.Duration) []time.Time {
		var list []time.Time
		for _, d := range ago {
			list = append(list, now.Add(-d))
		}
		return list
	}
	const soon, tomorrow = "2026-12-08 12:15", "2026-12-09 09:00"
	return []struct {
		reason    gate.Reason
		notBefore string
		change    func(*gate.Facts)
	}{
		{gate.StopAll, soon, func(f *gate.Facts) { f.StopAll = true }},
		{gate.ClockJumped, soon, func(f *gate.Facts) { f.LastTick = now.Add(5*time.Minute + time.Nanosecond) }},
		{gate.ChannelHold, soon, func(f *gate.Facts) { f.ChannelHold = "30034" }},
		{gate.PilotLimit, tomorrow, func(f *gate.Facts) { f.Policy.Mode, f.PilotSent = outreach.Pilot, 10 }},
		{gate.RecoveryOpen, "", func(f *gate.Facts) { f.RecoveryOpen = true }},
		{gate.Deceased, "", func(f *gate.Facts) { f.Deceased = true }},
		{gate.OptedOut, "", func(f *gate.Facts) {
			f.OptOuts = []outreach.OptOut{{Address: number, RecordedAt: now}}
		}},
		{gate.NoConsent, "", func(f *gate.Facts) { f.Consents = nil }},
		{gate.NoAddress, "", func(f *gate.Facts) { f.Address = nil }},
		{gate.AddressInvalid, "", address(func(a *outreach.Address) { a.Status = outreach.AddressInvalid })},
		{gate.AddressBounced, "", address(func(a *outreach.Address) { a.Status = outreach.AddressBounced })},
		{gate.LandlineForSMS, "", address(func(a *outreach.Address) { a.LineType = outreach.Landline })},
		{gate.ReplyWaiting, soon, func(f *gate.Facts) { f.ReplyWaiting = true }},
		{gate.AlreadyBooked, "", func(f *gate.Facts) { f.Booked = true }},
		{gate.NothingLeft, "", func(f *gate.Facts) { f.Items = nil }},
		{gate.TemplateMissing, "", func(f *gate.Facts) { f.TemplateApproved = false }},
		{gate.TemplateBad, "", func(f *gate.Facts) { f.RenderError = "no first name" }},
		{gate.TooLong, "", func(f *gate.Facts) { f.Segments = 4 }},
		{gate.NoZone, "", func(f *gate.Facts) { f.Zones = nil }},
		{gate.QuietHours, "2026-12-08 12:30", func(f *gate.Facts) { f.Policy.Window.Open = 12*60 + 30 }},
		{gate.ClosedDay, tomorrow, func(f *gate.Facts) {
			f.Closed = func(noon time.Time) bool { return noon.Day() == 8 }
		}},
		{gate.CapPerFollowUp, "", func(f *gate.Facts) { f.FollowUpContacts = 3 }},
		{gate.MinGap, "2026-12-14 09:00", func(f *gate.Facts) { f.History = append(f.History, past(47*time.Hour)...) }},
		{gate.StatutoryCap, "2026-12-08 16:00", func(f *gate.Facts) {
			f.Policy.Caps.MinGap = 0
			f.History = append(f.History, past(time.Hour, 2*time.Hour, 20*time.Hour, 30*time.Hour)...)
		}},
		{gate.ShopDayCap, tomorrow, func(f *gate.Facts) { f.ShopSentToday = 50 }},
		{gate.ControlGroup, "", func(f *gate.Facts) { f.ControlGroup = true }},
		{gate.PastNotAfter, "", func(f *gate.Facts) { f.NotAfter = now.Add(-time.Nanosecond) }},
		{gate.SenderLimit, tomorrow, func(f *gate.Facts) { f.Segments, f.SenderLeft = 2, 1 }},
	}
}

func TestEachReasonAlone(t *testing.T) {
	for _, tt := range alone(t) {
		t.Run(string(tt.reason), func(t *testing.T) {
			f := allowed(t)
			tt.change(&f)
			d := gate.Decide(noon(t), f)
			if !slices.Equal(d.Reasons, []gate.Reason{tt.reason}) {
				t.Fatalf("reasons %v", d.Reasons)
			}
			if tt.notBefore == "" {
				if d.Verdict != gate.Refuse || !d.NotBefore.IsZero() {
					t.Fatalf("got %+v", d)
				}
				return
			}
			if want := inNewYork(t, tt.notBefore); d.Verdict != gate.Wait || !d.NotBefore.Equal(want) {
				t.Fatalf("got %s until %v, want until %v", d.Verdict, d.NotBefore, want)
			}
			// The same wait with less time than it takes ends the contact.
			f.NotAfter = d.NotBefore.Add(-time.Second)
			if d.NotBefore.Sub(noon(t)) <= 15*time.Minute {
				f.NotAfter = noon(t)
			}
			d = gate.Decide(noon(t), f)
			if d.Verdict != gate.Refuse || !slices.Contains(d.Reasons, gate.PastNotAfter) || !slices.Contains(d.Reasons, tt.reason) {
				t.Errorf("too late: got %+v", d)
			}
		})
	}
}

// Every pair of reasons is recorded whole and in order, and one that ends the
// contact wins over one that waits.
func TestReasonsInPairs(t *testing.T) {
	for _, a := range alone(t) {
		for _, b := range alone(t) {
			f := allowed(t)
			a.change(&f)
			b.change(&f)
			d := gate.Decide(noon(t), f)
			if !slices.IsSortedFunc(d.Reasons, func(x, y gate.Reason) int { return x.Order() - y.Order() }) {
				t.Errorf("%s and %s: %v is out of order", a.reason, b.reason, d.Reasons)
			}
			ended := slices.ContainsFunc(d.Reasons, func(r gate.Reason) bool { return !r.Waits() })
			if ended != (d.Verdict == gate.Refuse) || d.Verdict == gate.Allow {
				t.Errorf("%s and %s: %s for %v", a.reason, b.reason, d.Verdict, d.Reasons)
			}
			for _, r := range []gate.Reason{a.reason, b.reason} {
				if !slices.Contains(d.Reasons, r) && !excludes(a.reason, b.reason) {
					t.Errorf("%s and %s: %v", a.reason, b.reason, d.Reasons)
				}
			}
		}
	}
}

// excludes lists the pairs that cannot hold at once: without an address there
// is nothing to say about it, without a zone nothing about the hour, a day off
// has no hours, and the changes above overwrite each other.
func excludes(a, b gate.Reason) bool {
	either := func(x gate.Reason, others ...gate.Reason) bool {
		return a == x && slices.Contains(others, b) || b == x && slices.Contains(others, a)
	}
	return either(gate.NoAddress, gate.OptedOut, gate.NoConsent, gate.AddressInvalid, gate.AddressBounced, gate.LandlineForSMS) ||
		either(gate.NoZone, gate.QuietHours, gate.ClosedDay) || either(gate.QuietHours, gate.ClosedDay) ||
		either(gate.AddressInvalid, gate.AddressBounced) || either(gate.MinGap, gate.StatutoryCap) ||
		either(gate.TooLong, gate.SenderLimit)
}

func TestItems(t *testing.T) {
	now := noon(t)
	items := []gate.Item{
		{},
		{Done: true},
		{Reopened: true},
		{NotOwned: true},
		{Refusals: 1},
		{Refusals: 2},
		{Blocked: true},
		{PriceValidUntil: now},
		{PriceValidUntil: now.Add(time.Nanosecond)},
		{PriceValidUntil: now.Add(-time.Hour), Refusals: 3, Blocked: true, Done: true},
	}
	keep, dropped := gate.FilterItems(now, items)
	if !slices.Equal(keep, []int{0, 4, 8}) {
		t.Errorf("kept %v", keep)
	}
	want := "map[1:[already_done] 2:[order_reopened] 3:[vehicle_not_owned] 5:[refused_twice] 6:[messages_blocked] " +
		"7:[price_expired] 9:[messages_blocked already_done refused_twice price_expired]]"
	if got := fmt.Sprint(dropped); got != want {
		t.Errorf("dropped %s, want %s", got, want)
	}

	f := allowed(t)
	f.Items = items
	if d := gate.Decide(now, f); d.Verdict != gate.Allow {
		t.Errorf("one item left: %+v", d)
	}
	f.Items = []gate.Item{items[7], items[1], items[7]}
	if d := gate.Decide(now, f); d.Verdict != gate.Refuse || fmt.Sprint(d.Reasons) != "[already_done price_expired nothing_left]" {
		t.Errorf("no item left: %+v", d)
	}
}

func TestStateOfNumberCounts(t *testing.T) {
	f := allowed(t)
	now := inNewYork(t, "2026-12-08 18:10")
	f.LastTick = now
	if d := gate.Decide(now, f); d.Verdict != gate.Allow {
		t.Fatalf("New York number: %+v", d)
	}
	f.Address.Value = "+14015550123" // Rhode Island closes at 18:00
	if d := gate.Decide(now, f); d.Verdict != gate.Wait || !slices.Equal(d.Reasons, []gate.Reason{gate.QuietHours}) {
		t.Fatalf("Rhode Island number: %+v", d)
	}
}

func TestNoWindow(t *testing.T) {
	f := allowed(t)
	f.Zones = []string{"America/New_York", "Asia/Tokyo"}
	d := gate.Decide(noon(t), f)
	if d.Verdict != gate.Refuse || !slices.Contains(d.Reasons, gate.NoWindow) {
		t.Errorf("got %+v", d)
	}
	// Open now, but shut from tomorrow for as long as one looks ahead.
	f = allowed(t)
	f.Closed = func(noon time.Time) bool { return noon.Day() != 8 || noon.Month() != 12 }
	f.ShopSentToday = 50
	f.NotAfter = time.Time{}
	d = gate.Decide(noon(t), f)
	if d.Verdict != gate.Refuse || !slices.Contains(d.Reasons, gate.NoWindow) {
		t.Errorf("got %+v", d)
	}
}

// A wait for a person never outlives the contact unnoticed: it is looked at a
// last time when its own time ends.
func TestRecheckIsBounded(t *testing.T) {
	f := allowed(t)
	f.StopAll, f.NotAfter = true, noon(t).Add(4*time.Minute)
	if d := gate.Decide(noon(t), f); d.Verdict != gate.Wait || !d.NotBefore.Equal(f.NotAfter) {
		t.Errorf("got %+v", d)
	}
	f.ShopDayEnds = noon(t).Add(-time.Hour) // stale
	f.StopAll, f.ShopSentToday, f.NotAfter = false, 99, time.Time{}
	if d := gate.Decide(noon(t), f); d.Verdict != gate.Wait || !d.NotBefore.Equal(noon(t).Add(15*time.Minute)) {
		t.Errorf("got %+v", d)
	}
}

func TestReasonTable(t *testing.T) {
	seen := map[string]bool{}
	for i, r := range gate.Reasons() {
		s := r.Sentence()
		if r.Order() != i || seen[s] || !strings.HasSuffix(s, ".") || strings.Contains(s, "_") || strings.ToUpper(s[:1]) != s[:1] {
			t.Errorf("%s: order %d, sentence %q", r, r.Order(), s)
		}
		if seen[s] = true; r.Waits() && r.ChannelOnly() {
			t.Errorf("%s both waits and refuses the channel", r)
		}
	}
	other := gate.Reason("from_the_future")
	if other.Waits() || other.ChannelOnly() || other.Order() != len(gate.Reasons()) || !strings.Contains(other.Sentence(), string(other)) {
		t.Errorf("unknown reason: %q", other.Sentence())
	}
}
