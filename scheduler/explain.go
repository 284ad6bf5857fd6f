package scheduler

import (
	"fmt"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Explain says why an order was or was not followed up: one sentence for each
// line that could have been, or one for the order where there is none.
func (s *Scheduler) Explain(story outreach.Story) []string {
	settings := s.settings.Load()
	shop, ok := settings.shop(story.Shop)
	if !ok {
		return []string{fmt.Sprintf("Not followed up: the shop %q is not in the configuration.", story.Shop)}
	}
	lib := s.shelf.get()
	e := explainer{now: s.Now(), loc: shop.Location(), story: story, library: lib, playbooks: followedBy(shop, lib.playbooks)}
	return e.sentences()
}

type explainer struct {
	now       time.Time
	loc       *time.Location
	story     outreach.Story
	library   *library
	playbooks []outreach.Playbook
}

func (e explainer) sentences() []string {
	if e.story.Customer.ID == 0 {
		return []string{"Not followed up: nobody wrote down who the customer was."}
	}
	if len(e.story.Items) == 0 {
		return []string{"Not followed up: none of its lines was imported."}
	}
	var out []string
	for _, it := range e.story.Items {
		if it.FollowUpID == 0 && it.Trigger() == "" && it.Line != nil && it.Line.Authorization == outreach.Authorized {
			continue // sold work needs no explanation
		}
		out = append(out, fmt.Sprintf("%s: %s", name(it), e.item(it)))
	}
	if len(out) == 0 {
		return []string{"Not followed up: nothing on it was left undone."}
	}
	return out
}

func name(it outreach.Item) string {
	if it.Canceled != nil {
		return "Canceled order " + it.Canceled.Number
	}
	return it.Line.Name
}

func (e explainer) item(it outreach.Item) string {
	if it.FollowUpID == 0 {
		return "not followed up: " + e.whyNot(it) + "."
	}
	for _, f := range e.story.FollowUps {
		if f.ID == it.FollowUpID {
			return e.followUp(f)
		}
	}
	return "followed up."
}

// whyNot gives the reason that holds for every playbook, or the reasons of
// those whose trigger fits.
func (e explainer) whyNot(it outreach.Item) string {
	if why := unfitAnywhere(it); why != "" {
		return why
	}
	owner := claimedBy(e.now, e.playbooks, e.story.Customer, it)
	var parts []string
	for _, pb := range e.playbooks {
		switch {
		case pb.ID == owner:
			return e.fits(pb, it)
		case owner == "" && pb.Trigger == it.Trigger():
			parts = append(parts, pb.ID+": "+unfit(e.now, pb, e.story.Customer, it))
		}
	}
	if len(parts) == 0 {
		return fmt.Sprintf("no playbook in force at this shop is for %s items", it.Trigger())
	}
	return strings.Join(parts, "; ")
}

// fits explains an item that a playbook is for and that no follow-up has.
func (e explainer) fits(pb outreach.Playbook, it outreach.Item) string {
	p := planner{now: e.now, shop: outreach.Shop{TimeZone: e.loc.String()}, playbook: pb}
	if len(p.contacts(outreach.Candidate{Customer: e.story.Customer}, anchor(it))) == 0 {
		return fmt.Sprintf("the time of every step of %s had passed when it was found", pb.ID)
	}
	next, err := NextRun(pb.Schedule, e.now, e.loc)
	if err != nil {
		return fmt.Sprintf("the schedule of %s cannot be used: %v", pb.ID, err)
	}
	return fmt.Sprintf("not yet: the next scan for %s is on %s", pb.ID, e.when(next))
}

func (e explainer) followUp(f outreach.FollowUp) string {
	var parts []string
	for _, c := range e.story.Contacts {
		if c.FollowUpID == f.ID {
			parts = append(parts, e.contact(c))
		}
	}
	by := fmt.Sprintf("by %s version %d since %s", f.PlaybookID, f.PlaybookVersion, e.when(f.StartedAt))
	text := "followed up " + by
	if f.Rehearsal {
		text = "rehearsed " + by + ", and nothing leaves the shop"
	}
	text += ": " + strings.Join(parts, "; ")
	if f.State == outreach.FollowUpEnded && f.EndReason != "completed" {
		text += "; it ended early: " + reasonText(f.EndReason)
	}
	return text + "."
}

func (e explainer) contact(c outreach.StoryContact) string {
	step := fmt.Sprintf("step %d", c.Step)
	switch c.State {
	case outreach.Planned:
		if c.HeldBy != "" {
			return fmt.Sprintf("%s was planned for %s (%s), but %s has held it back since %s; unless it is let go, it is given up on %s",
				step, e.when(c.DueAt), e.waysOpen(c), c.HeldBy, e.when(c.HeldAt), e.when(c.NotAfter))
		}
		text := fmt.Sprintf("%s is planned for %s (%s)", step, e.when(c.DueAt), e.waysOpen(c))
		if c.Reason != "" {
			text += fmt.Sprintf(" and waits until %s (%s)", e.when(c.NextAt), reasonText(c.Reason))
		}
		return text
	case outreach.Suppressed:
		return fmt.Sprintf("%s was not sent (%s)", step, reasonText(c.Reason))
	case outreach.Expired:
		return step + " " + e.expired(c)
	case outreach.Canceled:
		return fmt.Sprintf("%s was called off (%s)", step, reasonText(c.Reason))
	case outreach.Received:
		return fmt.Sprintf("the customer answered on %s (%s)", e.when(c.At), c.Why)
	case outreach.CallOpen:
		return fmt.Sprintf("%s is on the call list since %s", step, e.when(c.HandedAt))
	}
	way, when := plain(ways, c.Channel), e.when(c.HandedAt)
	switch c.State {
	case outreach.Rehearsed:
		return fmt.Sprintf("%s would have gone by %s on %s", step, way, when)
	case outreach.Unconfirmed:
		return fmt.Sprintf("%s by %s on %s is in doubt: %s", step, way, when, c.Why)
	case outreach.Failed, outreach.Undelivered, outreach.Bounced:
		return fmt.Sprintf("%s by %s on %s: %s (%s)", step, way, when, plain(outcomes, c.State), c.Why)
	}
	return fmt.Sprintf("%s by %s on %s: %s", step, way, when, plain(outcomes, c.State))
}

// waysOpen names the channels that are still to be tried for a planned contact.
func (e explainer) waysOpen(c outreach.StoryContact) string {
	step, _ := e.library.step(c.Contact)
	var names []string
	for _, ch := range fromChannel(step.Channels, c.Channel) {
		names = append(names, plain(ways, ch))
	}
	last := len(names) - 1
	if last == 0 {
		return "by " + names[0]
	}
	return fmt.Sprintf("by %s or %s, as consent allows", strings.Join(names[:last], ", "), names[last])
}

// expired says when a contact was given up, and why it could not go in time.
func (e explainer) expired(c outreach.StoryContact) string {
	lastDay := e.when(c.NotAfter)
	if !c.HandedAt.IsZero() {
		return fmt.Sprintf("was on the call list from %s to %s and nobody called", e.when(c.HandedAt), lastDay)
	}
	if c.HeldBy != "" {
		return fmt.Sprintf("was given up on %s: %s had held it back since %s, and nobody let it go by %s, the end of its time",
			e.when(c.At), c.HeldBy, e.when(c.HeldAt), lastDay)
	}
	text := fmt.Sprintf("was given up on %s: it could not go by %s, the end of its time", e.when(c.At), lastDay)
	if held := strings.Trim(strings.ReplaceAll(","+c.Reason+",", ","+string(gate.PastNotAfter)+",", ","), ","); held != "" {
		text += " (" + reasonText(held) + ")"
	}
	return text
}

// reasonText turns recorded codes back into words.
func reasonText(codes string) string {
	if codes == "" {
		return "no reason was recorded"
	}
	var out []string
	for code := range strings.SplitSeq(codes, ",") {
		sentence := strings.TrimSuffix(ReasonSentence(code), ".")
		out = append(out, strings.ToLower(sentence[:1])+sentence[1:])
	}
	return strings.Join(out, "; ")
}

func (e explainer) when(t time.Time) string { return t.In(e.loc).Format("Mon Jan 2 2006, 15:04") }
