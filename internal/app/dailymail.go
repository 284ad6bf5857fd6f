package app

import (
	"log/slog"
	"slices"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/scheduler"
)

// NewDailyMail sets up the mail that tells the shop's people each morning what waits
// for them, in the words of letters. It leaves by the lane of e-mail; where it is
// switched off the log alone is told.
func NewDailyMail(
	c *config.Config, db *store.DB, settings scheduler.Settings, letters scheduler.Letters, lanes []scheduler.Lane,
	now func() time.Time, log *slog.Logger,
) *scheduler.DailyMail {
	m := &scheduler.DailyMail{
		At: c.Staff.DailyMail.At, Shops: settings.Shops, Book: store.DailyMails{DB: db}, Letters: letters,
		Cases: store.Recovery{DB: db}, Log: log, Now: now,
	}
	i := slices.IndexFunc(lanes, func(l scheduler.Lane) bool { return l.Channel == outreach.Email })
	if c.Staff.DailyMail.On && i >= 0 {
		m.Lane = lanes[i]
	}
	return m
}
