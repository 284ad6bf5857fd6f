package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify/email"
	"github.com/courtesyd/courtesyd/notify/sms"
)

// email reports on the way mails take: for SMTP by logging in and out again.
func (c Checker) email(ctx context.Context, r *reporter) {
	r.area = "email"
	composer, err := email.NewComposer(composerConfig(c.Config, "check", c.Now))
	if err != nil {
		r.failf("mails cannot be written: %v", err)
		return
	}
	switch c.Config.Transport.Email {
	case config.TransportOff:
		r.okf("off; steps by e-mail go on to their next channel")
	case config.TransportOutbox:
		c.outbox(r)
	case config.TransportSMTP:
		sender, err := email.New(smtpConfig(c.Config.SMTP), composer)
		if err != nil {
			r.failf("%v", err)
			return
		}
		defer func() { _ = sender.Close() }() // Check keeps no connection
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		defer cancel()
		if err := sender.Check(ctx); err != nil {
			r.failf("%s:%d: %v", c.Config.SMTP.Host, c.Config.SMTP.Port, err)
			return
		}
		r.okf("%s:%d lets us in", c.Config.SMTP.Host, c.Config.SMTP.Port)
	}
}

// texts reports on the way texts take: for Twilio by a call that only reads.
func (c Checker) texts(ctx context.Context, r *reporter) {
	r.area = "sms"
	switch c.Config.Transport.SMS {
	case config.TransportOff:
		r.okf("off; steps by text go on to their next channel")
	case config.TransportOutbox:
		c.outbox(r)
	case config.TransportTwilio:
		sender, err := sms.New(twilioConfig(c.Config, c.Now))
		if err != nil {
			r.failf("%v", err)
			return
		}
		defer func() { _ = sender.Close() }() // it only gives up connections
		ctx, cancel := context.WithTimeout(ctx, checkTimeout)
		defer cancel()
		if err := sender.Check(ctx); err != nil {
			r.failf("%v", err)
			return
		}
		r.okf("Twilio takes the credentials")
	}
}

func (c Checker) outbox(r *reporter) {
	dir, there := c.Config.Outbox.Dir, c.Config.Outbox.Dir
	for {
		_, err := os.Stat(there)
		if !errors.Is(err, fs.ErrNotExist) || there == filepath.Dir(there) {
			break
		}
		there = filepath.Dir(there) // the daemon makes what is missing
	}
	if err := writable(there); err != nil {
		r.failf("messages cannot be written to %s: %v; make the folder, owned by the user of courtesyd", dir, err)
		return
	}
	if c.Config.Mode != outreach.Rehearsal {
		r.warnf("messages are written to %s and reach nobody; set transport.%s to send them", dir, r.area)
		return
	}
	r.okf("messages are written to %s", dir)
}
