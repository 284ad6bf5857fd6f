package mail

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// place is how far the mailbox has been read.
type place struct {
	validity uint32
	uid      imap.UID // the last one read
	folder   string
}

func (p place) String() string { return fmt.Sprintf("%d:%d:%s", p.validity, p.uid, p.folder) }

// parsePlace returns the zero place for what is none.
func parsePlace(cursor string) place {
	parts := strings.SplitN(cursor, ":", 3)
	if len(parts) != 3 {
		return place{}
	}
	validity, err1 := strconv.ParseUint(parts[0], 10, 32)
	uid, err2 := strconv.ParseUint(parts[1], 10, 32)
	if err1 != nil || err2 != nil {
		return place{}
	}
	return place{validity: uint32(validity), uid: imap.UID(uid), folder: parts[2]}
}

// in reports whether both places are in the same numbering of the same folder.
func (p place) in(other place) bool { return p.validity == other.validity && p.folder == other.folder }

func (n *session) key(uid imap.UID) string {
	return fmt.Sprintf("%s/%d/%d", n.server.Folder, n.validity, uid)
}

// take reads one message and hands it on; took is false when it is not for us or
// is there no more.
func (p *Poller) take(ctx context.Context, now time.Time, s *session, uid imap.UID) (took bool, err error) {
	raw, received, err := s.fetch(ctx, uid)
	if err != nil || raw == nil {
		return false, err
	}
	letter, err := p.Reader.Read(raw, received, now)
	if errors.Is(err, ErrUnreadable) {
		return true, p.setAside(ctx, now, s.key(uid), err.Error())
	}
	if err != nil {
		return false, err
	}
	return p.deliver(ctx, letter)
}

func (p *Poller) deliver(ctx context.Context, letter Letter) (took bool, err error) {
	switch {
	case letter.Kind == Foreign:
		return false, nil
	case letter.Kind == Bounce || letter.Kind == Complaint:
		err = p.Desk.News(ctx, letter.News)
	case letter.ContactID != 0:
		err = p.Desk.Unsubscribe(ctx, letter.ContactID, viaMailto)
	default:
		if letter.Unasked {
			known, err := p.People.Knows(ctx, letter.Arrival.From)
			if err != nil {
				return false, fmt.Errorf("look up who wrote: %w", err)
			}
			if !known {
				return false, nil
			}
		}
		err = p.Desk.Receive(ctx, letter.Arrival)
	}
	if err != nil {
		return false, fmt.Errorf("record what came by mail (%s): %w", letter.Kind, err)
	}
	return true, nil
}

// stumble lets a message that cannot be taken hold up the others for so many
// looks, because the fault mostly lies elsewhere and passes. Then it is set
// aside; that it can be shows that the database is there.
func (p *Poller) stumble(ctx context.Context, now time.Time, key string, cause error) error {
	if ctx.Err() != nil {
		return cause
	}
	if p.trouble.key != key {
		p.trouble = trouble{key: key}
	}
	if p.trouble.times++; p.trouble.times < maxTries {
		return cause
	}
	return p.setAside(ctx, now, key, unreachable)
}

func (p *Poller) setAside(ctx context.Context, now time.Time, key, why string) error {
	if err := p.Feed.SetAside(ctx, now, key, why); err != nil {
		return fmt.Errorf("set a message aside: %w", err)
	}
	p.Log.Warn("a message in the mailbox was set aside for a person to look at", "message", key, "why", why)
	return nil
}
