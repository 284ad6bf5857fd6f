package gate

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/phone"
)

// Verdict is what the gate says about a contact.
type Verdict string

// The verdicts.
const (
	Allow  Verdict = "allow"  // it may be handed over now
	Refuse Verdict = "refuse" // it may not, and waiting does not help
	Wait   Verdict = "wait"   // not now: ask again at NotBefore
)

// Decision is the gate's answer about one contact on one channel at one instant.
type Decision struct {
	Verdict Verdict
	Reasons []Reason // all that apply, in the fixed order; none when allowed
	// NotBefore, when the verdict is Wait, is the earliest instant at which, as
	// far as is known, every wait is over and the window is open. It always
	// lies after the instant of the decision.
	NotBefore time.Time
	// ConsentID is the ledger entry relied on, 0 when none was needed.
	ConsentID int64
	// ClosesAt, when the verdict is Allow, is the end of the present window or
	// of the contact's own time: the message must not travel longer.
	ClosesAt time.Time
}

const (
	// recheck is when to ask again where only a person can end the wait.
	recheck = 15 * time.Minute
	day     = 24 * time.Hour
)

// ClockTolerance is the largest step between two looks at the clock that is
// still taken for its normal course.
const ClockTolerance = 5 * time.Minute

// Decide says whether the contact that the facts describe may be handed over
// at now. All reasons that apply are recorded. One that ends the contact wins
// over one that only puts it off; a wait beyond the contact's own time ends it.
func Decide(now time.Time, f Facts) Decision {
	j := judge{now: now, facts: &f, regions: f.regions(), until: now}
	j.installation()
	j.person()
	j.reasons = append(j.reasons, againstItems(now, f.Items)...)
	j.words()
	j.caps()
	schedule, window := j.window()
	j.note(!f.NotAfter.IsZero() && now.After(f.NotAfter), PastNotAfter)

	switch {
	case j.ends():
		return Decision{Verdict: Refuse, Reasons: sorted(j.reasons)}
	case len(j.reasons) > 0:
		return j.wait(schedule)
	}
	closes := window.ClosesAt
	if !f.NotAfter.IsZero() && f.NotAfter.Before(closes) {
		closes = f.NotAfter
	}
	return Decision{Verdict: Allow, ConsentID: j.consentID, ClosesAt: closes}
}

// judge gathers what speaks against a contact.
type judge struct {
	now       time.Time
	facts     *Facts
	regions   []string // whose rules hold
	reasons   []Reason
	until     time.Time // when the last of the waits with a known end is over
	consentID int64
}

// note records r when it applies.
func (j *judge) note(applies bool, r Reason) {
	if applies {
		j.reasons = append(j.reasons, r)
	}
}

// hold records the wait r when it applies, with its end. An end that is not
// known, or already past, means to ask again in a while.
func (j *judge) hold(applies bool, r Reason, end time.Time) {
	if !applies {
		return
	}
	if !end.After(j.now) {
		end = j.now.Add(recheck)
		if last := j.facts.NotAfter; last.After(j.now) && last.Before(end) {
			end = last
		}
	}
	j.reasons = append(j.reasons, r)
	if end.After(j.until) {
		j.until = end
	}
}

func (j *judge) installation() {
	j.brakes()
	j.limits()
	j.sender()
}

// brakes are what stops everything, or all of a channel.
func (j *judge) brakes() {
	f, unknown := j.facts, time.Time{}
	j.hold(f.StopAll, StopAll, unknown)
	j.hold(!f.LastTick.IsZero() && j.now.Sub(f.LastTick).Abs() > ClockTolerance, ClockJumped, unknown)
	j.hold(f.ChannelHold != "", ChannelHold, unknown)
}

// limits are what the day has left.
func (j *judge) limits() {
	f := j.facts
	j.hold(f.Policy.Mode == outreach.Pilot && f.PilotSent >= f.Policy.PilotPerDay, PilotLimit, f.ShopDayEnds)
	j.hold(f.Policy.ShopPerDay > 0 && f.ShopSentToday >= f.Policy.ShopPerDay, ShopDayCap, f.ShopDayEnds)
}

// sender is what the provider takes from us a day.
func (j *judge) sender() {
	f, need := j.facts, 1
	if f.Channel == outreach.SMS {
		need = max(need, f.Segments)
	}
	j.hold(f.SenderLeft >= 0 && f.SenderLeft < need, SenderLimit, f.ShopDayEnds)
}

func (j *judge) person() {
	f := j.facts
	j.note(f.RecoveryOpen, RecoveryOpen)
	j.note(f.Deceased, Deceased)
	j.hold(f.ReplyWaiting, ReplyWaiting, time.Time{})
	j.note(f.Booked, AlreadyBooked)
	j.note(f.ControlGroup, ControlGroup)
	if f.Address == nil || f.Address.Value == "" {
		j.note(true, NoAddress)
		return
	}
	j.address(f.Address)
	id, ok := f.consented(j.now)
	j.consentID = id
	j.note(!ok, NoConsent)
}

func (j *judge) address(a *outreach.Address) {
	f := j.facts
	j.note(slices.ContainsFunc(f.OptOuts, func(o outreach.OptOut) bool {
		return o.Covers(a.Value, f.Channel, f.ShopID, j.now)
	}), OptedOut)
	usable := a.Status == outreach.AddressOK && a.Kind == f.Channel.AddressKind()
	bounced := a.Status == outreach.AddressBounced
	j.note(bounced, AddressBounced)
	j.note(!usable && !bounced, AddressInvalid)
	j.note(f.Channel == outreach.SMS && a.LineType == outreach.Landline, LandlineForSMS)
}

func (j *judge) words() {
	f := j.facts
	j.note(!f.TemplateApproved, TemplateMissing)
	j.note(f.RenderError != "", TemplateBad)
	j.note(f.Channel == outreach.SMS && f.Policy.MaxSegments > 0 && f.Segments > f.Policy.MaxSegments, TooLong)
}

func (j *judge) caps() {
	f := j.facts
	j.note(f.Policy.Caps.PerFollowUp > 0 && f.FollowUpContacts >= f.Policy.Caps.PerFollowUp, CapPerFollowUp)

	free := f.nthLast(1).Add(f.Policy.Caps.MinGap)
	j.hold(free.After(j.now), MinGap, free)

	if limit := f.Policy.StateRules.Cap(j.now, f.Country, j.regions...); limit > 0 {
		free = f.nthLast(limit).Add(day)
		j.hold(free.After(j.now), StatutoryCap, free)
	}
}

// nthLast returns when the nth last contact to the person was, the zero time
// when there were fewer.
func (f *Facts) nthLast(n int) time.Time {
	if len(f.History) < n {
		return time.Time{}
	}
	last := make([]time.Time, 0, n+1) // the n latest, the latest first
	for _, at := range f.History {
		i, _ := slices.BinarySearchFunc(last, at, func(a, b time.Time) int { return b.Compare(a) })
		last = slices.Insert(last, i, at)
		last = last[:min(len(last), n)]
	}
	if len(last) < n {
		return time.Time{}
	}
	return last[n-1]
}

// regions are the states whose rules hold: where the person lives, and where
// the number was issued, since some states presume residence from that.
func (f *Facts) regions() []string {
	if f.Address == nil || f.Address.Kind != outreach.PhoneNumber {
		return []string{f.Region}
	}
	return []string{f.Region, phone.State(f.Address.Value)}
}

// window judges the hour. The schedule is nil when no zone is known.
func (j *judge) window() (*hours.Schedule, hours.Answer) {
	f := j.facts
	schedule, err := hours.NewSchedule(hours.Query{
		Zones: f.Zones, Window: f.Policy.Window, Rules: f.Policy.StateRules,
		Country: f.Country, Regions: j.regions, Holidays: f.Holidays, Closed: f.Closed,
	})
	if err != nil {
		j.note(true, NoZone)
		return nil, hours.Answer{}
	}
	a := schedule.At(j.now)
	j.note(a.QuietHours, QuietHours)
	j.note(a.ClosedDay, ClosedDay)
	j.note(!a.Open && a.Next.IsZero(), NoWindow)
	return schedule, a
}

// ends reports whether a reason found ends the contact.
func (j *judge) ends() bool {
	return slices.ContainsFunc(j.reasons, func(r Reason) bool { return !r.Waits() })
}

// wait finds when to ask again, and ends the contact when that is too late.
func (j *judge) wait(schedule *hours.Schedule) Decision {
	next := j.until
	if a := schedule.At(next); !a.Open {
		next = a.Next
	}
	last := j.facts.NotAfter
	switch {
	case next.IsZero():
		j.note(true, NoWindow)
	case !last.IsZero() && next.After(last):
		j.note(true, PastNotAfter)
	default:
		return Decision{Verdict: Wait, Reasons: sorted(j.reasons), NotBefore: next}
	}
	return Decision{Verdict: Refuse, Reasons: sorted(j.reasons)}
}
