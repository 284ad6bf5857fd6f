package app

import (
	"context"

	"github.com/courtesyd/courtesyd/internal/config"
	"github.com/courtesyd/courtesyd/internal/store"
)

// dailyMail reports on whether anybody is told in the morning what waits for them.
func (c Checker) dailyMail(ctx context.Context, r *reporter, db *store.DB) {
	r.area = "daily mail"
	if !c.Config.Staff.DailyMail.On {
		r.okf("off")
		return
	}
	if db == nil {
		return
	}
	users, err := store.Users{DB: db}.All(ctx)
	if err != nil {
		r.failf("%v", err)
		return
	}
	able, told := 0, 0
	for _, u := range users {
		if u.DisabledAt.IsZero() {
			able++
			if u.Email != "" {
				told++
			}
		}
	}
	switch {
	case able == 0:
		r.okf("nobody to tell: there are no users yet")
	case told == 0:
		r.warnf("nobody has an address for it; give some with `courtesyd user email LOGIN ADDRESS`, or empty staff.daily_mail")
	case c.Config.Transport.Email == config.TransportOff:
		r.warnf("people wait for it: %d, and transport.email is off; set it, or empty staff.daily_mail", told)
	case c.Config.Transport.Email == config.TransportOutbox:
		r.okf("at %s to users: %d; written to %s, not sent", c.Config.Staff.DailyMail, told, c.Config.Outbox.Dir)
	default:
		r.okf("at %s to users: %d", c.Config.Staff.DailyMail, told)
	}
}
