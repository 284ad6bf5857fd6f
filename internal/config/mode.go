package config

import "github.com/courtesyd/courtesyd/internal/outreach"

// Pilot limits a first, careful time in the open. All figures are counts of
// the installation a day; past one of the last three, sending pauses itself.
type Pilot struct {
	PerDay        int `yaml:"per_day"`        // contacts
	MaxBounces    int `yaml:"max_bounces"`    // mails that came back, texts not delivered
	MaxOptOuts    int `yaml:"max_opt_outs"`   // people who asked to be left alone
	MaxComplaints int `yaml:"max_complaints"` // people who reported a message as spam
}

func defaultPilot() Pilot {
	return Pilot{PerDay: 20, MaxBounces: 2, MaxOptOuts: 2}
}

func (c *Config) checkMode(k *checker) {
	oneOf(k, "mode", c.Mode, outreach.Rehearsal, outreach.Pilot, outreach.Live)
	k.within("pilot.per_day", c.Pilot.PerDay, 1, 10_000)
	k.within("pilot.max_bounces", c.Pilot.MaxBounces, 0, 10_000)
	k.within("pilot.max_opt_outs", c.Pilot.MaxOptOuts, 0, 10_000)
	k.within("pilot.max_complaints", c.Pilot.MaxComplaints, 0, 10_000)
}
