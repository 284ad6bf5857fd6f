package scheduler_test

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/scheduler"
)

// TestOnePersonOneContactAWeek over playbooks, shops, channels and records that
// share an address, also where both are due in one group.
func TestOnePersonOneContactAWeek(t *testing.T) {
	for name, second := range map[string]func(*office, int64){
		"another follow-up": func(o *office, ana int64) {
			o.Exec(`update follow_ups set playbook_id = 'declined-maintenance'`)
			o.owed(ana, outreach.Email)
		},
		"another channel": func(o *office, ana int64) {
			o.Exec(`update follow_ups set playbook_id = 'declined-maintenance'`)
			o.AddAddress(ana, outreach.PhoneNumber, phone(1), outreach.Mobile)
			o.AddConsent(ana, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
			o.owed(ana, outreach.SMS)
		},
		"another shop": func(o *office, ana int64) {
			north := fixture.MainShop()
			north.ID = "north"
			o.AddShop(north)
			o.settings.Shops = append(o.settings.Shops, scheduler.Shop{Shop: north})
			o.Use(o.settings)
			o.owed(ana, outreach.Email, func(p *fixture.Planned) { p.Shop = "north" })
		},
		"the same person twice": func(o *office, _ int64) {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		},
		"a couple with one phone": func(o *office, ana int64) {
			o.AddAddress(ana, outreach.PhoneNumber, phone(7), outreach.Mobile)
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(2), Phone: phone(7)}), outreach.Email)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				ana := o.AddCustomer(fixture.Customer{Email: mail(1)})
				o.owed(ana, outreach.Email)
				second(o, ana)
				o.drain()
				if n := len(o.mail.to()) + len(o.text.to()); n != 1 {
					o.t.Errorf("%d contacts at once", n)
				}
				waits := o.Strings(`select reason, next_at from contacts where state = 'planned'`)
				if want := "too_soon_after_last " + wall(t, "2026-06-09 12:00").UTC().Format("2006-01-02T15:04"); len(waits) != 1 || !strings.HasPrefix(waits[0], want) {
					o.t.Errorf("the other one: %v, want %s", waits, want)
				}
			})
		})
	}
}

// TestPlaybookCapsAreNarrower than those of the configuration where they are,
// and never wider.
func TestPlaybookCapsAreNarrower(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.approvePlaybook("declined-safety", "min_gap: 7d", "min_gap: 60d")
		ana := o.AddCustomer(fixture.Customer{Email: mail(1)})
		first := o.owed(ana, outreach.Email)
		o.Exec(`update contacts set playbook_version = 2`)
		o.drain()
		o.Exec(`update follow_ups set state = 'ended'`)
		o.clock.set(wall(t, "2026-07-20 12:00")) // 48 days later
		o.owed(ana, outreach.Email, func(p *fixture.Planned) { p.NotAfter = p.Due.AddDate(0, 0, 30) })
		o.Exec(`update contacts set playbook_version = 2`)
		o.drain()
		got := o.Strings(`select state, reason from contacts where id <> $1`, first)
		if got[0] != "planned too_soon_after_last" {
			o.t.Errorf("48 days after the last one, with a gap of 60: %v", got)
		}
	})
}

func TestFollowUpSaysOnlySoMuch(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.settings.Policy.Caps = outreach.Caps{PerFollowUp: 2}
		o.restart()
		ana := o.AddCustomer(fixture.Customer{Email: mail(1)})
		id := o.owed(ana, outreach.Email)
		f := int64(o.Count(`select follow_up_id from contacts where id = $1`, id))
		for step := 2; step <= 3; step++ {
			o.AddPlanned(fixture.Planned{Customer: ana, FollowUp: f, Step: step, Channel: outreach.Email, Due: o.clock.Now().AddDate(0, 0, 8*(step-1))})
		}
		o.Exec(`update contacts set playbook_id = 'forgotten'`)
		o.at("2026-06-02 12:00", "2026-06-10 12:00", "2026-06-18 12:00")
		o.expectContacts("forgotten/1 email accepted ", "forgotten/2 email accepted ", "forgotten/3 email suppressed cap_follow_up")
	})
}

func TestSecondNoIsFinal(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		car := o.AddVehicle(c, "2018 Subaru Outback")
		for _, closed := range []string{"2025-12-01 12:00", "2026-06-02 12:00"} {
			o.AddOrder(fixture.Order{Customer: c, Vehicle: car, Closed: wall(t, closed), Lines: []fixture.Line{{Name: "Front brake pads", Price: 42_000}}})
		}
		o.until("2026-06-03 09:00")
		o.expectContacts()
		c2 := o.AddCustomer(fixture.Customer{Email: mail(2)})
		o.owed(c2, outreach.Email)
		o.Exec(`update order_lines set refused_again = 1`)
		o.drain()
		o.expectContacts("declined-safety/1 email suppressed refused_twice,nothing_left")
		if got := o.Strings(`select state, end_reason from follow_ups`); got[0] != "ended refused_twice" {
			o.t.Errorf("the follow-up: %v", got)
		}
	})
}

func TestDailyLimits(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.settings.Shops[0].PerDay = 2
		o.settings.SenderPerDay = map[outreach.Channel]int{outreach.SMS: 5}
		o.restart()
		for i := range 3 {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email)
		}
		o.work()
		o.expectContacts(
			"declined-safety/1 email accepted ", "declined-safety/1 email accepted ", "declined-safety/1 email planned cap_shop_day",
		)
		o.until("2026-06-03 09:30")
		if n := len(o.mail.to()); n != 3 {
			o.t.Errorf("%d mails the next day", n)
		}

		o.settings.Shops[0].PerDay = 0
		o.restart()
		for i := range 6 {
			o.owed(o.AddCustomer(fixture.Customer{Phone: phone(i), Texts: true}), outreach.SMS)
		}
		o.drain()
		used := o.Count(`select coalesce(sum(segments), 0) from contacts where channel = 'sms' and state = 'accepted'`)
		waiting := o.Count(`select count(*) from contacts where reason = 'sender_limit'`)
		if used == 0 || used > 5 || waiting == 0 {
			o.t.Errorf("%d segments of 5 were used, %d contacts wait", used, waiting)
		}
	})
}
