package gate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// world is one random case: the facts, and what the oracle reads of them.
type world struct {
	now         time.Time
	facts       gate.Facts
	locations   []*time.Location
	regions     []string // whose rules hold, that of the number included
	canada      bool
	days        []time.Weekday
	open, close int // minutes
	closures    map[string]bool
	noHolidays  bool
}

// chance draws the parts of a case.
type chance interface {
	n(limit int) int // 0 ≤ n < limit
}

type seeded struct{ *rand.Rand }

func (s seeded) n(limit int) int { return s.IntN(limit) }

type drawn struct{ *rapid.T }

func (d drawn) n(limit int) int { return rapid.IntRange(0, limit-1).Draw(d.T, "n") }

func pick[T any](c chance, list []T) T { return list[c.n(len(list))] }

func rarely(c chance) bool { return c.n(40) == 0 }

// maker holds what all cases share.
type maker struct {
	rules     *hours.Rules
	zones     map[string]*time.Location
	names     []string
	holidays  map[int][]hours.Day
	numbers   map[string]string // number to the state it was issued in
	allNumber []string
}

func newMaker(t testing.TB) *maker {
	m := &maker{
		rules: shippedRules(t), zones: map[string]*time.Location{}, holidays: map[int][]hours.Day{},
		names: []string{
			"America/New_York", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
			"America/Phoenix", "America/St_Johns", "America/Anchorage", "Pacific/Honolulu", "America/Toronto",
		},
		allNumber: []string{"+12125550123", "+12125550124", "+13055550123", "+14015550123", "+12065550123", "+14165550123", "+18005550123"},
		numbers:   map[string]string{"+12125550123": "NY", "+12125550124": "NY", "+13055550123": "FL", "+14015550123": "RI", "+12065550123": "WA", "+14165550123": "ON"},
	}
	for _, name := range m.names {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		m.zones[name] = loc
	}
	for year := 2026; year <= 2030; year++ {
		m.holidays[year] = hours.FederalHolidays(year)
	}
	return m
}

// make draws a case. Most parts are harmless most of the time, so that many
// cases hang on a single part.
func (m *maker) make(c chance) *world {
	w := &world{
		days: []time.Weekday{1, 2, 3, 4, 5, 6}, open: 9 * 60, close: 19 * 60,
		noHolidays: c.n(4) > 0, closures: map[string]bool{},
	}
	names := make([]string, 0, 3)
	for range 1 + c.n(4)/2 {
		names = append(names, pick(c, m.names))
	}
	for _, name := range names {
		w.locations = append(w.locations, m.zones[name])
	}
	w.now = m.instant(c, w.locations[0])
	if c.n(8) == 0 {
		w.days, w.open, w.close = []time.Weekday{0, 1, 2, 3, 4, 5, 6}, 0, 24*60
	}
	for range c.n(3) {
		w.closures[w.now.AddDate(0, 0, c.n(5)-1).Format(time.DateOnly)] = true
	}
	f := &w.facts
	*f = gate.Facts{
		Policy: gate.Policy{
			Mode: pick(c, []outreach.Mode{outreach.Live, outreach.Pilot, outreach.Rehearsal}), PilotPerDay: 10, ShopPerDay: 50,
			Window: hours.Window{
				Days: hours.DaysOf(w.days...), Open: outreach.TimeOfDay(w.open), Close: outreach.TimeOfDay(w.close), Margin: 10 * time.Minute,
			},
			StateRules: m.rules, MaxSegments: 3, EmailNeedsConsent: rarely(c),
			Caps: outreach.Caps{PerFollowUp: 3, MinGap: pick(c, []time.Duration{0, time.Hour, time.Hour, 7 * 24 * time.Hour})},
		},
		ShopID: "main", Channel: pick(c, []outreach.Channel{outreach.SMS, outreach.SMS, outreach.Email, outreach.Call}),
		Class:    pick(c, []outreach.Class{outreach.Marketing, outreach.Marketing, outreach.Informational, ""}),
		NotAfter: w.now.Add(time.Duration(c.n(400)-2) * time.Hour),
		StopAll:  rarely(c), PilotSent: c.n(11), ShopSentToday: pick(c, []int{0, 3, 49, 50}[:3+c.n(10)/9]),
		SenderLeft: pick(c, []int{-1, -1, -1, -1, -1, -1, 9, 9, 2, 0}), ShopDayEnds: w.now.Add(time.Duration(1+c.n(20)) * time.Hour),
		Deceased: rarely(c), RecoveryOpen: rarely(c), ReplyWaiting: rarely(c), Booked: rarely(c), ControlGroup: rarely(c),
		FollowUpContacts: pick(c, []int{0, 1, 2, 3}[:3+c.n(10)/9]),
		TemplateApproved: !rarely(c), Segments: 1 + c.n(3+c.n(10)/9),
		Zones: names, Region: pick(c, []string{"", "NY", "FL", "TX", "RI", "UT", "LA", "ME", "KY", "WY", "ON"}),
		Closed: func(noon time.Time) bool { return w.closures[noon.Format(time.DateOnly)] },
	}
	if w.noHolidays {
		f.Holidays = func(year int) []hours.Day { return m.holidays[year] }
	}
	if rarely(c) {
		f.ChannelHold = "30034"
	}
	if rarely(c) {
		f.RenderError = "no name"
	}
	f.LastTick = w.now.Add(time.Duration(c.n(660)-330) * time.Second * time.Duration(c.n(20)/19))
	if c.n(4) > 0 {
		f.LastVisit = w.now.AddDate(0, -c.n(26), c.n(3)-1)
	}
	m.person(c, w)
	return w
}

// instant is any time of two years, more often a weekday's working hours, and
// often right at the edge of something.
func (m *maker) instant(c chance, loc *time.Location) time.Time {
	day := time.Date(2026, 12, 1+c.n(440), 0, 0, 0, 0, time.UTC)
	minute := 8*60 + c.n(12*60)
	switch c.n(6) {
	case 0:
		minute = c.n(24 * 60)
	case 1:
		minute = pick(c, []int{479, 480, 539, 540, 599, 600, 1009, 1010, 1069, 1070, 1129, 1130, 1140, 1190, 1259})
	}
	return outreach.Instant(day.Add(time.Duration(minute)*time.Minute+time.Duration(c.n(60))*time.Second), loc)
}

func (m *maker) person(c chance, w *world) {
	f := &w.facts
	f.Address = &outreach.Address{Kind: f.Channel.AddressKind(), Value: mail, Status: outreach.AddressOK}
	known := func(region string) {
		if region != "" {
			w.regions = append(w.regions, region)
		}
	}
	known(f.Region)
	if f.Address.Kind == outreach.PhoneNumber {
		f.Address.Value = pick(c, m.allNumber)
		known(m.numbers[f.Address.Value])
	}
	f.Address.LineType = pick(c, []outreach.LineType{outreach.Mobile, outreach.UnknownLine, outreach.UnknownLine, outreach.Landline}[:3+c.n(10)/9])
	if rarely(c) {
		f.Address.Status = pick(c, []outreach.AddressStatus{outreach.AddressInvalid, outreach.AddressBounced, ""})
	}
	f.Country = pick(c, []string{"US", "US", "", "CA"})
	switch {
	case f.Country == "CA":
		known("ON") // a province without hours of its own stands for the country
	case f.Country == "US" || len(w.regions) == 0:
		known("NY") // and so does New York
	}
	w.canada = slices.Contains(w.regions, "ON")

	when := func() time.Time {
		if c.n(6) == 0 {
			return w.now.Add(-72 * time.Hour) // so that some entries are of the same moment
		}
		return w.now.Add(time.Duration(c.n(24*420)-240) * -time.Hour)
	}
	addresses := []string{"", "", f.Address.Value, f.Address.Value, "+12125550199"}
	shops := []string{"", "", "main", "east"}
	channels := []outreach.Channel{"", f.Channel, f.Channel, outreach.Call}
	if c.n(2) == 0 {
		f.Consents = append(f.Consents, outreach.Consent{
			ID: 9, State: outreach.ConsentGiven, Basis: outreach.ConsentWritten, OccurredAt: w.now.Add(-time.Duration(c.n(48)) * time.Hour),
		})
	}
	for id := range c.n(4) {
		entry := outreach.Consent{
			ID: int64(id + 1), Address: pick(c, addresses), ShopID: pick(c, shops), Channel: pick(c, channels),
			Class: pick(c, []outreach.Class{"", outreach.Marketing, outreach.Marketing, outreach.Informational}),
			State: pick(c, []outreach.ConsentState{outreach.ConsentGiven, outreach.ConsentGiven, outreach.ConsentGiven, outreach.ConsentRevoked, outreach.ConsentUnknown}),
			Basis: pick(c, []outreach.ConsentBasis{outreach.ConsentWritten, outreach.ConsentWritten, outreach.ConsentExpress, outreach.ConsentImplied, ""}), OccurredAt: when(),
		}
		if c.n(3) == 0 {
			entry.ExpiresAt = entry.OccurredAt.AddDate(0, 6, 0)
		}
		f.Consents = append(f.Consents, entry)
	}
	for range c.n(6) / 4 {
		o := outreach.OptOut{Address: pick(c, addresses), ShopID: pick(c, shops), Channel: pick(c, channels), RecordedAt: when()}
		if c.n(3) == 0 {
			o.LiftedAt = o.RecordedAt.AddDate(0, c.n(8), 0)
		}
		f.OptOuts = append(f.OptOuts, o)
	}
	for range c.n(5) {
		f.History = append(f.History, w.now.Add(-time.Duration(c.n(60*24*4))*pick(c, []time.Duration{time.Minute, time.Minute, time.Hour})))
	}
	for range c.n(12+2) % 12 % 4 {
		f.Items = append(f.Items, gate.Item{
			Done: c.n(8) == 0, Reopened: c.n(8) == 0, NotOwned: rarely(c), Blocked: rarely(c), ReasonExcluded: rarely(c), Refusals: c.n(5) / 2,
			PriceValidUntil: pick(c, []time.Time{{}, {}, w.now.AddDate(0, 0, 5), w.now, w.now.Add(-time.Hour)}),
		})
	}
}

// later moves on by up to a day.
func (w *world) later(c chance) {
	step := time.Duration(c.n(24*60)) * time.Minute
	w.now, w.facts.LastTick = w.now.Add(step), w.facts.LastTick.Add(step)
}

// judge compares the gate with the oracle on one case and returns the verdict.
func (w *world) judge() (gate.Verdict, error) {
	d := gate.Decide(w.now, w.facts)
	if want := naiveAllows(w, w.now); want != (d.Verdict == gate.Allow) {
		return d.Verdict, fmt.Errorf("%s %v, the oracle says %v", d.Verdict, d.Reasons, want)
	}
	ends := slices.ContainsFunc(d.Reasons, func(r gate.Reason) bool { return !r.Waits() })
	switch d.Verdict {
	case gate.Allow:
		return d.Verdict, w.judgeAllowed(d)
	case gate.Wait:
		if ends || len(d.Reasons) == 0 {
			return d.Verdict, fmt.Errorf("waits for %v", d.Reasons)
		}
		return d.Verdict, w.judgeWait(d)
	}
	if !ends {
		return d.Verdict, fmt.Errorf("refused for %v", d.Reasons)
	}
	return d.Verdict, nil
}

// judgeAllowed checks that the message may leave up to ClosesAt.
func (w *world) judgeAllowed(d gate.Decision) error {
	if !d.ClosesAt.After(w.now) && !d.ClosesAt.Equal(w.facts.NotAfter) {
		return fmt.Errorf("allowed, but closes at %v", d.ClosesAt)
	}
	for _, loc := range w.locations {
		if last := d.ClosesAt.Add(-time.Nanosecond); last.After(w.now) && !naiveOpen(w, last, loc) {
			return fmt.Errorf("open until %v, which is closed in %v", d.ClosesAt, loc)
		}
	}
	return nil
}

// judgeWait asks again at NotBefore, with the counts of the day set back if it
// is over and the clock running on: it must be a different matter then.
func (w *world) judgeWait(d gate.Decision) error {
	if !d.NotBefore.After(w.now) {
		return fmt.Errorf("waits for %v until %v: not in the future", d.Reasons, d.NotBefore)
	}
	if d.NotBefore.After(w.facts.NotAfter) {
		return fmt.Errorf("waits for %v until %v, past its end", d.Reasons, d.NotBefore)
	}
	again := w.facts
	again.LastTick = d.NotBefore
	again.StopAll, again.ChannelHold, again.ReplyWaiting = false, "", false
	if !d.NotBefore.Before(again.ShopDayEnds) {
		again.ShopSentToday, again.PilotSent, again.SenderLeft = 0, 0, -1
		again.ShopDayEnds = again.ShopDayEnds.AddDate(0, 0, 1)
	}
	later := gate.Decide(d.NotBefore, again)
	for _, r := range later.Reasons {
		if r.Waits() {
			return fmt.Errorf("waited for %v until %v, then still %v", d.Reasons, d.NotBefore, later.Reasons)
		}
	}
	return nil
}

// A million cases, and the gate never allows what the oracle forbids, never
// forbids what it allows, and never waits in vain.
func TestMillionCases(t *testing.T) {
	const (
		workers, perWorker = 8, 125_000
		looks              = 10 // at each customer, at different times
	)
	m := newMaker(t)
	var verdicts [3]atomic.Int64
	t.Run("cases", func(t *testing.T) {
		for worker := range uint64(workers) {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				c := seeded{rand.New(rand.NewPCG(worker, 2))}
				var w *world
				for i := range perWorker {
					if i%looks == 0 {
						w = m.make(c)
					} else {
						w.later(c)
					}
					verdict, err := w.judge()
					if err != nil {
						t.Fatalf("case %d at %v in %v of %v: %v", i, w.now, w.locations, w.regions, err)
					}
					verdicts[slices.Index([]gate.Verdict{gate.Allow, gate.Refuse, gate.Wait}, verdict)].Add(1)
				}
			})
		}
	})
	t.Logf("allowed %d, refused %d, waits %d", verdicts[0].Load(), verdicts[1].Load(), verdicts[2].Load())
	for _, n := range []int64{verdicts[0].Load(), verdicts[1].Load(), verdicts[2].Load()} {
		if n < workers*perWorker/50 {
			t.Errorf("a verdict is too rare to prove anything: %d", n)
		}
	}
}

// The same with cases that rapid draws and, on failure, makes small.
func TestOracleAgrees(t *testing.T) {
	m := newMaker(t)
	rapid.Check(t, func(t *rapid.T) {
		if _, err := m.make(drawn{t}).judge(); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkDecide(b *testing.B) {
	f, now := allowed(b), noon(b)
	b.ReportAllocs()
	for b.Loop() {
		if d := gate.Decide(now, f); d.Verdict != gate.Allow {
			b.Fatal(d)
		}
	}
}
