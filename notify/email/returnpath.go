package email

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/courtesyd/courtesyd/notify"
)

// ReturnPath gives every attempt a bounce address of its own, so that a bounce
// tells which contact it is about whatever else it leaves out. The zero value
// sends bounces to the sender's address.
type ReturnPath struct {
	Mailbox string // receives mail for mailbox+anything, for example "bounce"
	Domain  string
	Key     []byte // signs the token, so that a bounce cannot be made up
}

const (
	minReturnPathKey   = 16 // bytes
	returnPathMACBytes = 8
)

func (r ReturnPath) check() error {
	if r.Domain == "" {
		return nil
	}
	if _, err := CheckAddress(r.Mailbox + "@" + r.Domain); err != nil {
		return fmt.Errorf("return path: %w", err)
	}
	if len(r.Key) < minReturnPathKey {
		return fmt.Errorf("return path: key must have at least %d bytes", minReturnPathKey)
	}
	return nil
}

// address is where bounces of m go: mailbox+contact-attempt-mac@domain, otherwise
// for what is no contact.
func (r ReturnPath) address(m notify.Message, otherwise string) string {
	if r.Domain == "" || m.Ref != "" {
		return otherwise
	}
	token := fmt.Sprintf("%d-%d", m.ContactID, m.Attempt)
	return fmt.Sprintf("%s+%s-%s@%s", r.Mailbox, token, r.mac(token), r.Domain)
}

func (r ReturnPath) mac(token string) string {
	mac := hmac.New(sha256.New, r.Key)
	mac.Write([]byte("return-path:" + token))
	return hex.EncodeToString(mac.Sum(nil)[:returnPathMACBytes])
}
