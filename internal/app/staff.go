package app

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/web"
	"github.com/courtesyd/courtesyd/internal/web/staff"
	"github.com/courtesyd/courtesyd/scheduler"
)

// NewStaff sets up the pages for the shop's own people.
func NewStaff(c *config.Config, db *store.DB, installation string, now func() time.Time, log *slog.Logger) (*staff.Site, error) {
	settings, err := Settings(c, installation)
	if err != nil {
		return nil, err
	}
	const nobody = 0 // it only tells what a daemon would do
	forecast := scheduler.Forecast{Scheduler: NewScheduler(db, settings, nil, nobody, now, log), Facts: store.Queue{DB: db}}
	return staff.New(staff.Config{
		Users: store.Users{DB: db}, Sessions: store.Sessions{DB: db, Now: now},
		Replies: store.Tasks{DB: db}, Ahead: store.Today{DB: db}, Holds: store.Holds{DB: db},
		Brake: store.Controls{DB: db}, Feeds: db, Forecast: forecast, Mode: c.Mode, DeadAfter: c.Dispatch.DeadAfter,
		Calls: store.Calls{DB: db}, Playbooks: store.Documents{DB: db}, Outreach: store.Log{DB: db}, Recovery: store.Recovery{DB: db},
		Customers: store.Customers{DB: db}, Answers: scheduler.Answers{Store: store.Answers{DB: db}, Settings: settings},
		URL: c.Staff.URL, UserHeader: c.Staff.UserHeader, Shops: c.ShopList(), Now: now, Log: log,
	})
}

// staffHandler serves the pages.
func staffHandler(c *config.Config, site *staff.Site, log *slog.Logger) (http.Handler, error) {
	return web.Handler(web.Config{PublicURL: c.Staff.URL, Log: log}, site.Routes()...)
}
