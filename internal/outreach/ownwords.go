package outreach

import (
	"errors"
	"time"
)

// ErrSpokenSince means that the customer, or somebody else at the shop, wrote
// after the author of an answer last looked.
var ErrSpokenSince = errors.New("there is a newer message")

// ErrNotTheirs means that the message to be answered is not one of the customer's.
var ErrNotTheirs = errors.New("the customer wrote no such message")

// OwnWords is what somebody at the shop is about to answer to a customer, in the
// words in which it shall be sent.
type OwnWords struct {
	CustomerID int64
	Answers    int64 // the customer's message
	// To is the customer's number, for a text, or mail address to which it goes, ""
	// for where they wrote from. By another way than theirs it is not invited.
	To      string
	Subject string
	Body    string
	Author  string // who signed in
	// AnyHour says that the author knows what time it is for the customer.
	AnyHour  bool
	NotAfter time.Time // it is not worth sending later than this
	// Seen is the newest message of the customer, or of a person at the shop to
	// them, that the author had before them.
	Seen int64
}
