package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestSaturdayEveningWaits: by the customer's clock, over Sunday and a holiday
// of the shop, but not past its own time.
func TestSaturdayEveningWaits(t *testing.T) {
	for _, tc := range []struct {
		name   string
		zone   string
		within time.Duration
		want   string // when it left by the shop's clock, "" when it did not
	}{
		{"until Tuesday, since Monday is closed", fixture.Zone, 4 * 24 * time.Hour, "2026-06-09 09:00"},
		{"in Los Angeles the evening has not come", "America/Los_Angeles", 4 * 24 * time.Hour, "2026-06-06 19:30"},
		{"but not for ever", fixture.Zone, 36 * time.Hour, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-06 19:30", func(o *office) {
				monday := wall(t, "2026-06-08 12:00")
				o.settings.Shops[0].Closed = func(day time.Time) bool { return day.In(monday.Location()).YearDay() == monday.YearDay() }
				o.restart()
				o.owed(o.AddCustomer(fixture.Customer{Email: mail(1), Zone: tc.zone}), outreach.Email, func(p *fixture.Planned) {
					p.NotAfter = p.Due.Add(tc.within)
				})
				o.until("2026-06-10 12:00")
				got := o.Strings(`select state, reason, coalesce(handed_at, ended_at) from contacts`)
				if tc.want == "" {
					if !strings.HasPrefix(got[0], "expired quiet_hours,past_not_after ") {
						o.t.Errorf("got %v, want it expired", got)
					}
					return
				}
				if want := "accepted  " + wall(t, tc.want).UTC().Format("2006-01-02T15:04"); !strings.HasPrefix(got[0], want) {
					o.t.Errorf("got %q, want %q", got[0], want)
				}
			})
		})
	}
}

func TestNoFederalHoliday(t *testing.T) {
	eachOffice(t, "2026-11-26 12:00", func(o *office) { // Thanksgiving
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		o.drain()
		o.expectContacts("declined-safety/1 email planned closed_day")
		o.until("2026-11-27 09:30")
		o.expectContacts("declined-safety/1 email accepted ")
	})
}

// TestDownFromFridayToMonday: nothing goes out in a heap, and what is closed is
// logged.
func TestDownFromFridayToMonday(t *testing.T) {
	eachOffice(t, "2026-06-05 12:00", func(o *office) {
		ana := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.owed(ana, outreach.Email)
		f := int64(o.Count(`select max(follow_up_id) from contacts`))
		for step := 2; step <= 4; step++ {
			o.AddPlanned(fixture.Planned{
				Customer: ana, FollowUp: f, Step: step, Channel: outreach.Email,
				Due: o.clock.Now().Add(time.Duration(step) * time.Hour), NotAfter: o.clock.Now().AddDate(0, 0, 5),
			})
		}
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(2)}), outreach.Email, func(p *fixture.Planned) { p.NotAfter = p.Due.Add(24 * time.Hour) })
		o.Exec(`update contacts set playbook_id = 'forgotten'`)
		o.at("2026-06-08 12:00")
		if got := o.mail.to(); len(got) != 1 || got[0] != mail(1) {
			o.t.Errorf("after the weekend mails went to %v", got)
		}
		if n := o.Count(`select count(*) from contacts where state = 'expired'`); n != 4 {
			o.t.Errorf("%d contacts expired: %v", n, o.Contacts())
		}
		if !strings.Contains(o.log.String(), `msg="contacts expired" contacts=1`) {
			o.t.Errorf("the log: %s", o.log)
		}
	})
}
