package outreach

import "time"

// Trigger is what starts a playbook.
type Trigger string

// Triggers. A deferred line is a declined one with a date agreed.
const (
	TriggerDeclined Trigger = "declined"
	TriggerDeferred Trigger = "deferred"
	TriggerCanceled Trigger = "canceled"
)

// Playbook is the shop's written process for one trigger, in one version.
type Playbook struct {
	ID         string
	Version    int
	Name       string
	Trigger    Trigger
	Priority   int // when several playbooks fit an item, the lowest takes it
	Schedule   string
	Conditions Conditions
	Steps      []Step
	Caps       Caps
	// ControlShare is the part of customers, 0 to 0.5, who are deliberately not
	// contacted so that the result can be measured. Never used for safety items.
	ControlShare float64
}

// Conditions say which items a playbook is for. Empty lists allow everything.
type Conditions struct {
	Categories  []string
	Severities  []Severity
	Reasons     []DeclineReason // only these reasons
	NotReasons  []DeclineReason // none of these reasons
	CancelKinds []CancelKind
	CanceledBy  []string
	// CancelReasons and NotCancelReasons are what Reasons and NotReasons are for
	// lines.
	CancelReasons    []CancelReason
	NotCancelReasons []CancelReason
	MinPrice         Money
	MaxPrice         Money // zero means no limit
	// MaxAge is how long after the decline, the agreed date or the cancellation
	// an item may still start a follow-up; zero means no limit.
	MaxAge       time.Duration
	IncludeFleet bool
}

// Step is one planned contact of a playbook.
type Step struct {
	Day      int // days after the trigger, or relative to the agreed date
	Channels []Channel
	Template string
	At       TimeOfDay
	// Within is how long after its due time the step still makes sense.
	Within time.Duration
}

// Caps limit how often a person is contacted.
type Caps struct {
	PerFollowUp int           // contacts for ever in one follow-up
	MinGap      time.Duration // between any two contacts to one person
}

// TimeOfDay is minutes after midnight on a wall clock.
type TimeOfDay int

// On returns the instant of this wall-clock time on the day of t in t's zone.
// In a clock-change gap it is the first instant after the gap; where the time
// happens twice it is the first of the two.
func (d TimeOfDay) On(t time.Time) time.Time {
	y, m, day := t.Date()
	return Instant(time.Date(y, m, day, int(d)/60, int(d)%60, 0, 0, time.UTC), t.Location())
}

// Instant returns the instant at which clocks in loc show the wall time of
// wall, whose own zone is ignored. A time that a clock change skips becomes the
// first instant after the gap; one that happens twice is the first of the two.
// time.Date alone would go an hour back for the former.
func Instant(wall time.Time, loc *time.Location) time.Time {
	y, mo, d := wall.Date()
	h, mi, s := wall.Clock()
	t := time.Date(y, mo, d, h, mi, s, wall.Nanosecond(), loc)
	if sameWall(t, wall) {
		if earlier := t.Add(-time.Hour); sameWall(earlier, wall) {
			return earlier
		}
		return t
	}
	// In a gap: the zone's offset changes within the surrounding hours.
	lo, hi := t.Add(-3*time.Hour), t.Add(3*time.Hour)
	_, before := lo.Zone()
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2)
		if _, off := mid.Zone(); off == before {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi.Truncate(time.Second)
}

func sameWall(a, b time.Time) bool {
	ay, am, ad := a.Date()
	by, bm, bd := b.Date()
	return ay == by && am == bm && ad == bd && a.Hour() == b.Hour() && a.Minute() == b.Minute()
}

// Wall returns what a clock in loc shows at t, as a UTC time: a timeline on
// which no day has a missing or a doubled hour.
func Wall(t time.Time, loc *time.Location) time.Time {
	l := t.In(loc)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), time.UTC)
}
