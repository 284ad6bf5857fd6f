package config

import (
	"time"

	"github.com/courtesyd/courtesyd/internal/hours"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Window is when customers may be contacted, by their own clock. The rules of
// law narrow it further.
type Window struct {
	Open   outreach.TimeOfDay `yaml:"open"`
	Close  outreach.TimeOfDay `yaml:"close"`
	Days   []time.Weekday     `yaml:"days"`
	Margin time.Duration      `yaml:"margin"` // nothing is handed over this short before close
}

func defaultWindow() Window {
	w := hours.DefaultWindow()
	return Window{Open: w.Open, Close: w.Close, Days: w.Days.List(), Margin: w.Margin}
}

// Hours returns the window as the gate knows it.
func (w Window) Hours() hours.Window {
	return hours.Window{Days: hours.DaysOf(w.Days...), Open: w.Open, Close: w.Close, Margin: w.Margin}
}

func (w *Window) check(c *checker) {
	width := time.Duration(w.Close-w.Open) * time.Minute
	if width <= 0 {
		c.errorf("window.close", "%s is not after open, %s; a window cannot span midnight",
			formatTimeOfDay(w.Close), formatTimeOfDay(w.Open))
	} else if w.Margin >= width {
		c.errorf("window.margin", "%s leaves nothing of the window from %s to %s",
			formatDuration(w.Margin), formatTimeOfDay(w.Open), formatTimeOfDay(w.Close))
	}
	if len(w.Days) == 0 {
		c.errorf("window.days", "at least one day is needed; to send nothing, use courtesyd stop-all")
	}
	w.Days = hours.DaysOf(w.Days...).List()
}

// OpenHours is when somebody is at a shop on the days it is open, by its clock.
type OpenHours struct {
	From outreach.TimeOfDay `yaml:"from"`
	To   outreach.TimeOfDay `yaml:"to"`
}

func defaultOpenHours() OpenHours { return OpenHours{From: 8 * 60, To: 18 * 60} }

func (h OpenHours) check(c *checker, key string) {
	if h.To <= h.From {
		c.errorf(key+".to", "%s is not after from, %s; the hours cannot span midnight",
			formatTimeOfDay(h.To), formatTimeOfDay(h.From))
	}
}

// Caps limit how often one person is contacted, over all shops, playbooks and
// channels.
type Caps struct {
	MinGap      time.Duration `yaml:"min_gap"`       // between any two contacts
	PerFollowUp int           `yaml:"per_follow_up"` // contacts for ever
}

func defaultCaps() Caps { return Caps{MinGap: 7 * 24 * time.Hour, PerFollowUp: 3} }

// Outreach returns the caps as the gate knows them.
func (c Caps) Outreach() outreach.Caps {
	return outreach.Caps{PerFollowUp: c.PerFollowUp, MinGap: c.MinGap}
}

func (c *Caps) check(k *checker) {
	k.lasting("caps.min_gap", c.MinGap, 0, 365*24*time.Hour)
	k.within("caps.per_follow_up", c.PerFollowUp, 1, 20)
}
