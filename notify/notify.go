// Package notify carries words to people. It holds one small interface and a
// package for each channel. It never decides: what reaches a Sender has passed
// the gate and is committed as handed over.
package notify

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Message is one contact ready to leave, rendered to the last byte.
type Message struct {
	ContactID int64
	// Ref names a message that is no contact, such as somebody's daily mail: letters,
	// digits and hyphens, never twice. "" for contacts.
	Ref      string
	Attempt  int // 1-based
	ShopID   string
	Channel  outreach.Channel
	To       string // E.164 or e-mail address
	ToName   string // may be empty
	Subject  string // e-mail only
	Text     string
	HTML     string // e-mail only
	Segments int    // SMS only
	// Unsubscribe is the signed one-click address of RFC 8058, "" when the shop
	// has no public address; UnsubscribeMail is its mailto twin.
	Unsubscribe     string
	UnsubscribeMail string
	// ValidUntil is when the customer's window closes: a provider that queues
	// must give up by then.
	ValidUntil time.Time
	// ByPerson says that somebody at the shop wrote the words themselves.
	ByPerson bool
	// Answers is the provider's number of the customer's message that this one
	// answers, as an email.IncomingID; e-mail only, "" for none.
	Answers string
}

// Result is what is known about a message after an attempt.
type Result string

// Results. Unknown is an answer of its own: it is settled by asking the
// provider or a person, never by sending again.
const (
	Accepted Result = "accepted" // the provider took responsibility
	Retry    Result = "retry"    // certainly not accepted, may be tried later
	Refused  Result = "refused"  // certainly not accepted, trying again would not help
	Unknown  Result = "unknown"  // it may or may not have been accepted
)

// Effect is what an outcome means beyond this one message.
type Effect string

// Effects.
const (
	NoEffect          Effect = ""
	SuppressAddress   Effect = "suppress_address"   // the person opted out at the provider
	InvalidateAddress Effect = "invalidate_address" // nobody can be reached there
	MarkLandline      Effect = "mark_landline"
	StopChannel       Effect = "stop_channel" // nothing will pass until a person mends the set-up
)

// Outcome is what became of one attempt.
type Outcome struct {
	Result     Result
	Provider   string // "smtp", "twilio", "outbox"
	ProviderID string // queue id or message SID, when known
	Code       string // the provider's own code, for example "550 5.1.1" or "21610"
	Detail     string // a sentence for the log, free of secrets and addresses
	RetryAfter time.Duration
	Effect     Effect
}

// Sender hands one message to a provider. It returns when the provider has
// answered or ctx ends; the outcome then says what is certain. It never panics
// on bad input and never retries by itself. It is safe for concurrent use.
type Sender interface {
	Send(ctx context.Context, m Message) Outcome
}

// Attempt identifies an earlier try whose outcome is unknown.
type Attempt struct {
	ShopID   string
	To       string
	Text     string // the exact words that were sent
	HandedAt time.Time
}

// Finder is a Sender that can ask its provider what became of an attempt.
// found is false when the provider has no trace of it.
type Finder interface {
	Find(ctx context.Context, a Attempt) (o Outcome, found bool, err error)
}
