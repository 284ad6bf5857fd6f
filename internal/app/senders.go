package app

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/notify/email"
	"github.com/courtesyd/courtesyd/notify/outbox"
	"github.com/courtesyd/courtesyd/notify/sms"
	"github.com/courtesyd/courtesyd/scheduler"
)

const (
	bounceMailbox = "bounce"
	textsAtOnce   = 16 // requests to Twilio under way at a time
)

// Senders are the ways out that a configuration sets up.
type Senders struct {
	Email notify.Sender // nil when off
	SMS   notify.Sender // nil when off
}

// NewSenders sets up the configured senders. It connects to nobody yet.
func NewSenders(c *config.Config, installation string, now func() time.Time) (*Senders, error) {
	composer, err := email.NewComposer(composerConfig(c, installation, now))
	if err != nil {
		return nil, fmt.Errorf("set up mail: %w", err)
	}
	s := &Senders{}
	switch c.Transport.Email {
	case config.TransportSMTP:
		s.Email, err = email.New(smtpConfig(c.SMTP), composer)
	case config.TransportOutbox:
		s.Email, err = outbox.New(c.Outbox.Dir, composer)
	}
	if err != nil {
		return nil, fmt.Errorf("set up mail: %w", err)
	}
	switch c.Transport.SMS {
	case config.TransportTwilio:
		s.SMS, err = sms.New(twilioConfig(c, now))
	case config.TransportOutbox:
		s.SMS, err = outbox.New(c.Outbox.Dir, composer)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up text messages: %w", err), s.Close())
	}
	return s, nil
}

// Close ends kept connections.
func (s *Senders) Close() error {
	var errs []error
	for _, sender := range []notify.Sender{s.Email, s.SMS} {
		if c, ok := sender.(io.Closer); ok {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// Lanes are the dispatchers' ways out. Calls have a lane as well: they pass the
// gate like everything else, and become tasks there. A channel that is off keeps
// its lane, on which the gate sends contacts to the next channel of their step.
func (s *Senders) Lanes(c *config.Config) []scheduler.Lane {
	lane := func(ch outreach.Channel, sender notify.Sender, limit *notify.Limiter, width int) scheduler.Lane {
		return scheduler.Lane{Channel: ch, Sender: sender, Limit: limit, Width: width, Batch: c.Dispatch.Batch}
	}
	var mailLimit, textLimit *notify.Limiter
	if c.Transport.Email == config.TransportSMTP {
		mailLimit = notify.NewLimiter(c.SMTP.PerSecond, max(int(c.SMTP.PerSecond), 1))
	}
	if c.Transport.SMS == config.TransportTwilio {
		textLimit = notify.NewLimiter(c.Twilio.SegmentsPerSecond, max(int(c.Twilio.SegmentsPerSecond), 1))
	}
	return []scheduler.Lane{
		lane(outreach.Email, s.Email, mailLimit, c.SMTP.MaxConnections),
		lane(outreach.SMS, s.SMS, textLimit, textsAtOnce),
		lane(outreach.Call, nil, nil, c.Dispatch.Batch),
	}
}

func composerConfig(c *config.Config, installation string, now func() time.Time) email.ComposerConfig {
	out := email.ComposerConfig{Installation: installation, Shops: map[string]email.Identity{}, Now: now}
	for _, s := range c.Shops {
		out.Shops[s.ID] = identity(s)
	}
	if c.SMTP.ReturnPathDomain != "" && c.LinkKey.IsSet() {
		out.ReturnPath = email.ReturnPath{Mailbox: bounceMailbox, Domain: c.SMTP.ReturnPathDomain, Key: signingKey(c, installation)}
	}
	if d := c.SMTP.DKIM; d.Domain != "" {
		out.DKIM = []email.DKIMKey{{Domain: d.Domain, Selector: d.Selector, KeyFile: d.KeyFile}}
	}
	return out
}

// identity is who a shop's mail is from. The outbox works without any address;
// where mail is really sent the configuration has asked for one.
func identity(s config.Shop) email.Identity {
	out := email.Identity{Name: s.Name, Address: s.EmailFrom, ReplyTo: s.EmailReplyTo}
	if out.Address == "" {
		out.Address = s.Email
	}
	if out.Address == "" {
		out.Address = "shop@localhost.localdomain"
	}
	if out.ReplyTo == "" {
		out.ReplyTo = s.Email
	}
	return out
}

func smtpConfig(s config.SMTP) email.Config {
	return email.Config{
		Host: s.Host, Port: s.Port, TLS: email.TLSMode(s.TLS), CAFile: s.CAFile, HELO: s.Helo,
		Auth: email.AuthMethod(s.Auth), Username: s.Username,
		Password:       func() (string, error) { return s.Password.Reveal(), nil },
		MaxConnections: s.MaxConnections, ConnectTimeout: s.ConnectTimeout,
		CommandTimeout: s.CommandTimeout, FinalTimeout: s.DataTimeout,
	}
}

func twilioConfig(c *config.Config, now func() time.Time) sms.Config {
	t := c.Twilio
	out := sms.Config{
		AccountSID: t.AccountSID, AuthToken: t.AuthToken.Reveal(), APIKeySID: t.APIKeySID, APISecret: t.APIKeySecret.Reveal(),
		PublicURL: c.PublicURL, BaseURL: t.BaseURL, Timeout: t.Timeout, MaxConnections: textsAtOnce, Now: now, Shops: map[string]sms.Origin{},
	}
	for _, s := range c.Shops {
		out.Shops[s.ID] = sms.Origin{MessagingServiceSID: s.SMSMessagingServiceSID, From: s.SMSFrom}
	}
	return out
}
