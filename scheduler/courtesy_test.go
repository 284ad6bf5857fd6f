package scheduler_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

// owed plans one contact for a customer, about a job left undone, due when the
// clock shows.
func (o *office) owed(customer int64, ch outreach.Channel, change ...func(*fixture.Planned)) int64 {
	o.t.Helper()
	order := o.Declines(customer, o.clock.Now().AddDate(0, 0, -3), "Front brake pads")
	p := fixture.Planned{
		Customer: customer, Channel: ch, Due: o.clock.Now(),
		Line: int64(o.Count(`select id from order_lines where order_id = $1`, order)),
	}
	for _, f := range change {
		f(&p)
	}
	id, _ := o.AddPlanned(p)
	o.Exec(`delete from scan_marks`)
	return id
}

// drain sends what is due without a beat.
func (o *office) drain() {
	o.t.Helper()
	_, err := o.Drain(o.t.Context())
	o.must(err)
}

// TestChannelOrder: text with written consent, else mail, else a call.
func TestChannelOrder(t *testing.T) {
	for _, tc := range []struct {
		name     string
		customer fixture.Customer
		want     string
	}{
		{"written consent", fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true}, "declined-safety/1 sms accepted "},
		{"no consent", fixture.Customer{Phone: phone(1), Email: mail(1)}, "declined-safety/1 email accepted "},
		{"no consent, no mail", fixture.Customer{Phone: phone(1)}, "declined-safety/1 call open "},
		{"landline", fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true, Landline: true}, "declined-safety/1 email accepted "},
		{"mail only", fixture.Customer{Email: mail(1)}, "declined-safety/1 email accepted "},
		{"nothing", fixture.Customer{}, "declined-safety/1 sms suppressed no_address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				o.owed(o.AddCustomer(tc.customer), outreach.SMS)
				o.drain()
				o.expectContacts(tc.want)
			})
		})
	}
}

// TestConsentIsRecordedWithTheContact, and so are the versions of the words and
// of the playbook.
func TestConsentIsRecordedWithTheContact(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Phone: phone(1)})
		consent := o.AddConsent(c, outreach.SMS, outreach.ConsentGiven, outreach.ConsentWritten)
		o.owed(c, outreach.SMS)
		o.drain()
		got := o.Strings(`select consent_id, playbook_version, template, template_version, class, attempts from contacts`)
		if want := fmt.Sprintf("%d 1 declined-safety-1 1 marketing 1", consent); got[0] != want {
			o.t.Errorf("got %q, want %q", got[0], want)
		}
		words := o.Strings(`select address, body from contact_words`)
		sent := o.text.messages()
		if len(sent) != 1 || words[0] != sent[0].To+" "+sent[0].Text {
			o.t.Errorf("kept %q, sent %+v", words, sent)
		}
	})
}

// TestRefusedOnEveryChannel keeps all the reasons of all channels.
func TestRefusedOnEveryChannel(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1), Texts: true})
		o.AddConsent(c, "", outreach.ConsentRevoked, "")
		o.optOut(phone(1))
		o.Exec(`update addresses set status = 'bounced' where kind = 'email'`)
		o.owed(c, outreach.SMS)
		o.drain()
		o.expectContacts("declined-safety/1 sms suppressed opted_out,no_consent,address_bounced")
		why := o.Strings(`select why from contact_events where to_state = 'suppressed'`)
		for _, part := range []string{"not by sms: The customer asked", "not by email: ", "not by call: "} {
			if !strings.Contains(why[0], part) {
				o.t.Errorf("the history says %q, not %q", why[0], part)
			}
		}
	})
}

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

// TestWordsRetiredBetweenPlanAndHandOver: the new version goes out, recorded as
// such; where there is none, nothing does.
func TestWordsRetiredBetweenPlanAndHandOver(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		for i := range 2 {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email, func(p *fixture.Planned) {
				p.Due = p.Due.Add(time.Duration(i) * time.Hour)
			})
		}
		o.work()
		o.approve("templates", "declined-safety-1.email.en", "Hello", "Good day", func(source string) error {
			_, _, err := store.Documents{DB: o.DB}.AddTemplate(o.t.Context(), o.clock.Now(),
				outreach.Document{Name: "declined-safety-1", Channel: outreach.Email, Locale: "en", Source: source}, "test", "")
			return err
		})
		o.clock.set(o.clock.Now().Add(time.Hour))
		o.drain() // without a beat in between
		sent := o.mail.messages()
		if len(sent) != 2 || !strings.Contains(sent[0].Text, "Hello") || !strings.Contains(sent[1].Text, "Good day") {
			o.t.Errorf("sent %+v", sent)
		}
		if got := o.Strings(`select template_version from contacts order by id`); got[0] != "1" || got[1] != "2" {
			o.t.Errorf("versions %v", got)
		}
		o.Exec(`update template_versions set state = 'retired' where name = 'declined-safety-1'`)
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(5)}), outreach.Email)
		o.work()
		if got := o.Contacts(); !strings.Contains(got[2], "suppressed") || !strings.Contains(got[2], "template_not_approved") {
			o.t.Errorf("without approved words: %v", got[2])
		}
	})
}

// TestWordsThatRenderBadly: a template that cannot be written for a customer
// refuses that customer, says why, and nobody else's.
func TestWordsThatRenderBadly(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.approve("templates", "declined-safety-1.email.en", `{{customer.first_name | default "there"}}`, "{{customer.first_name}}", func(source string) error {
			_, _, err := store.Documents{DB: o.DB}.AddTemplate(o.t.Context(), o.clock.Now(),
				outreach.Document{Name: "declined-safety-1", Channel: outreach.Email, Locale: "en", Source: source}, "test", "")
			return err
		})
		nameless := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Exec(`update customers set first_name = ''`)
		o.owed(nameless, outreach.Email)
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(2)}), outreach.Email)
		o.work()
		o.expectContacts(
			"declined-safety/1 email suppressed template_renders_badly,no_address", "declined-safety/1 email accepted ",
		)
		why := o.Strings(`select why from contact_events where to_state = 'suppressed'`)
		if !strings.Contains(why[0], "customer.first_name") {
			o.t.Errorf("the history does not name what was missing: %s", why[0])
		}
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

// TestRehearsalLeavesNoTrace: nothing leaves, everything is shown as rehearsed,
// and when the shop goes live everybody is planned anew as if nothing had been.
func TestRehearsalLeavesNoTrace(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.settings.Policy.Mode = outreach.Rehearsal
		o.restart()
		ana := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Declines(ana, o.clock.Now(), "Front brake pads")
		ben := o.AddCustomer(fixture.Customer{Email: mail(2)})
		o.AddCanceled(fixture.Canceled{Number: "5005", Customer: ben, At: wall(t, "2026-06-03 12:00")})
		o.until("2026-06-05 12:00")
		o.expectContacts(
			"declined-safety/1 email rehearsed ", "declined-safety/2 call planned ", "declined-safety/3 email planned ",
			"canceled-order/1 email rehearsed ",
		)
		if why := o.why("5005"); !strings.Contains(why, "and nothing leaves the shop") || !strings.Contains(why, "would have gone by e-mail") {
			o.t.Errorf("in rehearsal: %s", why)
		}
		o.settings.Policy.Mode = outreach.Live
		o.restart()
		if len(o.mail.to())+len(o.text.to()) != 0 {
			o.t.Fatal("something left in rehearsal")
		}
		o.until("2026-06-06 12:00")
		got := o.Strings(`select playbook_id, step, state from contacts where rehearsal = $1 order by customer_id, step`, false)
		want := "declined-safety 1 accepted,declined-safety 2 planned,declined-safety 3 planned,canceled-order 1 accepted"
		if strings.Join(got, ",") != want {
			o.t.Errorf("after going live: %v\nwant %s", got, want)
		}
		if n := o.Count(`select count(*) from contacts where rehearsal and state in ('planned', 'open')`); n != 0 {
			o.t.Errorf("%d rehearsed contacts are still open", n)
		}
	})
}

func TestPilotLimits(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.settings.Policy.Mode, o.settings.Policy.PilotPerDay = outreach.Pilot, 3
		o.settings.Pilot = scheduler.PilotLimits{MaxBounces: 1, MaxOptOuts: 1}
		o.restart()
		for i := range 8 {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email)
		}
		o.work()
		if n := len(o.mail.to()); n != 3 {
			o.t.Errorf("%d mails on the first day", n)
		}
		o.until("2026-06-03 12:00")
		if n := len(o.mail.to()); n != 6 {
			o.t.Errorf("%d mails after two days", n)
		}
		o.optOut(mail(0))
		o.optOut(mail(1))
		o.until("2026-06-04 12:00")
		if n := len(o.mail.to()); n != 6 {
			o.t.Errorf("%d mails although two people asked to be left alone", n)
		}
		if brakes, err := (store.Controls{DB: o.DB}).Brakes(o.t.Context()); err != nil || !strings.Contains(brakes[""].Value, "2 people asked") {
			o.t.Errorf("brakes %+v, %v", brakes, err)
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

// TestBrake: nothing leaves while it is on, whoever is asked, and everything is
// judged again afterwards.
func TestBrake(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		controls := store.Controls{DB: o.DB}
		o.must(controls.StopAll(o.t.Context(), o.clock.Now(), "test", "a look"))
		o.restart() // it outlives a restart
		o.until("2026-06-02 13:00")
		o.expectContacts("declined-safety/1 email planned stop_all")
		o.must(controls.Resume(o.t.Context(), o.clock.Now(), "test"))
		o.must(controls.Hold(o.t.Context(), o.clock.Now(), outreach.Email, "test", "not registered"))
		o.until("2026-06-02 14:00")
		o.expectContacts("declined-safety/1 email planned channel_hold")
		o.must(controls.Resume(o.t.Context(), o.clock.Now(), "test"))
		o.until("2026-06-02 15:00")
		o.expectContacts("declined-safety/1 email accepted ")
	})
}

// TestOpenWounds: what stops a contact at the last moment, though it was planned.
func TestOpenWounds(t *testing.T) {
	for name, tc := range map[string]struct {
		happens func(o *office, customer int64)
		want    string
	}{
		"recovery case": {func(o *office, c int64) {
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, c, o.clock.Now())
		}, "suppressed recovery_open"},
		"recovery case of the household": {func(o *office, _ int64) {
			kin := o.AddCustomer(fixture.Customer{Email: mail(1)})
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, kin, o.clock.Now())
		}, "suppressed recovery_open"},
		"reply waiting": {func(o *office, c int64) {
			o.Exec(`insert into contacts (shop_id, customer_id, direction, channel, state, ended_at)
				values ('main', $1, 'in', 'email', 'received', $2)`, c, o.clock.Now())
		}, "planned reply_waiting"},
		"booked": {func(o *office, c int64) {
			o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c, o.clock.Now().AddDate(0, 0, 1))
		}, "suppressed already_booked"},
		"an appointment long past": {func(o *office, c int64) {
			o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c, o.clock.Now().AddDate(0, 0, -1))
		}, "accepted "},
		"authorized since": {func(o *office, _ int64) {
			o.Exec(`update order_lines set auth = 'authorized'`)
		}, "suppressed already_done,nothing_left"},
		"order reopened": {func(o *office, _ int64) {
			o.Exec(`update orders set status = 'open'`)
		}, "suppressed order_reopened,nothing_left"},
		"car sold": {func(o *office, _ int64) {
			o.Exec(`update vehicles set customer_id = $1`, o.AddCustomer(fixture.Customer{}))
		}, "suppressed vehicle_not_owned,nothing_left"},
		"price no longer valid": {func(o *office, _ int64) {
			o.Exec(`update order_lines set price_valid_until = $1`, o.clock.Now().AddDate(0, 0, -1))
		}, "suppressed price_expired,nothing_left"},
		"deceased": {func(o *office, _ int64) {
			o.Exec(`update customers set deceased = $1`, true)
		}, "suppressed do_not_contact"},
		"opted out": {func(o *office, _ int64) { o.optOut(mail(1)) }, "suppressed opted_out,no_address"},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				c := o.AddCustomer(fixture.Customer{Email: mail(1)})
				id := o.owed(c, outreach.Email)
				tc.happens(o, c)
				o.drain()
				if got := o.Strings(`select state, reason from contacts where id = $1`, id); got[0] != tc.want {
					o.t.Errorf("got %q, want %q", got[0], tc.want)
				}
			})
		})
	}
}

func TestControlGroupIsLeftAlone(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.approvePlaybook("declined-maintenance", "control_share: 0.1", "control_share: 0.5")
		const customers = 40
		for i := range customers {
			o.owed(o.AddCustomer(fixture.Customer{Email: mail(i)}), outreach.Email)
		}
		o.Exec(`update contacts set playbook_id = 'declined-maintenance', playbook_version = 2, template = 'declined-maintenance-1'`)
		o.work()
		left := o.Count(`select count(*) from contacts where state = 'suppressed' and reason = 'control_group'`)
		sent := len(o.mail.to())
		if left == 0 || sent == 0 || left+sent != customers {
			o.t.Errorf("%d of %d were left alone, %d mails", left, customers, sent)
		}
	})
}

// TestSenderCutOff: an answer that says nothing leaves the contact in doubt.
func TestSenderCutOff(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.owed(o.AddCustomer(fixture.Customer{Email: mail(1)}), outreach.Email)
		o.mail.answer = func(context.Context, notify.Message) notify.Outcome { return notify.Outcome{} }
		o.drain()
		o.expectContacts("declined-safety/1 email unconfirmed unknown_outcome")
	})
}
