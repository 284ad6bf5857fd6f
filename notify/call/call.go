// Package call says what follows from a call. The program never dials: an adviser
// calls and tells how it went.
package call

import "github.com/courtesyd/courtesyd/internal/outreach"

// Effects are what the outcome of a call means beyond the call itself.
type Effects struct {
	EndReason         string // ends the follow-up when not ""
	OptOut            bool   // the person wants to be left alone, on every channel
	InvalidateAddress bool   // the number is not the customer's
	// Sentence tells the adviser what was made of the outcome.
	Sentence string
}

// Reasons why a follow-up ended with a call.
const (
	EndedReached   = "reached_by_call"
	EndedBooked    = "booked"
	EndedOptOut    = outreach.AskedToStop
	EndedNotNeeded = "not_needed"
	// EndedLater is that the customer wants to hear of it on a day, and not before.
	EndedLater = "customer_later"
)

// EffectsOf returns what outcome means. ok is false when it is not one of
// outreach.CallOutcomes.
func EffectsOf(outcome outreach.State) (e Effects, ok bool) {
	switch outcome {
	case outreach.CallReached:
		// A conversation took place. A text after it would show that nobody listened.
		return Effects{
			EndReason: EndedReached,
			Sentence:  "Spoken with the customer. The follow-up ends here; note what was agreed.",
		}, true
	case outreach.CallBooked:
		return Effects{
			EndReason: EndedBooked,
			Sentence:  "An appointment was made. The follow-up ends here.",
		}, true
	case outreach.CallRefused:
		return Effects{
			EndReason: EndedOptOut, OptOut: true,
			Sentence: "The customer asked to be left alone. Nothing more will be sent to this customer on any channel.",
		}, true
	case outreach.CallNotNeeded:
		return Effects{
			EndReason: EndedNotNeeded,
			Sentence:  "The work is done or no longer wanted. The follow-up ends here.",
		}, true
	case outreach.CallWrong:
		return Effects{
			InvalidateAddress: true,
			Sentence:          "The number belongs to someone else. It will not be called or texted again; mails go on.",
		}, true
	case outreach.CallVoicemail:
		return Effects{Sentence: "A voicemail was left. It counts as a contact; the next step follows when it is due."}, true
	case outreach.CallNoAnswer:
		return Effects{Sentence: "Nobody answered. It does not count as a contact; the next step follows when it is due."}, true
	}
	return Effects{}, false
}
