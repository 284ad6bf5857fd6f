package outreach

import "time"

// State is where a contact stands.
type State string

// The states of design "How it flows". An outbound message goes planned → handed
// → accepted → delivered | undelivered | bounced; the others are ways off that road.
const (
	Planned      State = "planned"
	Handed       State = "handed"   // committed to be sent, result not known yet
	Accepted     State = "accepted" // the provider took responsibility
	Delivered    State = "delivered"
	Undelivered  State = "undelivered"
	Bounced      State = "bounced"
	Failed       State = "failed"      // permanently refused by the provider
	Unconfirmed  State = "unconfirmed" // handed, and we cannot know whether it left
	Suppressed   State = "suppressed"  // the gate said no, for the recorded reasons
	Expired      State = "expired"     // its time passed before it could go
	Canceled     State = "canceled"    // the follow-up ended first
	Rehearsed    State = "rehearsed"   // would have been handed over, in rehearsal
	ClosedByHand State = "closed"      // a person settled an unconfirmed contact
	Received     State = "received"    // inbound

	CallOpen      State = "open" // on an adviser's list
	CallReached   State = "reached"
	CallVoicemail State = "voicemail"
	CallNoAnswer  State = "no_answer"
	CallWrong     State = "wrong_number"
	CallRefused   State = "asked_to_stop"
	CallBooked    State = "booked"
	CallNotNeeded State = "not_needed" // done elsewhere, sold, or otherwise settled
)

// transitions lists where each state may go. What is not listed is final.
var transitions = map[State][]State{
	Planned:     {Handed, CallOpen, Suppressed, Expired, Canceled, Rehearsed},
	Handed:      {Accepted, Planned, Failed, Unconfirmed, Delivered, Undelivered, Bounced},
	Unconfirmed: {Accepted, Planned, Failed, Delivered, Undelivered, Bounced, ClosedByHand},
	Accepted:    {Delivered, Undelivered, Bounced},
	Delivered:   {Bounced}, // a bounce report may follow a relay's "delivered"
	CallOpen: {
		CallReached, CallVoicemail, CallNoAnswer, CallWrong, CallRefused, CallBooked, CallNotNeeded,
		Suppressed, Expired, Canceled,
	},
}

// CanBecome reports whether a contact in state s may move to state to. States
// never move backwards; late and repeated news from providers is dropped by this.
func (s State) CanBecome(to State) bool {
	for _, t := range transitions[s] {
		if t == to {
			return true
		}
	}
	return false
}

// Final reports whether nothing further is expected to happen by itself.
func (s State) Final() bool {
	switch s {
	case Planned, Handed, Unconfirmed, CallOpen:
		return false
	}
	return true
}

// Reached reports whether a contact in this state counts as one the person may
// have had. Doubt counts as contact: caps must hold even when we cannot know.
func (s State) Reached() bool {
	switch s {
	case Handed, Accepted, Delivered, Undelivered, Bounced, Unconfirmed, ClosedByHand,
		CallReached, CallVoicemail:
		return true
	}
	return false
}

// CallOutcomes are the states an adviser can end a call task with.
func CallOutcomes() []State {
	return []State{CallReached, CallVoicemail, CallNoAnswer, CallWrong, CallRefused, CallBooked, CallNotNeeded}
}

// Reasons that people at the shop give a contact.
const (
	Held           = "held"             // somebody holds it back
	RemovedByStaff = "removed_by_staff" // somebody took the person out
)

// AskedToStop is why a follow-up ends whose customer wants to be left alone.
const AskedToStop = "asked_to_stop"

// FollowUpState is where a follow-up stands.
type FollowUpState string

// Follow-up states.
const (
	FollowUpActive FollowUpState = "active"
	FollowUpEnded  FollowUpState = "ended"
)

// FollowUp is one customer's run through one playbook version.
type FollowUp struct {
	ID              int64
	ShopID          string
	CustomerID      int64
	PlaybookID      string
	PlaybookVersion int
	State           FollowUpState
	EndReason       string
	Rehearsal       bool      // planned while rehearsing; does not count when going live
	AnchorAt        time.Time // the decline, the agreed date or the cancellation
	StartedAt       time.Time
	Planned         bool // a contact of it is still to go; filled in for scans
}

// Contact is one message or call, out or in.
type Contact struct {
	ID              int64
	ShopID          string
	CustomerID      int64
	FollowUpID      int64
	Step            int // 1-based
	Direction       Direction
	Channel         Channel
	Class           Class
	State           State
	Reason          string // codes, most important first, comma-separated
	PlaybookID      string
	PlaybookVersion int
	Template        string
	TemplateVersion int
	ConsentID       int64
	DueAt           time.Time
	NotAfter        time.Time
	NextAt          time.Time // not to be looked at before this
	Attempts        int
	HandedAt        time.Time
	HandedBy        int64 // the daemon that did
	ProviderID      string
	Segments        int
	Rehearsal       bool
	// Answers is the contact that an inbound one or a person's answers, or whose
	// opt-out an outbound one confirms; 0 for none.
	Answers int64
	// WrittenBy is who at the shop wrote the words, "" for a template's; AnyHour
	// says that they chose to at an hour at which the program writes to nobody.
	WrittenBy string
	AnyHour   bool
}
