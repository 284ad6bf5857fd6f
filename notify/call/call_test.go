package call

import (
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

func TestEveryOutcomeHasEffects(t *testing.T) {
	for _, outcome := range outreach.CallOutcomes() {
		e, ok := EffectsOf(outcome)
		if !ok || e.Sentence == "" {
			t.Errorf("outcome %s has no effects or no sentence", outcome)
		}
		if e.OptOut && e.EndReason == "" {
			t.Errorf("outcome %s opts out but lets the follow-up go on", outcome)
		}
	}
}

func TestEffects(t *testing.T) {
	tests := []struct {
		outcome                   outreach.State
		ends, optOut, invalidates bool
	}{
		{outreach.CallReached, true, false, false},
		{outreach.CallBooked, true, false, false},
		{outreach.CallNotNeeded, true, false, false},
		{outreach.CallRefused, true, true, false},
		{outreach.CallWrong, false, false, true},
		{outreach.CallVoicemail, false, false, false},
		{outreach.CallNoAnswer, false, false, false},
	}
	for _, tt := range tests {
		e, _ := EffectsOf(tt.outcome)
		if (e.EndReason != "") != tt.ends || e.OptOut != tt.optOut || e.InvalidateAddress != tt.invalidates {
			t.Errorf("%s: %+v", tt.outcome, e)
		}
	}
}

func TestOtherStatesAreNoOutcomes(t *testing.T) {
	for _, state := range []outreach.State{outreach.CallOpen, outreach.Delivered, "", "gone"} {
		if _, ok := EffectsOf(state); ok {
			t.Errorf("%q is taken for an outcome of a call", state)
		}
	}
}
