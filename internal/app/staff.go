package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
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
	return staff.New(staff.Config{
		Users: store.Users{DB: db}, Sessions: store.Sessions{DB: db, Now: now},
		Replies: store.Tasks{DB: db}, Ahead: store.Today{DB: db}, Holds: store.Holds{DB: db},
		Brake: store.Controls{DB: db}, Feeds: db, Forecast: NewForecast(db, settings, now, log), Mode: c.Mode, DeadAfter: c.Dispatch.DeadAfter,
		Calls: store.Calls{DB: db}, Playbooks: store.Documents{DB: db}, Outreach: store.Log{DB: db}, Recovery: store.Recovery{DB: db},
		Customers: store.Customers{DB: db}, Answers: scheduler.Answers{Store: store.Answers{DB: db}, Settings: settings},
		URL: c.Staff.URL, UserHeader: c.Staff.UserHeader, FirstUser: firstUser(c), Shops: c.ShopList(), Now: now, Log: log,
	})
}

// NewForecast tells what a daemon with these settings would do.
func NewForecast(db *store.DB, settings scheduler.Settings, now func() time.Time, log *slog.Logger) scheduler.Forecast {
	const nobody = 0 // is the number of no daemon
	return scheduler.Forecast{Scheduler: NewScheduler(db, settings, nil, nobody, now, log), Facts: store.Queue{DB: db}}
}

// firstUser is the command that lets the first manager sign in, for a person to type.
func firstUser(c *config.Config) string {
	words := `courtesyd user add pat --name "Pat Sample" --role manager`
	file, err := filepath.Abs(c.File)
	if c.File == "" || err != nil {
		return words
	}
	return fmt.Sprintf("%s --config %q", words, file)
}

// staffHandler serves the pages.
func staffHandler(c *config.Config, site *staff.Site, log *slog.Logger) (http.Handler, error) {
	return web.Handler(web.Config{PublicURL: c.Staff.URL, Log: log}, site.Routes()...)
}
