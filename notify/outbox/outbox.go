// Package outbox writes messages into a folder in place of sending them: for the
// demo, for development, for a look.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
)

const provider = "outbox"

// Sender writes each message as a file of its own: mails as .eml that any mail
// program opens, texts as .txt. It implements notify.Sender.
type Sender struct {
	dir      string
	composer *email.Composer
}

// New returns a Sender that writes into dir and makes it when it is missing. The
// composer is the one real mails would be written by.
func New(dir string, composer *email.Composer) (*Sender, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make outbox folder: %w", err)
	}
	return &Sender{dir: dir, composer: composer}, nil
}

// Send writes m. The same contact and attempt is written once, however often it
// is sent: the file is there already and stays as it is.
func (s *Sender) Send(ctx context.Context, m notify.Message) notify.Outcome {
	if ctx.Err() != nil {
		return outcome(notify.Retry, "", "There was no time left to write the message.")
	}
	ref := m.Ref
	if ref == "" {
		ref = fmt.Sprintf("%06d", m.ContactID)
	}
	name := fmt.Sprintf("%s-%d-%s", ref, m.Attempt, m.Channel)
	var content []byte
	switch m.Channel {
	case outreach.Email:
		letter, err := s.composer.Compose(m)
		if err != nil {
			refused := outcome(notify.Refused, "", "The mail cannot be written: "+notify.Scrub(err.Error())+".")
			if errors.Is(err, email.ErrAddress) {
				refused.Effect = notify.InvalidateAddress
			}
			return refused
		}
		name, content = name+".eml", letter.Data
	case outreach.SMS:
		name, content = name+".txt", text(m)
	default:
		return outcome(notify.Refused, "", "The outbox takes mails and texts only.")
	}
	if err := s.write(name, content); err != nil {
		return outcome(notify.Retry, "", "The outbox folder cannot be written to: check its permissions and free space.")
	}
	return outcome(notify.Accepted, name, "Written to the outbox folder, not sent.")
}

func outcome(result notify.Result, id, detail string) notify.Outcome {
	return notify.Outcome{Result: result, Provider: provider, ProviderID: id, Detail: detail}
}

// text is a text message with what a reader wants to know about it on top.
func text(m notify.Message) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "To: %s\nShop: %s\nContact: %d, attempt %d\nSegments: %d\n", m.To, m.ShopID, m.ContactID, m.Attempt, m.Segments)
	fmt.Fprintf(&b, "\n%s\n", m.Text)
	return []byte(b.String())
}

// write makes the file appear whole or not at all. A link, unlike a rename, never
// replaces a file that is there.
func (s *Sender) write(name string, content []byte) error {
	draft, err := os.CreateTemp(s.dir, ".draft-*")
	if err != nil {
		return fmt.Errorf("make draft: %w", err)
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(content)
	if err = errors.Join(err, draft.Close()); err != nil {
		return fmt.Errorf("write draft: %w", err)
	}
	err = os.Link(draft.Name(), filepath.Join(s.dir, name))
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("name draft: %w", err)
	}
	return nil
}
