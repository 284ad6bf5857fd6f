package app

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/inbound/mail"
	"github.com/courtesyd/courtesyd/internal/inbound/twilio"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
)

// inbound reports on the ways in: whether what customers answer is heard.
func (c Checker) inbound(ctx context.Context, r *reporter, db *store.DB) {
	feeds := map[string]store.FeedState{}
	var unheard []outreach.Channel
	if db != nil {
		states, err := db.Feeds(ctx)
		if err == nil {
			unheard, err = db.Unheard(ctx, c.Now())
		}
		if err != nil {
			r.area = "replies"
			r.failf("%v", err)
			return
		}
		for _, f := range states {
			feeds[f.Name] = f
		}
	}
	c.replyTexts(r, feeds, slices.Contains(unheard, outreach.SMS))
	c.replyMails(ctx, r, feeds, slices.Contains(unheard, outreach.Email))
}

func (c Checker) replyTexts(r *reporter, feeds map[string]store.FeedState, unheard bool) {
	r.area = "sms in"
	feed, mode := feeds[store.FeedTexts], c.Config.InboundSMS()
	switch {
	case mode == config.InboundOff && c.Config.Transport.SMS == config.TransportTwilio:
		r.warnf("off: texts go out and what customers answer is not heard; set inbound.sms to poll")
		return
	case mode == config.InboundOff:
		r.okf("off; no texts go out through Twilio")
		return
	case mode == config.InboundWebhook:
		calls := feeds[store.FeedWebhooks]
		if calls.HeardAt.IsZero() {
			r.warnf("Twilio has never called; enter %s%s as the webhook for incoming messages (HTTP POST) in Twilio's console. "+
				"Until then Twilio is asked every %s", c.Config.PublicURL, twilio.PathInbound, catchUpEvery)
		} else {
			r.okf("Twilio last called %s", c.ago(calls.HeardAt))
		}
	}
	c.feed(r, feed, unheard, "Twilio was asked for texts")
}

func (c Checker) replyMails(ctx context.Context, r *reporter, feeds map[string]store.FeedState, unheard bool) {
	r.area = "email in"
	if c.Config.IMAP.Host == "" {
		if c.Config.Transport.Email == config.TransportSMTP {
			r.warnf("off: mails go out, and answers, bounces and complaints are not read; set the mailbox in imap")
			return
		}
		r.okf("off; no mails go out")
		return
	}
	poller, err := mail.NewPoller(mailConfig(c.Config, nil, nil, "check", c.Now, slog.New(slog.DiscardHandler)))
	if err != nil {
		r.failf("%v", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	if err := poller.Check(ctx); err != nil {
		r.failf("%v", err)
		return
	}
	r.okf("%s:%d lets us in", c.Config.IMAP.Host, c.Config.IMAP.Port)
	c.feed(r, feeds[store.FeedMail], unheard, "the mailbox was read")
	if c.Config.SMTP.ReturnPathDomain == "" {
		r.warnf("without smtp.return_path_domain bounces cannot be proved to be about our mails: addresses are given up only after several")
	}
}

// feed reports on what is asked again and again.
func (c Checker) feed(r *reporter, f store.FeedState, unheard bool, what string) {
	switch {
	case f.Failure != "":
		r.failf("the last try failed %s: %s", c.ago(f.FailedAt), f.Failure)
	case unheard:
		r.failf("messages went out and for a day nothing was heard; replies and refusals may be lost. Is the daemon at work?")
	case f.HeardAt.IsZero():
		r.okf("not asked yet; the daemon does")
	default:
		r.okf("%s last %s", what, c.ago(f.HeardAt))
	}
	if f.SetAside > 0 {
		r.warnf("%d messages could not be read and were set aside; table set_aside names them", f.SetAside)
	}
}

func (c Checker) ago(t store.Time) string {
	d := c.Now().Sub(t.Time).Round(time.Minute)
	if d < 2*time.Minute {
		return "a moment ago"
	}
	return strings.TrimSuffix(d.String(), "0s") + " ago"
}
