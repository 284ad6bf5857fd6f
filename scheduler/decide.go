package scheduler

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// judge turns due contacts into rulings: it gathers the facts for each channel
// of the step, renders the words and asks the gate. It waits for nothing and
// changes nothing.
type judge struct {
	now      time.Time
	claimed  outreach.Channel // the channel there are permits for
	settings *Settings
	library  *library
	inst     outreach.Installation

	// What goes out of this group, so that its members count for each other.
	sent     map[string]int  // by shop
	told     map[string]bool // by address
	segments int
	// What a message needs beyond its ruling, by contact.
	html   map[int64]string
	until  map[int64]time.Time // when the customer's window closes
	thread map[int64]string    // the mail that it answers
}

func newJudge(now time.Time, claimed outreach.Channel, s *Settings, l *library, inst outreach.Installation) *judge {
	return &judge{
		now: now, claimed: claimed, settings: s, library: l, inst: inst,
		sent: map[string]int{}, told: map[string]bool{},
		html: map[int64]string{}, until: map[int64]time.Time{}, thread: map[int64]string{},
	}
}

// verdict is the gate's answer for one channel, with the words it was about.
type verdict struct {
	gate.Decision
	channel  outreach.Channel
	address  string
	words    templates.Rendered
	template approved
	problem  string // why the words could not be written, "" when they could
	dropped  bool   // every item is settled for good: the follow-up is over
	keep     []int  // the items that the words speak of
}

// rule judges one due contact, over the channels of its step in order. The
// first channel that may be used now is; one that may be used later is waited
// for; one that may not be used gives way to the next.
func (j *judge) rule(d outreach.Due) outreach.Ruling {
	switch {
	case d.Contact.WrittenBy != "":
		return j.personal(d)
	case d.Contact.Answers != 0:
		return j.confirm(d)
	}
	step, pb := j.library.step(d.Contact)
	var refused []verdict
	for _, ch := range fromChannel(step.Channels, d.Contact.Channel) {
		v := j.ask(d, pb, step, ch)
		switch v.Verdict {
		case gate.Allow:
			if ch != j.claimed {
				return j.reroute(d, ch, refused)
			}
			return j.allow(d, v, refused)
		case gate.Wait:
			if ch != j.claimed {
				return j.reroute(d, ch, refused)
			}
			return wait(d, v)
		}
		refused = append(refused, v)
		if !channelOnly(v.Reasons) {
			break
		}
	}
	return refuse(d, refused)
}

// fromChannel returns the channels of a step from the present one on: what was
// passed over once is not tried again.
func fromChannel(channels []outreach.Channel, current outreach.Channel) []outreach.Channel {
	if i := slices.Index(channels, current); i >= 0 {
		return channels[i:]
	}
	return []outreach.Channel{current}
}

// channelOnly reports whether what refused a contact speaks against this
// channel alone. What would only have made it wait does not count: the next
// channel waits for itself.
func channelOnly(reasons []gate.Reason) bool {
	return !slices.ContainsFunc(reasons, func(r gate.Reason) bool { return !r.Waits() && !r.ChannelOnly() })
}

// ask gathers the facts for one channel and asks the gate.
func (j *judge) ask(d outreach.Due, pb outreach.Playbook, step outreach.Step, ch outreach.Channel) verdict {
	v := verdict{channel: ch}
	shop, _ := j.settings.shop(d.Shop.ID)
	items := gateItems(d, pb.Conditions, d.Shop.Location())
	keep, dropped := gate.FilterItems(j.now, items)
	v.keep, v.dropped = keep, len(keep) == 0 && settledForGood(dropped)
	f := j.facts(d, shop, ch)
	f.Policy, f.Items = j.policy(pb), items
	f.Policy.ShopPerDay = shop.PerDay
	f.Address = addressFor(d.Addresses, ch)
	if f.Address != nil {
		v.address = f.Address.Value
	}
	f.Zones, f.Holidays = zones(d), hours.Holidays(f.Country)
	f.ControlGroup = inControlGroup(pb.ControlShare, pb.ID, d.Customer.ID) &&
		!slices.ContainsFunc(keep, func(i int) bool { return items[i].Safety })
	j.words(d, step.Template, ch, keep, &f, &v)
	v.Decision = gate.Decide(j.now, f)
	return v
}

// facts gathers what is the same for whatever is said.
func (j *judge) facts(d outreach.Due, shop Shop, ch outreach.Channel) gate.Facts {
	return gate.Facts{
		Policy: j.settings.Policy, ShopID: d.Shop.ID, Channel: ch, Class: outreach.Marketing, NotAfter: d.Contact.NotAfter,
		StopAll: j.inst.StopAll, ChannelHold: j.inst.Holds[ch], LastTick: j.inst.LastTick,
		ShopSentToday: j.inst.SentToday[d.Shop.ID] + j.sent[d.Shop.ID], PilotSent: j.inst.PilotSent + len(j.html),
		SenderLeft: j.senderLeft(ch), ShopDayEnds: endOfDay(j.now, d.Shop.Location()), Country: country(d),
		Deceased: d.Customer.Deceased, OptOuts: d.OptOuts, Consents: d.Consents,
		RecoveryOpen: d.RecoveryOpen, ReplyWaiting: d.ReplyWaiting, Booked: d.Booked,
		LastVisit: d.LastVisit, History: j.history(d), FollowUpContacts: d.Sent,
		Region: region(d.Customer), Closed: shop.Closed,
	}
}

// zones are those in which the customer may be.
func zones(d outreach.Due) []string {
	list, _ := hours.Zones(d.Customer.TimeZone, d.Customer.PostalCode, d.Customer.Region, phoneOf(d.Addresses), d.Shop.TimeZone)
	return list
}

// words finds the template and renders it for the items that are left.
func (j *judge) words(d outreach.Due, name string, ch outreach.Channel, keep []int, f *gate.Facts, v *verdict) {
	t, ok := j.library.template(name, ch, d.Customer.Locale, d.Shop.Locale)
	f.TemplateApproved = ok && !j.settings.Off[ch]
	if !ok {
		return
	}
	v.template, f.Class = t, t.Class
	if len(keep) == 0 {
		return
	}
	var err error
	v.words, err = t.Render(wordsFor(d, keep, j.settings.Links(d.Contact.ID), j.now))
	var missing *templates.MissingError
	switch {
	case errors.As(err, &missing):
		f.RenderError = missing.Error()
	case err != nil:
		f.RenderError = err.Error()
	}
	v.problem, f.Segments = f.RenderError, v.words.Segments
}

func (j *judge) policy(pb outreach.Playbook) gate.Policy {
	p := j.settings.Policy
	if pb.Caps.PerFollowUp > 0 {
		p.Caps.PerFollowUp = min(p.Caps.PerFollowUp, pb.Caps.PerFollowUp)
	}
	p.Caps.MinGap = max(p.Caps.MinGap, pb.Caps.MinGap)
	return p
}

func (j *judge) senderLeft(ch outreach.Channel) int {
	limit := j.settings.SenderPerDay[ch]
	if limit <= 0 {
		return -1
	}
	return max(limit-j.inst.UsedToday[ch]-j.segments, 0)
}

// history is what the person had before, and what this very group is about to
// let out to one of their addresses.
func (j *judge) history(d outreach.Due) []time.Time {
	if slices.ContainsFunc(d.Addresses, func(a outreach.Address) bool { return j.told[a.Value] }) {
		return append(slices.Clip(d.History), j.now)
	}
	return d.History
}

// allow lets a contact out, or, while rehearsing, records that it would go.
func (j *judge) allow(d outreach.Due, v verdict, refused []verdict) outreach.Ruling {
	c := d.Contact
	c.Channel, c.Class, c.Template, c.TemplateVersion = v.channel, v.template.Class, v.template.Name, v.template.version
	c.ConsentID, c.Segments, c.Reason = v.ConsentID, v.words.Segments, ""
	switch {
	case j.settings.rehearsal():
		c.State = outreach.Rehearsed
	case v.channel == outreach.Call:
		c.State = outreach.CallOpen
	default:
		c.State = outreach.Handed
		c.Attempts++
	}
	j.html[c.ID], j.until[c.ID], j.thread[c.ID] = v.words.HTML, v.ClosesAt, d.ReplyToID
	j.sent[d.Shop.ID]++
	j.segments += max(v.words.Segments, 1)
	for _, a := range d.Addresses {
		j.told[a.Value] = true
	}
	why := "the gate let it out"
	if len(refused) > 0 {
		why += "; " + passedOver(refused)
	}
	r := outreach.Ruling{Contact: c, Why: why, Address: v.address, Subject: v.words.Subject, Body: v.words.Text}
	for _, i := range v.keep {
		r.Items = append(r.Items, d.Items[i])
	}
	return r
}

// reroute gives a contact to another channel, whose own permits it then waits for.
func (j *judge) reroute(d outreach.Due, ch outreach.Channel, refused []verdict) outreach.Ruling {
	c := d.Contact
	c.Channel, c.NextAt = ch, j.now
	c.Reason = joinReasons(refused)
	return outreach.Ruling{Contact: c, Why: fmt.Sprintf("goes by %s; %s", ch, passedOver(refused))}
}

// wait leaves a contact planned for later.
func wait(d outreach.Due, v verdict) outreach.Ruling {
	c := d.Contact
	c.NextAt, c.Reason = v.NotBefore, joinReasons([]verdict{v})
	return outreach.Ruling{Contact: c, Why: "waits: " + sentences(v.Reasons)}
}

// refuse closes a contact with every reason that spoke against it.
func refuse(d outreach.Due, refused []verdict) outreach.Ruling {
	c := d.Contact
	c.State, c.Reason = outreach.Suppressed, joinReasons(refused)
	for _, v := range refused {
		if slices.Contains(v.Reasons, gate.PastNotAfter) {
			c.State = outreach.Expired
		}
	}
	r := outreach.Ruling{Contact: c, Why: passedOver(refused)}
	last := refused[len(refused)-1]
	if last.dropped || slices.Contains(last.Reasons, gate.Deceased) {
		r.EndReason = string(last.Reasons[0])
	}
	return r
}

// joinReasons lists the codes over all channels, each once, in the gate's order.
func joinReasons(verdicts []verdict) string {
	var codes []string
	for _, v := range verdicts {
		for _, r := range v.Reasons {
			if !slices.Contains(codes, string(r)) {
				codes = append(codes, string(r))
			}
		}
	}
	return strings.Join(codes, ",")
}

func passedOver(verdicts []verdict) string {
	var parts []string
	for _, v := range verdicts {
		part := fmt.Sprintf("not by %s: %s", v.channel, sentences(v.Reasons))
		if v.problem != "" {
			part += " (" + v.problem + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

func sentences(reasons []gate.Reason) string {
	var out []string
	for _, r := range reasons {
		out = append(out, r.Sentence())
	}
	return strings.Join(out, " ")
}
