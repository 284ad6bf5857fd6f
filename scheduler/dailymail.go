package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/notify"
)

// DailyMails remembers whose mail of a day is sent, or was begun.
type DailyMails interface {
	Due(ctx context.Context, now time.Time, day string) ([]outreach.User, error)
	Claim(ctx context.Context, now time.Time, day string, u outreach.User) (attempt int, err error)
	Settle(ctx context.Context, day string, userID int64, outcome outreach.DailyOutcome, again time.Time) error
}

// Letters says in words what waits for somebody: no text when nothing does.
type Letters interface {
	DailyMail(ctx context.Context, now time.Time, to outreach.User) (subject, text string, err error)
}

// Cases are the recovery cases.
type Cases interface {
	Overdue(ctx context.Context, now time.Time) (n int, err error)
}

const (
	// dailyEnd is when the morning is over: what has not left by then would come
	// too late to be of use.
	dailyEnd outreach.TimeOfDay = 12 * 60

	dailyLookEvery = time.Minute
)

// dailyBackoff has the last attempt less than three hours after the first.
func dailyBackoff() Backoff {
	return Backoff{First: 10 * time.Minute, Max: 2 * time.Hour, MaxAttempts: 5}
}

// DailyMail tells the shop's people what waits for them: by mail, once a person on
// each morning on which a shop is open. It is no contact and passes no gate: it goes
// to colleagues, and tells them also that everything is stopped.
//
// It leaves at most once, as contacts do: it is claimed in the database before
// anything is sent, and what may have been accepted is never sent again.
type DailyMail struct {
	At      outreach.TimeOfDay // before noon by the first shop's clock
	Shops   []Shop             // one at least
	Book    DailyMails
	Letters Letters
	Cases   Cases
	Lane    Lane // of e-mail; without a Sender the log alone is told
	Log     *slog.Logger
	Now     func() time.Time

	watch   watch
	trouble outage
	logged  string // the day on which the log was told
}

// Run looks once a minute, until ctx ends. A mail on its way then has so much time
// as drain to arrive.
func (m *DailyMail) Run(ctx context.Context, drain time.Duration) {
	sending, cancel := outlive(ctx, drain)
	defer cancel()
	for ctx.Err() == nil {
		if err := m.Look(ctx, sending); err == nil {
			m.trouble.over(m.Log)
		} else if ctx.Err() == nil {
			m.trouble.began(m.Now(), m.Log, "not everybody could be told what waits; trying again until noon", "error", err)
		}
		pause(ctx, dailyLookEvery)
	}
}

// Look sends what is due now, one mail after the other, and begins no more of them
// once ctx has ended; those begun end with sending. While the clock is not steady it
// does nothing.
func (m *DailyMail) Look(ctx, sending context.Context) error {
	m.watch.look(m.Now())
	if now := m.Now(); !m.watch.steady(now) || !m.morning(now) {
		return nil
	}
	if err := m.tellLog(ctx); err != nil || m.Lane.Sender == nil {
		return err
	}
	people, err := m.Book.Due(ctx, m.Now(), m.day(m.Now()))
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range people {
		now := m.Now()
		if ctx.Err() != nil || !m.morning(now) {
			break
		}
		if err := m.tell(sending, now, u); err != nil {
			errs = append(errs, fmt.Errorf("tell user %d: %w", u.ID, err))
		}
	}
	return errors.Join(errs...)
}

// morning reports whether it is time for the mails: from At until noon, on a day on
// which somebody is at work. It looks at what the clock on the wall shows, so that no
// clock change makes a morning come twice or not at all.
func (m *DailyMail) morning(now time.Time) bool {
	wall := outreach.Wall(now, m.zone())
	clock := outreach.TimeOfDay(wall.Hour()*60 + wall.Minute())
	if clock < m.At || clock >= dailyEnd {
		return false
	}
	for _, s := range m.Shops {
		if s.Closed == nil || !s.Closed(now.In(s.Location())) {
			return true
		}
	}
	return false
}

func (m *DailyMail) zone() *time.Location { return m.Shops[0].Location() }

func (m *DailyMail) day(now time.Time) string { return now.In(m.zone()).Format(time.DateOnly) }

// tellLog tells the log of overdue recovery cases, once a day, for a shop in which
// nobody reads mails.
func (m *DailyMail) tellLog(ctx context.Context) error {
	now := m.Now()
	if m.logged == m.day(now) {
		return nil
	}
	n, err := m.Cases.Overdue(ctx, now)
	if err != nil {
		return err
	}
	m.logged = m.day(now)
	if n > 0 {
		m.Log.Warn("recovery cases are overdue; the page Recovery lists them", "cases", n)
	}
	return nil
}

// tell has one person's mail sent, unless somebody else sends it or there is
// nothing to tell. The words come first: whatever fails with them, nothing is claimed.
func (m *DailyMail) tell(ctx context.Context, now time.Time, u outreach.User) error {
	subject, text, err := m.Letters.DailyMail(ctx, now, u)
	if err != nil {
		return err
	}
	attempt, err := m.Book.Claim(ctx, now, m.day(now), u)
	if err != nil || attempt == 0 {
		return err
	}
	outcome, again := outreach.DailyNothing, time.Time{}
	if text != "" {
		outcome, again = m.send(ctx, now, u, attempt, subject, text)
	}
	// Also when ctx ended while it was sent.
	recording, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordGrace)
	defer cancel()
	return m.Book.Settle(recording, m.day(now), u.ID, outcome, again)
}

func (m *DailyMail) send(
	ctx context.Context, now time.Time, u outreach.User, attempt int, subject, text string,
) (outcome outreach.DailyOutcome, again time.Time) {
	until := dailyEnd.On(now.In(m.zone()))
	o := m.handOver(ctx, notify.Message{
		Ref: fmt.Sprintf("daily-%s-%d", m.day(now), u.ID), Attempt: attempt, ShopID: m.Shops[0].ID,
		Channel: outreach.Email,
		To:      u.Email, ToName: printable(u.Name), Subject: printable(subject), Text: text, ValidUntil: until,
	})
	about := []any{"user", u.ID, "to", outreach.Mask(u.Email), "attempt", attempt, "detail", o.Detail}
	switch o.Result {
	case notify.Accepted:
		m.Log.Debug("a daily mail was sent", about...)
		return outreach.DailySent, time.Time{}
	case notify.Unknown:
		m.Log.Warn("a daily mail may have been lost; it is not sent again", about...)
		return outreach.DailyDoubt, time.Time{}
	case notify.Retry:
		again, ok := dailyBackoff().Next(m.Now(), u.ID, attempt, o.RetryAfter)
		if ok && again.Before(until) {
			m.Log.Warn("a daily mail was not accepted; it is tried again", about...)
			return outreach.DailyLater, again
		}
	}
	m.Log.Error("a daily mail could not be sent", about...)
	return outreach.DailyFailed, time.Time{}
}

// handOver sends one mail at the pace of the lane.
func (m *DailyMail) handOver(ctx context.Context, message notify.Message) notify.Outcome {
	if m.Lane.Limit != nil {
		if _, err := m.Lane.Limit.Acquire(ctx, 1); err != nil {
			return notify.Outcome{Result: notify.Retry, Detail: "The daemon stopped before the mail's turn came."}
		}
	}
	return m.Lane.Sender.Send(ctx, message)
}

// printable takes out of a name what could end a line of a mail's header.
func printable(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }), " ")
}
