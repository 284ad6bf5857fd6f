package scheduler_test

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/scheduler"
)

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
