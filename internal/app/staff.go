package app

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/web"
	"github.com/courtesyd/courtesyd/internal/web/staff"
)

// NewStaff sets up the pages for the shop's own people.
func NewStaff(c *config.Config, db *store.DB, now func() time.Time, log *slog.Logger) (http.Handler, error) {
	site, err := staff.New(staff.Config{
		Users: store.Users{DB: db}, Sessions: store.Sessions{DB: db, Now: now},
		URL: c.Staff.URL, Shops: c.ShopList(), Now: now, Log: log,
	})
	if err != nil {
		return nil, err
	}
	return web.Handler(web.Config{PublicURL: c.Staff.URL, Log: log}, site.Routes()...)
}
