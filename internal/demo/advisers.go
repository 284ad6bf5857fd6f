package demo

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/call"
)

// answers are how the invented calls go, in turn.
var answers = []struct {
	outcome outreach.State
	note    string
}{
	{outreach.CallReached, "will think about it until the end of the month"},
	{outreach.CallVoicemail, "left a short message"},
	{outreach.CallBooked, "comes in next Tuesday"},
	{outreach.CallNoAnswer, ""},
	{outreach.CallReached, "wants to hear the price for the front axle only"},
	{outreach.CallNotNeeded, "had it done by a friend"},
	{outreach.CallVoicemail, "left a short message"},
}

// callsADay is what the shop's advisers get done beside their work; the newest
// callsLeft wait, so that whoever looks at the demo finds some to make.
const (
	callsADay = 3
	callsLeft = 3
)

// advisers lets somebody make some of the open calls on the afternoons between
// two instants.
func (s shop) advisers(from, until time.Time) []simulate.Event {
	made := 0
	afternoon := func(ctx context.Context) error {
		var open []int64
		filter := store.LogFilter{States: []outreach.State{outreach.CallOpen}, Soonest: true, Limit: callsADay + callsLeft}
		err := store.Log{DB: s.db}.Each(ctx, filter, func(e store.LogEntry) error {
			open = append(open, e.ID)
			return nil
		})
		if err != nil {
			return err
		}
		for _, id := range open[:max(len(open)-callsLeft, 0)] {
			a := answers[made%len(answers)]
			made++
			effects, _ := call.EffectsOf(a.outcome) // the answers above are outcomes
			err := store.Calls{DB: s.db}.End(ctx, s.clock.Now(), store.CallEnd{
				ContactID: id, Outcome: a.outcome, Note: a.note, Who: "adviser (sample)", EndReason: effects.EndReason,
				OptOut: effects.OptOut, Invalidate: effects.InvalidateAddress,
			})
			if err != nil {
				return err
			}
		}
		return nil
	}
	var out []simulate.Event
	for day := from.Add(9 * time.Hour); day.Before(until); day = day.AddDate(0, 0, 1) {
		if day.Weekday() != time.Sunday {
			out = append(out, simulate.Event{At: day, Do: afternoon})
		}
	}
	return out
}
