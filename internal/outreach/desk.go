package outreach

import "time"

// Sender is what is known about whoever sent an arrival or pressed a button.
type Sender struct {
	ShopID     string
	CustomerID int64 // 0 when nobody knows whose address it is
	Adviser    string
	// ContactID is the message of ours that is answered, 0 when there is none.
	ContactID  int64
	FollowUpID int64
	Items      int  // how many things that message spoke of
	Vehicles   int  // how many vehicles they are about, as far as is known
	Canceled   bool // they are canceled orders
	Suppressed bool // the address is left alone already
	// Unproved says that only the message they name speaks for who they are, and
	// anybody who has seen it can name it: their address is not on record.
	Unproved bool
}

// Consequence is what follows from something a customer said, as the rules for
// it have it. The zero value only puts it into the log.
type Consequence struct {
	// How it was understood, for the log.
	Reason, Class, Detail, Rule, Language string

	OptOut   *OptOut // nothing more is handed over from here on
	Lift     bool    // the owner of the number asked to hear from the shop again
	Wrong    bool    // the address is somebody else's: consent given for it is void
	Deceased bool
	Task     *Task // Kind, DueAt and ReviewBy; nil when nobody waits for an answer
	Answer   *Answer
	End      string // ends the follow-up, for this reason
	// Confirm is until when one confirmation of the opt-out may be sent, zero when
	// none may be.
	Confirm time.Time
}

// Answer is what a customer said about one item of a message, or about all.
type Answer struct {
	Action Action
	Item   int64 // of the line or canceled order, 0 for all of the message
	Until  time.Time
	Reason CancelReason
}

// Closes reports whether the answer leaves nothing to write about the item.
func (a Action) Closes() bool {
	return a == ActionNotThis || a == ActionElsewhere || a == ActionSold
}

// ConfirmationTemplate is the name of the one message that may follow an opt-out
// by text.
const ConfirmationTemplate = "opt-out-confirmation"

// Judge says what follows from something, given who sent it. It is called inside
// the transaction that records it and must not wait for anything.
type Judge func(Sender) Consequence
