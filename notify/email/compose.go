package email

import (
	"bytes"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/courtesyd/courtesyd/notify"
)

// Identity is who a mail is from.
type Identity struct {
	Name    string // as customers know the shop
	Address string
	ReplyTo string // "" when replies go to Address
}

// ComposerConfig says how mails are written.
type ComposerConfig struct {
	// Installation tells two installations with one mail domain apart. It is part
	// of every Message-ID and must never change. Letters, digits and hyphens.
	Installation string
	Default      Identity            // of all other shops; none when empty
	Shops        map[string]Identity // by shop id, where it differs from Default
	ReturnPath   ReturnPath
	DKIM         []DKIMKey
	Now          func() time.Time // time.Now when nil
}

// Letter is a mail ready for the dialogue with a server, to the last byte.
type Letter struct {
	MessageID string // without angle brackets
	From      string // the envelope's: where bounces go
	To        string
	Data      []byte    // lines end in CRLF
	Until     time.Time // it must not leave later; zero for no limit

	now func() time.Time // the composer's clock
}

// late reports whether the time to send the letter has passed.
func (l Letter) late() bool { return !l.Until.IsZero() && !l.now().Before(l.Until) }

// Composer writes mails. It is safe for concurrent use.
type Composer struct {
	config  ComposerConfig
	signers []signer
}

// ErrAddress is what Compose's error is when no mail can reach the recipient's
// address.
var ErrAddress = errors.New("recipient's address cannot be used")

const (
	maxNameBytes = 128 // of a recipient's name; a longer one is left out
	maxLineBytes = 998 // RFC 5322 2.1.1
)

// NewComposer checks config and loads the DKIM keys.
func NewComposer(config ComposerConfig) (*Composer, error) {
	if !isLabel(config.Installation) {
		return nil, fmt.Errorf("installation %q: use letters, digits and hyphens", config.Installation)
	}
	var err error
	if config.Default != (Identity{}) || len(config.Shops) == 0 {
		if config.Default, err = checkIdentity(config.Default); err != nil {
			return nil, fmt.Errorf("sender of mails: %w", err)
		}
	}
	shops := make(map[string]Identity, len(config.Shops))
	for id, identity := range config.Shops {
		if shops[id], err = checkIdentity(identity); err != nil {
			return nil, fmt.Errorf("sender of mails for shop %s: %w", id, err)
		}
	}
	config.Shops = shops
	if err := config.ReturnPath.check(); err != nil {
		return nil, err
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	c := &Composer{config: config}
	for _, key := range config.DKIM {
		s, err := loadSigner(key)
		if err != nil {
			return nil, fmt.Errorf("DKIM key of %s: %w", key.Domain, err)
		}
		c.signers = append(c.signers, s)
	}
	return c, nil
}

func checkIdentity(i Identity) (Identity, error) {
	if i.Name == "" || hasBreak(i.Name) {
		return i, errors.New("name must be one line and not empty")
	}
	var err error
	if i.Address, err = CheckAddress(i.Address); err != nil {
		return i, err
	}
	if i.ReplyTo != "" {
		if i.ReplyTo, err = CheckAddress(i.ReplyTo); err != nil {
			return i, fmt.Errorf("reply-to: %w", err)
		}
	}
	return i, nil
}

// Compose writes m. An attempt more yields the same Message-ID, so that servers
// and readers can recognize a copy. Errors repeat neither names nor addresses.
func (c *Composer) Compose(m notify.Message) (Letter, error) {
	identity, ok := c.config.Shops[m.ShopID]
	if !ok {
		identity = c.config.Default
	}
	if identity == (Identity{}) {
		return Letter{}, fmt.Errorf("no sender is set for shop %q", m.ShopID)
	}
	to, err := CheckAddress(m.To)
	if err != nil {
		return Letter{}, fmt.Errorf("%w: %w", ErrAddress, err)
	}
	if m.Text == "" || strings.TrimSpace(m.Subject) == "" {
		return Letter{}, errors.New("mail has no subject or no text")
	}
	if hasBreak(m.Subject) || hasBreak(m.ToName) {
		return Letter{}, errors.New("subject or name has a line break")
	}

	ref := fmt.Sprintf("c%d", m.ContactID)
	if m.Ref != "" {
		if ref = m.Ref; !isLabel(ref) {
			return Letter{}, errors.New("mail has a reference that a header does not take")
		}
	}
	_, domain, _ := strings.Cut(identity.Address, "@")
	letter := Letter{
		MessageID: fmt.Sprintf("%s.%s@%s", ref, c.config.Installation, domain),
		From:      c.config.ReturnPath.address(m, identity.Address),
		To:        to,
		Until:     m.ValidUntil,
		now:       c.config.Now,
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(&mail.Address{Name: identity.Name, Address: identity.Address})
	msg.ToMailAddress(&mail.Address{Name: shortName(m.ToName), Address: to})
	if identity.ReplyTo != "" {
		msg.ReplyToMailAddress(&mail.Address{Name: identity.Name, Address: identity.ReplyTo})
	}
	msg.Subject(m.Subject)
	msg.SetDateWithValue(c.config.Now())
	msg.SetMessageIDWithValue(letter.MessageID)
	if id := messageIDOf(m.Answers); id != "" {
		// RFC 5322 3.6.4: the customer's reader shows both in one conversation.
		msg.SetGenHeader(gomail.HeaderInReplyTo, "<"+id+">")
		msg.SetGenHeader(gomail.HeaderReferences, "<"+id+">")
	}
	if !m.ByPerson {
		// RFC 3834 5: tells other machines not to answer; the second header tells
		// Exchange the same.
		msg.SetGenHeader("Auto-Submitted", "auto-generated")
		msg.SetGenHeader("X-Auto-Response-Suppress", "OOF, AutoReply")
	}
	if err := setUnsubscribe(msg, m); err != nil {
		return Letter{}, err
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	if m.HTML != "" {
		msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	}

	var data bytes.Buffer
	if _, err := msg.WriteTo(&data); err != nil {
		return Letter{}, fmt.Errorf("write mail: %w", err)
	}
	letter.Data = data.Bytes()
	if err := checkLines(letter.Data); err != nil {
		return Letter{}, err
	}
	letter.Data, err = c.sign(letter.Data, domain)
	return letter, err
}

// setUnsubscribe adds the headers of RFC 2369 and RFC 8058. One-click needs an
// https address; with a mailto alone the Post header would mean nothing.
func setUnsubscribe(msg *gomail.Msg, m notify.Message) error {
	var ways []string
	if m.Unsubscribe != "" {
		way, err := url.Parse(m.Unsubscribe)
		local := err == nil && way.Scheme == "http" && IsLoopback(way.Hostname())
		if err != nil || way.Scheme != "https" && !local || way.Host == "" {
			return errors.New("unsubscribe address is not an https address")
		}
		if !local { // a trial on this machine, which no provider could reach
			ways = append(ways, "<"+way.String()+">")
			msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	if m.UnsubscribeMail != "" {
		way, err := url.Parse("mailto:" + strings.TrimPrefix(m.UnsubscribeMail, "mailto:"))
		if err != nil || !strings.Contains(way.Opaque, "@") {
			return errors.New("unsubscribe mail address is not a mailto address")
		}
		ways = append(ways, "<"+way.String()+">")
	}
	for _, way := range ways {
		if strings.ContainsAny(way[1:len(way)-1], "<> \t\r\n") {
			return errors.New("unsubscribe address has a character that a header does not take")
		}
	}
	if len(ways) > 0 {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, ways...)
	}
	return nil
}

func hasBreak(s string) bool { return strings.ContainsAny(s, "\r\n\x00") }

func shortName(name string) string {
	if len(name) > maxNameBytes {
		return ""
	}
	return name
}

func checkLines(data []byte) error {
	for line := range bytes.SplitSeq(data, []byte("\r\n")) {
		if len(line) > maxLineBytes {
			return errors.New("mail has a line that is too long for mail servers")
		}
	}
	return nil
}
