package outreach

import (
	"errors"
	"time"
)

// ErrNoPage means that there is no message a customer's page could be about.
var ErrNoPage = errors.New("there is no such message")

// Arrival is a message that a customer sent, as it came in. The same Provider
// and ProviderID are the same message, however often and by whichever way it is
// brought.
type Arrival struct {
	Provider   string // who brought it: "twilio" or "mail"
	ProviderID string
	Channel    Channel
	From       string // normalized: E.164 or a lower-cased address
	To         string // the number or mailbox it was sent to, "" when not known
	ShopID     string // the only shop that To belongs to, "" when several share it
	Answers    int64  // the contact it says it answers, 0 when it does not say
	Subject    string
	Body       string // without what it quotes of our message
	At         time.Time
	// Auto marks what a machine wrote: kept in the log, but nobody waits for an answer.
	Auto bool
	// Unsubscribe marks what was sent to the address that only takes refusals:
	// whatever its words are, it is one.
	Unsubscribe bool
	// Confirmed says that the provider has told the person itself that the
	// refusal holds, so that we must not do so again.
	Confirmed bool
}

// News is what a provider tells later about a message it took.
type News struct {
	Result         // ContactID 0: the contact is found by Provider and ProviderID
	Soft      bool // a bounce that may pass: only several of them count against the address
	Complaint bool // the person reported the message as spam
}

// Action is what a customer chose on their page.
type Action string

// The actions of a customer's page.
const (
	ActionBook      Action = "book"      // wants to come
	ActionAsk       Action = "ask"       // has a question
	ActionLater     Action = "later"     // wants to be reminded on a date
	ActionNotThis   Action = "not_this"  // does not want this item
	ActionElsewhere Action = "elsewhere" // had it done somewhere else
	ActionSold      Action = "sold"      // no longer has the vehicle
	ActionReason    Action = "why"       // says why the order was canceled
	ActionStop      Action = "stop"      // wants no more messages
)

// Press is one press of a button on a customer's page.
type Press struct {
	ContactID int64  // whose page it is
	Key       string // made with the form: the same key twice is one press
	Action    Action
	// Item is the line or canceled order it is about, 0 for all of the page.
	Item   int64
	Until  time.Time    // ActionLater: the day to be reminded on
	Reason CancelReason // ActionReason
	Text   string       // what the customer wrote beside it, at most MaxPressText bytes
	At     time.Time
}

// MaxPressText is how much of a customer's own words is kept of a press, in bytes.
const MaxPressText = 2000

// CancelReason is why a customer canceled an order, in their own choice.
type CancelReason string

// The reasons a customer's page offers.
const (
	CanceledForCost          CancelReason = "cost"
	CanceledPlansChanged     CancelReason = "plans_changed"
	CanceledFoundAnotherWay  CancelReason = "found_another_way"
	CanceledMisunderstanding CancelReason = "misunderstanding"
)

// CancelReasons lists what a customer can choose from.
func CancelReasons() []CancelReason {
	return []CancelReason{
		CanceledForCost, CanceledPlansChanged, CanceledFoundAnotherWay, CanceledMisunderstanding,
	}
}

// Page is what a customer's page shows: what the message spoke of, and no more.
type Page struct {
	ContactID int64
	Shop      Shop
	Locale    string // the language of the message, "en" or "es"
	FirstName string // as the message greeted, "" for none
	SentAt    time.Time
	Items     []PageItem
	// Stopped reports that the address the message went to is left alone by now.
	Stopped bool
	// Rehearsed reports that the message was shown to the shop only.
	Rehearsed bool
	// Waiting reports that a question or wish to come was received and nobody has
	// answered yet.
	Waiting bool
}

// PageItem is one thing the message spoke of.
type PageItem struct {
	ID              int64 // of the line, or of the canceled order
	Canceled        bool
	Kind            CancelKind // of a canceled order
	Name            string     // what was found, or what the order was for
	Finding         string     // the technician's measurement
	Price           Money
	PriceValidUntil time.Time
	Duration        time.Duration // 0 when not known
	Vehicle         string        // make and model
	Photo           string        // the file's name in the folder of photos, "" without
	Day             time.Time     // of the visit or the cancellation
	// What the customer has said about it since: "" for nothing yet.
	Answer     Action
	AnsweredAt time.Time
	Until      time.Time    // ActionLater
	Reason     CancelReason // ActionReason
	Closed     bool         // it was done, booked or taken back meanwhile: nothing is left to ask
}

// TaskKind is what a person has to do for a customer.
type TaskKind string

// Kinds of tasks.
const (
	TaskReply    TaskKind = "reply"    // the customer wrote
	TaskBooking  TaskKind = "booking"  // the customer wants to come
	TaskQuestion TaskKind = "question" // the customer asks something
	TaskReview   TaskKind = "review"   // the customer may have asked to be left alone
)

// Task is something that waits for a person at the shop. A customer has at most
// one open task at a shop: what else they send joins it.
type Task struct {
	ID         int64
	ShopID     string
	CustomerID int64 // 0 when nobody knows whose address it is
	Kind       TaskKind
	Adviser    string    // of record, "" when none is
	DueAt      time.Time // then it is the manager's
	// ReviewBy is when what may have been a refusal becomes one by itself, zero
	// when nothing of the kind is open.
	ReviewBy time.Time
	DoneAt   time.Time
	DoneBy   string
	Outcome  string
}

// Reasons that stand in the log and that something is counted by.
const (
	SoftBounce      = "soft_bounce"     // a message came back for a reason that may pass
	CustomerMerged  = "customer_merged" // the customer was entered twice, and the other entry is followed up
	ReasonComplaint = "complaint"       // the person reported a message as unwanted
)
