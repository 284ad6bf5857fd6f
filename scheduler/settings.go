package scheduler

import (
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/templates"
)

// Settings are the part of the configuration that scheduling needs. They are
// never changed, only replaced as a whole.
type Settings struct {
	Shops  []Shop
	Policy gate.Policy
	Pilot  PilotLimits
	Backoff
	DeadAfter time.Duration // a daemon without a heartbeat for so long is dead
	AskAfter  time.Duration // how old a doubt must be before the provider is asked
	// SenderPerDay limits a channel's sender: mails, or SMS segments. 0: no limit.
	SenderPerDay map[outreach.Channel]int
	// Off names the channels that are not used at all.
	Off map[outreach.Channel]bool
	// Links makes the signed addresses for a contact.
	Links func(contactID int64) templates.Links
}

// Shop is a shop with what is set for it.
type Shop struct {
	outreach.Shop
	PerDay    int                  // contacts a day by the shop's clock, 0: no limit
	Playbooks []string             // ids, empty: all
	Closed    func(time.Time) bool // asked with an instant on the day in question
}

// Runs reports whether the shop follows a playbook.
func (s Shop) Runs(playbookID string) bool {
	return len(s.Playbooks) == 0 || slices.Contains(s.Playbooks, playbookID)
}

// PilotLimits are the daily counts past which a pilot pauses itself.
type PilotLimits struct {
	MaxBounces    int
	MaxOptOuts    int
	MaxComplaints int
}

func (s *Settings) rehearsal() bool { return s.Policy.Mode == outreach.Rehearsal }

func (s *Settings) shop(id string) (Shop, bool) {
	i := slices.IndexFunc(s.Shops, func(h Shop) bool { return h.ID == id })
	if i < 0 {
		return Shop{}, false
	}
	return s.Shops[i], true
}

func (s *Settings) shopIDs() []string {
	ids := make([]string, len(s.Shops))
	for i, h := range s.Shops {
		ids[i] = h.ID
	}
	return ids
}

// countedFrom is since when the contacts of a pilot and those of a channel's
// sender are counted, the zero time where no limit is set.
func (s *Settings) countedFrom(now time.Time, ch outreach.Channel) (pilot, sender time.Time) {
	if len(s.Shops) == 0 {
		return pilot, sender
	}
	today := startOfDay(now, s.Shops[0].Location())
	if s.Policy.Mode == outreach.Pilot {
		pilot = today
	}
	if s.SenderPerDay[ch] > 0 {
		sender = today
	}
	return pilot, sender
}

// startOfDay is midnight by the clock of loc on the day of t.
func startOfDay(t time.Time, loc *time.Location) time.Time {
	return outreach.TimeOfDay(0).On(t.In(loc))
}
