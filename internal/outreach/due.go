package outreach

import "time"

// Due is a planned contact whose time has come, with everything the decision
// and the words rest on, read in one transaction.
type Due struct {
	Contact      Contact
	Shop         Shop
	Customer     Customer
	Addresses    []Address
	OptOuts      []OptOut  // of any of the addresses, lifted ones left out
	Consents     []Consent // the customer's ledger
	RecoveryOpen bool      // a recovery case of the customer or household is open
	ReplyWaiting bool
	Booked       bool      // an appointment lies ahead
	LastVisit    time.Time // the newest closed order
	// History holds when anybody sharing an address with the customer had, or may
	// have had, a contact from us, in any order.
	History []time.Time
	// Sent counts what this follow-up has already sent.
	Sent  int
	Items []Item
	// ReplyTo is the only address that a confirmation, or a person's answer, may go to.
	ReplyTo string
	// ReplyToID is the provider's number of the mail that it answers, "" where it
	// answers none.
	ReplyToID string
	// Subject and Body are what a person wrote; AskedAt is when the customer's
	// message came that it answers, zero when they did not write it on the
	// contact's channel.
	Subject, Body string
	AskedAt       time.Time
}

// Item is what a follow-up is about: a line with its order, or a canceled order.
type Item struct {
	Line     *Line
	Order    *Order
	Canceled *CanceledOrder
	Vehicle  *Vehicle
	Refusals int  // visits at which, and times since, the customer said no to it
	NotOwned bool // the vehicle has changed hands since
	DoneHere bool // the same service was authorized on a later order of this vehicle
	// FollowUpID is the follow-up that raises it, 0 when none does yet.
	FollowUpID int64
	// Answer is the last that the customer said about it since the visit.
	Answer Action
}

// Day is when the item came about: the decline or the cancellation.
func (i Item) Day() time.Time {
	switch {
	case i.Canceled != nil:
		return i.Canceled.CanceledAt
	case i.Line == nil:
		return time.Time{}
	case !i.Line.DeclinedAt.IsZero():
		return i.Line.DeclinedAt
	case i.Order != nil && !i.Order.ClosedAt.IsZero():
		return i.Order.ClosedAt
	case i.Order != nil:
		return i.Order.OpenedAt
	}
	return time.Time{}
}

// Trigger says which playbooks the item is for, "" when for none: a line the
// customer authorized, one never presented, a cancellation taken back.
func (i Item) Trigger() Trigger {
	switch {
	case i.Canceled != nil:
		if i.Canceled.ReopenedAt.IsZero() {
			return TriggerCanceled
		}
	case i.Line != nil && i.Line.Open():
		if !i.Line.DeferredUntil.IsZero() {
			return TriggerDeferred
		}
		return TriggerDeclined
	}
	return ""
}

// Installation is the state of the whole installation when a group is judged.
type Installation struct {
	StopAll   bool
	Holds     map[Channel]string // why a channel is stopped
	LastTick  time.Time          // when the clock was last seen by any daemon
	SentToday map[string]int     // contacts handed over today, by shop
	PilotSent int                // contacts of the installation handed over today
	UsedToday map[Channel]int    // segments or mails handed over today
	// Revision counts changes of the approved documents; Documents is filled
	// when it differs from the one the caller knows.
	Revision  int
	Documents *Documents
}

// Documents is what the shop says and does, as approved.
type Documents struct {
	Templates []Document // the version in force of each
	Playbooks []Document // the version in force of each
	Past      []Document // earlier versions of playbooks, which follow-ups still run through
}

// Document is one approved version of a template or playbook.
type Document struct {
	Name    string
	Channel Channel // templates only
	Locale  string  // templates only
	Version int
	Source  string
}

// Ruling is what the gate decided about one due contact, with the exact words
// when it goes out.
type Ruling struct {
	Contact   Contact // State, Reason, Channel, NextAt and so on as they shall be
	Why       string  // for the contact's history
	Address   string
	Subject   string
	Body      string
	Items     []Item // what the words speak of
	EndReason string // ends the follow-up and cancels its other contacts when not ""
}

// Goes reports whether the contact goes out, is rehearsed, or comes onto the
// advisers' list.
func (r Ruling) Goes() bool {
	switch r.Contact.State {
	case Handed, Rehearsed, CallOpen:
		return true
	}
	return false
}

// Waits reports whether the contact waits for another time.
func (r Ruling) Waits() bool { return r.Contact.State == Planned }

// Result is what became of one hand-over.
type Result struct {
	ContactID  int64
	Attempt    int
	HandedBy   int64     // the daemon whose hand-over it answers, 0: any
	HandedAt   time.Time // the hand-over it answers, where HandedBy is set
	Uncounted  bool      // the attempt does not count: nothing was tried, or the channel is at fault
	State      State     // accepted, planned (to be tried again), failed, unconfirmed …
	Reason     string    // code, "" when all is well
	NextAt     time.Time
	Provider   string
	ProviderID string
	ErrorCode  string
	Why        string
	// What the answer means beyond this contact; recorded in the same transaction.
	Address string
	OptOut  *OptOut
	Mark    AddressStatus
	Line    LineType
	Hold    Channel // stop this channel, because of Why
}

// Trouble is what a pilot watches.
type Trouble struct {
	Bounces    int // messages that came back
	OptOuts    int // people who asked to be left alone
	Complaints int // people who reported a message as unwanted
}
