package scheduler

import (
	"slices"
	"strings"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/notify/call"
)

// endings are reasons that are not the gate's: why follow-ups ended, and what
// providers and people did.
var endings = map[string]string{
	call.EndedReached:     "An adviser spoke with the customer first.",
	call.EndedBooked:      "The customer made an appointment first.",
	call.EndedNotNeeded:   "The customer said that it is no longer needed.",
	call.EndedOptOut:      "The customer asked to be left alone.",
	"customer_merged":     "The customer was entered twice; the other entry is followed up.",
	"rehearsal_ended":     "The rehearsal ended; it is planned anew.",
	"refused_by_provider": "The provider refused it for good.",
	"attempts_used_up":    "The provider did not take it in as many tries as are allowed.",
	"not_accepted_yet":    "The provider did not take it yet; it is tried again.",
	"unknown_outcome":     "Nobody knows whether it left.",
	"daemon_ended":        "The program ended while it was being sent.",
	"closed_by_hand":      "A person closed it.",
	"not_sent":            "A person found that it was not sent.",
}

// ReasonSentence tells a recorded reason to a person.
func ReasonSentence(code string) string {
	if r := gate.Reason(code); slices.Contains(gate.Reasons(), r) {
		return r.Sentence()
	}
	if text, ok := endings[code]; ok {
		return text
	}
	return strings.ReplaceAll(code, "_", " ") + "."
}
