// Package mail reads the mailbox that answers, bounces and complaints come to.
//
// A Poller fetches messages by IMAP, and leaves the mailbox as it was, because
// people read it, too. A Reader says what a message is. Whoever can send mail can
// send anything, so a Reader believes only what carries a signature of ours, and
// everything else it hands on as what somebody claims.
package mail

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/email"
)

// MaxBytes is how much of a message is read. What is longer is read so far: the
// words and the reports stand at the beginning.
const MaxBytes = 1 << 20

// Provider is the Arrival.Provider of what comes by mail.
const Provider = "mail"

const (
	maxSubjectBytes = 500
	maxIDBytes      = 200
	// maxClockSkew is how far ahead of ours another server's clock may be.
	maxClockSkew = 5 * time.Minute
)

// Kind is what a message is to us.
type Kind string

// Kinds of messages.
const (
	Foreign     Kind = ""            // has nothing to do with us
	Bounce      Kind = "bounce"      // a message of ours could not be delivered
	Complaint   Kind = "complaint"   // a message of ours was reported as spam
	Unsubscribe Kind = "unsubscribe" // asks to be left alone, by the address for it
	AutoReply   Kind = "auto_reply"  // a machine answers for a person
	Reply       Kind = "reply"       // a person writes
)

// Letter is a message that was understood.
type Letter struct {
	Kind Kind
	News outreach.News // of a Bounce or Complaint
	// ContactID is whose token an Unsubscribe carries. At 0 it carries none, and
	// the Arrival tells who asks.
	ContactID int64
	Arrival   outreach.Arrival // of a Reply, an AutoReply, an Unsubscribe
	// Unasked marks an Arrival that answers nothing of ours: it concerns us only
	// if its sender is somebody we know.
	Unasked bool
}

// Tokens reads the signed tokens of unsubscribe addresses.
type Tokens interface {
	// Unsubscribe returns the contact a token was made for, or an error.
	Unsubscribe(token string) (contactID int64, err error)
}

// Reader tells what messages are. Its fields are the ones the messages we sent
// were made with. It may be used concurrently.
type Reader struct {
	Installation string // as in the Message-IDs
	ReturnPath   email.ReturnPath
	Tokens       Tokens // nil when none are made
	// UnsubscribeAddress takes nothing but refusals: whatever comes to it is one,
	// unless it is one of Own, which take answers, too.
	UnsubscribeAddress string
	// Own are the addresses the shops write from and are answered at. What comes
	// from them is not a customer's.
	Own []string
}

// ErrUnreadable means that a message is for us and cannot be understood. A person
// should look at it.
var ErrUnreadable = errors.New("the message cannot be read")

// Read says what the message is, of which at most MaxBytes are looked at.
// received is when the mail server says it came, zero when it does not say. The
// error is ErrUnreadable and repeats nothing of the message.
func (r Reader) Read(raw []byte, received, now time.Time) (letter Letter, err error) {
	defer func() {
		// One message must not take down what all the others need.
		if cause := recover(); cause != nil {
			letter, err = Letter{}, fmt.Errorf("%w: it caused a fault in the program", ErrUnreadable)
		}
	}()
	raw = raw[:min(len(raw), MaxBytes)]
	c := readContent(raw)
	if len(c.header) == 0 {
		return Letter{}, fmt.Errorf("%w: it has no header", ErrUnreadable)
	}
	if letter, ok := r.report(c); ok {
		return letter, nil
	}
	if id, ok := r.tokenIn(unfold(c.header.Get("Subject"), maxSubjectBytes)); ok {
		return Letter{Kind: Unsubscribe, ContactID: id}, nil
	}
	return r.arrival(c, raw, received, now)
}

// arrival is what is left when a message is neither a report nor a signed refusal.
func (r Reader) arrival(c *content, raw []byte, received, now time.Time) (Letter, error) {
	from := addressIn(c.header, "From", "Sender")
	sent := r.returned(c)
	subject := unfold(c.header.Get("Subject"), maxSubjectBytes)
	letter := Letter{Kind: Reply, Unasked: sent.contact == 0}
	switch {
	case r.isOwn(c.header, from), isReceipt(c):
		return Letter{}, nil
	case r.takesRefusals(c.header) && !fromMachine(from):
		letter.Kind, letter.Unasked = Unsubscribe, false
	case bareRefusal.MatchString(subject):
		letter.Kind = Unsubscribe
	case sent.contact == 0 && isBulk(c.header):
		return Letter{}, nil
	case isAutomatic(c.header, from, subject):
		letter.Kind = AutoReply
	}
	if from == "" {
		if letter.Unasked {
			return Letter{}, nil
		}
		return Letter{}, fmt.Errorf("%w: it does not say who sent it", ErrUnreadable)
	}
	letter.Arrival = outreach.Arrival{
		Provider: Provider, ProviderID: providerID(c.header, from, raw),
		Channel: outreach.Email, From: from, To: addressIn(c.header, "To"),
		Answers: sent.contact, Subject: subject, Body: ownWords(c.text()),
		At:   moment(received, now),
		Auto: letter.Kind == AutoReply, Unsubscribe: letter.Kind == Unsubscribe,
	}
	return letter, nil
}

// isOwn reports whether the message is a copy of ours, or a colleague's answer.
func (r Reader) isOwn(h mail.Header, from string) bool {
	return r.isOurs(from) || r.contactOf(h.Get("Message-Id")) != 0
}

func (r Reader) isOurs(address string) bool {
	return slices.ContainsFunc(r.Own, func(own string) bool { return strings.EqualFold(own, address) })
}

// takesRefusals reports whether the message came to the address that takes nothing else.
func (r Reader) takesRefusals(h mail.Header) bool {
	return r.UnsubscribeAddress != "" && !r.isOurs(r.UnsubscribeAddress) && isFor(h, r.UnsubscribeAddress)
}

// bareRefusal is the subject of our own mailto address, whatever became of the token.
var bareRefusal = regexp.MustCompile(`(?i)^unsubscribe(?:\s+[\w-]{20,80})?$`)

// maxCandidates bounds how many tokens or addresses of one message are tried.
const maxCandidates = 50

var tokenLike = regexp.MustCompile(`[A-Za-z0-9_-]{20,80}`)

// tokenIn finds a signed unsubscribe token in text.
func (r Reader) tokenIn(text string) (contactID int64, ok bool) {
	if r.Tokens == nil {
		return 0, false
	}
	for _, token := range tokenLike.FindAllString(text, maxCandidates) {
		if id, err := r.Tokens.Unsubscribe(token); err == nil {
			return id, true
		}
	}
	return 0, false
}

var ourID = regexp.MustCompile(`(?i)\bc(\d{1,19})\.([a-z0-9-]{1,63})@`)

// contactOf finds the newest Message-ID of ours in text: a References field
// begins with the oldest. Anybody may copy one, so it proves nothing.
func (r Reader) contactOf(text string) int64 {
	found := ourID.FindAllStringSubmatch(text, -1)
	for i := len(found) - 1; i >= 0; i-- {
		if strings.EqualFold(found[i][2], r.Installation) {
			if id, err := strconv.ParseInt(found[i][1], 10, 64); err == nil {
				return id
			}
		}
	}
	return 0
}

// providerID tells messages apart, also those without a Message-ID.
func providerID(h mail.Header, from string, raw []byte) string {
	id := strings.Trim(unfold(h.Get("Message-Id"), maxIDBytes+1), "<> ")
	if id == "" || len(id) > maxIDBytes {
		sum := sha256.Sum256(raw)
		return hex.EncodeToString(sum[:])
	}
	return email.IncomingID(id, from)
}

func moment(received, now time.Time) time.Time {
	if received.IsZero() || received.After(now.Add(maxClockSkew)) {
		return now
	}
	return received
}
