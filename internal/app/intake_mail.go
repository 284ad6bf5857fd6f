package app

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/inbound/mail"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/notify/email"
)

// mail sets up the mailbox that answers, bounces and complaints come to.
func (in *Intake) mail(c *config.Config, db *store.DB, desk *inbound.Desk, installation string, now func() time.Time, log *slog.Logger) error {
	if c.IMAP.Host == "" {
		return nil
	}
	poller, err := mail.NewPoller(mailConfig(c, db, desk, installation, now, log))
	if err != nil {
		return err
	}
	in.feeds = append(in.feeds, poller.Run)
	in.first = append(in.first, func(ctx context.Context) error { return poller.Poll(ctx, now()) })
	return nil
}

func mailConfig(c *config.Config, db *store.DB, desk *inbound.Desk, installation string, now func() time.Time, log *slog.Logger) mail.Config {
	m := c.IMAP
	reader := mail.Reader{
		Installation: installation, ReturnPath: composerConfig(c, installation, now).ReturnPath,
		UnsubscribeAddress: strings.ToLower(c.UnsubscribeMail),
	}
	if c.LinkKey.IsSet() {
		reader.Tokens = Signer(c, installation)
	}
	for _, s := range c.Shops {
		own := identity(s)
		for _, address := range []string{own.Address, own.ReplyTo, s.Email} {
			if address != "" {
				reader.Own = append(reader.Own, strings.ToLower(address))
			}
		}
	}
	return mail.Config{
		Server: mail.Server{
			Host: m.Host, Port: m.Port, TLS: email.TLSMode(m.TLS), CAFile: m.CAFile, Username: m.Username,
			Password: func() (string, error) { return m.Password.Reveal(), nil }, Folder: m.Folder,
		},
		Reader: reader, Desk: desk, People: store.Inbox{DB: db},
		Feed: store.Feed{DB: db, Name: store.FeedMail, Every: m.PollEvery}, Log: log, Every: m.PollEvery, Now: now,
	}
}
