package scheduler_test

import (
	"strings"
	"testing"

	"github.com/courtesyd/courtesyd/internal/gate"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/scheduler"
)

// nextContact is the number of the planned contact whose turn comes first.
func (o *office) nextContact() int64 {
	o.t.Helper()
	return int64(o.Count(`select id from contacts where state = 'planned' order by next_at, id limit 1`))
}

// TestHeldContactWaits: nothing of it leaves until it is let go, and then it does.
func TestHeldContactWaits(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(1)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.until("2026-06-02 12:00")
		holds, id := store.Holds{DB: o.DB}, o.nextContact()
		o.must(holds.Hold(t.Context(), o.clock.Now(), id, "pat"))
		o.until("2026-06-05 12:00")
		o.expectContacts("declined-safety/1 email planned held", "declined-safety/2 call planned ", "declined-safety/3 email planned ")
		o.must(holds.LetGo(t.Context(), o.clock.Now(), id, "pat"))
		o.until("2026-06-05 12:05")
		o.expectContacts("declined-safety/1 email accepted ", "declined-safety/2 call planned ", "declined-safety/3 email planned ")
	})
}

// TestHeldContactExpires when its time has passed, which can be explained; the
// steps after it go on.
func TestHeldContactExpires(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.AddOrder(fixture.Order{Number: "4711", Customer: c, Closed: wall(t, "2026-06-01 15:00"), Lines: []fixture.Line{{Name: "Front brake pads"}}})
		o.until("2026-06-02 12:00")
		o.must(store.Holds{DB: o.DB}.Hold(t.Context(), o.clock.Now(), o.nextContact(), "pat"))
		o.until("2026-08-01 12:00")
		if n := len(o.mail.to()); n != 1 {
			t.Errorf("%d mails, want the last step alone", n)
		}
		if got := o.Strings(`select reason from contacts where step = 1`); len(got) != 1 || got[0] != "held,past_not_after" {
			t.Errorf("reasons %q", got)
		}
		if why := o.why("4711"); !strings.Contains(why, "pat had held it back since Tue Jun 2 2026, 12:00, and nobody let it go") {
			t.Errorf("it is explained so:\n%s", why)
		}
	})
}

// TestRemovedByStaff is explained, and the next scan does not plan it anew.
func TestRemovedByStaff(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.AddOrder(fixture.Order{Number: "4711", Customer: c, Closed: wall(t, "2026-06-01 15:00"), Lines: []fixture.Line{{Name: "Front brake pads"}}})
		o.until("2026-06-02 12:00")
		o.must(store.Holds{DB: o.DB}.Remove(t.Context(), o.clock.Now(), o.nextContact(), "pat", "a friend of the owner"))
		o.until("2026-08-01 12:00")
		if len(o.mail.to()) != 0 || o.Count(`select count(*) from follow_ups`) != 1 {
			t.Errorf("sent to %v, %d follow-ups", o.mail.to(), o.Count(`select count(*) from follow_ups`))
		}
		if why := o.why("4711"); !strings.Contains(why, "somebody at the shop took this person off the list") {
			t.Errorf("it is explained so:\n%s", why)
		}
	})
}

// TestForecast shows the words that go out later, and changes nothing.
func TestForecast(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(1)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.until("2026-06-02 12:00")
		id := o.nextContact()
		look := func() outreach.Ruling {
			t.Helper()
			rulings, err := scheduler.Forecast{Scheduler: o.Scheduler, Facts: store.Queue{DB: o.DB}}.Preview(t.Context(), []int64{id, 999_999})
			o.must(err)
			if len(rulings) > 1 {
				t.Errorf("%d rulings on one contact", len(rulings))
			}
			return rulings[id]
		}
		// The brake passes, so what is seen ahead does not change with it.
		o.must(store.Controls{DB: o.DB}.StopAll(t.Context(), o.clock.Now(), "pat", "test"))
		ahead := look()
		o.must(store.Controls{DB: o.DB}.Resume(t.Context(), o.clock.Now(), "pat"))
		if ahead.Contact.State != outreach.Handed || ahead.Address != mail(1) {
			t.Errorf("it would be %s to %q", ahead.Contact.State, ahead.Address)
		}
		o.expectContacts("declined-safety/1 email planned ", "declined-safety/2 call planned ", "declined-safety/3 email planned ")
		o.until("2026-06-05 12:00")
		if sent := o.mail.messages(); len(sent) != 1 || sent[0].Text != ahead.Body || sent[0].Subject != ahead.Subject {
			t.Errorf("foreseen:\n%s\nsent:\n%+v", ahead.Body, sent)
		}
		if got := look(); got.Contact.ID != 0 {
			t.Errorf("one that is gone is foreseen as %s", got.Contact.State)
		}
	})
}

// TestForecastOfTwo sees that of two contacts of a customer one keeps the other waiting.
func TestForecastOfTwo(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.Declines(c, wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.until("2026-06-02 12:00")
		first := o.nextContact()
		second := int64(o.Count(`select id from contacts where step = 3`))
		o.Exec(`update contacts set due_at = $1, next_at = $1 where step = 3`, wall(t, "2026-06-04 15:00"))
		rulings, err := scheduler.Forecast{Scheduler: o.Scheduler, Facts: store.Queue{DB: o.DB}}.Preview(t.Context(), []int64{second, first})
		o.must(err)
		if r := rulings[first]; !r.Goes() {
			t.Errorf("the first would be %s for %s", r.Contact.State, r.Contact.Reason)
		}
		if r := rulings[second]; !r.Waits() || !strings.Contains(r.Contact.Reason, string(gate.MinGap)) {
			t.Errorf("the second would be %s for %s", r.Contact.State, r.Contact.Reason)
		}
	})
}

// TestForecastOfRefusal tells why something would not go out.
func TestForecastOfRefusal(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(1)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.until("2026-06-02 12:00")
		o.optOut(mail(1))
		id := o.nextContact()
		rulings, err := scheduler.Forecast{Scheduler: o.Scheduler, Facts: store.Queue{DB: o.DB}}.Preview(t.Context(), []int64{id})
		o.must(err)
		if r := rulings[id]; r.Contact.State != outreach.Suppressed || !strings.Contains(r.Contact.Reason, "opted_out") || r.Body != "" {
			t.Errorf("it would be %s for %s", r.Contact.State, r.Contact.Reason)
		}
	})
}
