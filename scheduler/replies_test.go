package scheduler_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/inbound"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// presses takes in a press on the page of the last message.
func (o *office) presses(action outreach.Action, item int64, change ...func(*outreach.Press)) {
	o.t.Helper()
	p := outreach.Press{
		ContactID: int64(o.Count(`select max(id) from contacts where direction = 'out' and handed_at is not null and channel <> 'call'`)),
		Key:       o.clock.Now().String(), Action: action, Item: item,
	}
	for _, f := range change {
		f(&p)
	}
	o.must(o.desk().Press(o.t.Context(), p))
}

// TestRemindMeLater: the follow-up ends, and the playbook for agreed dates writes
// about the day that the customer chose.
func TestRemindMeLater(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		order := o.Declines(o.AddCustomer(fixture.Customer{Email: mail(1)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.until("2026-06-05 12:00")
		o.expectContacts("declined-safety/1 email accepted ", "declined-safety/2 call planned ", "declined-safety/3 email planned ")
		o.presses(outreach.ActionLater, o.Lines(order)[0], func(p *outreach.Press) { p.Until = wall(t, "2026-09-15 00:00") })
		later := []string{
			"/0 email received later", "declined-safety/1 email accepted ", "declined-safety/2 call canceled customer_later", "declined-safety/3 email canceled customer_later",
		}
		o.until("2026-06-06 12:00")
		o.expectContacts(append(later[:4:4], "deferred/1 email planned ", "deferred/2 email planned ")...)
		if got := o.Strings(`select substr(cast(due_at as text), 1, 10) from contacts where playbook_id = 'deferred' order by step`); !slices.Equal(got, []string{"2026-09-08", "2026-09-15"}) {
			o.t.Errorf("planned for %v", got)
		}
		o.until("2026-09-20 12:00")
		o.expectContacts(append(later[:4:4], "deferred/1 email accepted ", "deferred/2 email accepted ")...)
		if got := o.mail.to(); len(got) != 3 {
			o.t.Errorf("%d mails", len(got))
		}
	})
}

// TestLaterForOneOfTwo leaves the other in its follow-up.
func TestLaterForOneOfTwo(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		order := o.AddOrder(fixture.Order{Customer: c, Closed: wall(t, "2026-06-01 15:00"), Lines: []fixture.Line{{Name: "Brake pads"}, {Name: "Tie rod end"}}})
		o.until("2026-06-05 12:00")
		o.presses(outreach.ActionLater, o.Lines(order)[0], func(p *outreach.Press) { p.Until = wall(t, "2026-09-15 00:00") })
		o.until("2026-07-10 12:00")
		last := o.mail.messages()[len(o.mail.to())-1].Text
		if !strings.Contains(last, "Tie rod end") || strings.Contains(last, "Brake pads") {
			o.t.Errorf("the last note speaks of something else:\n%s", last)
		}
		o.until("2026-09-09 12:00")
		last = o.mail.messages()[len(o.mail.to())-1].Text
		if strings.Contains(last, "Tie rod end") || !strings.Contains(last, "Brake pads") {
			o.t.Errorf("the reminder speaks of something else:\n%s", last)
		}
	})
}

// TestNotThisOne is not spoken of again, be it that nobody had asked about it
// before; nor does anything take it up anew.
func TestNotThisOne(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		order := o.AddOrder(fixture.Order{Number: "4711", Customer: c, Closed: wall(t, "2026-06-01 15:00"), Lines: []fixture.Line{
			{Name: "Brake pads", Auth: outreach.NotAuthorizedAtClose}, {Name: "Tie rod end"},
		}})
		o.until("2026-06-05 12:00")
		pads := o.Lines(order)[0]
		o.presses(outreach.ActionLater, pads, func(p *outreach.Press) { p.Until = wall(t, "2026-09-15 00:00") })
		o.clock.set(o.clock.Now().Add(time.Minute))
		o.presses(outreach.ActionNotThis, pads)
		o.until("2026-10-10 12:00")
		for _, m := range o.mail.messages()[1:] {
			if strings.Contains(m.Text, "Brake pads") {
				o.t.Errorf("it was spoken of again:\n%s", m.Text)
			}
		}
		if n := len(o.mail.to()); n != 2 {
			o.t.Errorf("%d mails, want the first and the last note", n)
		}
		if n := o.Count(`select count(*) from follow_ups`); n != 1 {
			o.t.Errorf("%d follow-ups", n)
		}
		if why := o.why("4711"); !strings.Contains(why, "the customer said that they do not want it") {
			o.t.Errorf("it is explained so:\n%s", why)
		}
	})
}

// TestReasonSpeaksAgainst: what a customer says about a canceled order counts for
// the playbook like what the source of the order says.
func TestReasonSpeaksAgainst(t *testing.T) {
	for reason, want := range map[outreach.CancelReason]string{
		outreach.CanceledPlansChanged: "canceled-order/1 email suppressed reason_excluded,nothing_left",
		outreach.CanceledForCost:      "canceled-order/1 email accepted ",
	} {
		t.Run(string(reason), func(t *testing.T) {
			eachOffice(t, "2026-06-02 07:00", func(o *office) {
				o.AddCanceled(fixture.Canceled{Customer: o.AddCustomer(fixture.Customer{Email: mail(1)}), What: "Brake job", At: wall(t, "2026-06-01 15:00")})
				o.until("2026-06-02 10:00")
				o.Exec(`update canceled_orders set answer = 'why', answer_reason = $1`, string(reason))
				o.until("2026-06-02 12:00")
				o.expectContacts(want)
			})
		})
	}
}

// TestReplyHoldsTheNextStep until it is answered; unanswered, the step expires.
func TestReplyHoldsTheNextStep(t *testing.T) {
	for _, answered := range []bool{true, false} {
		t.Run(map[bool]string{true: "answered", false: "not answered"}[answered], func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				o.owed(o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1)}), outreach.Email)
				o.hears(phone(1), "How long does it take?")
				o.until("2026-06-02 14:30")
				o.expectContacts("/0 sms received question", "declined-safety/1 email planned reply_waiting")
				if n := strings.Count(o.log.String(), "longer than promised"); n != 1 {
					o.t.Errorf("the manager was told %d times", n)
				}
				if answered {
					o.done(inbound.Answered)
					o.work()
					o.expectContacts("/0 sms received question", "declined-safety/1 email accepted ")
					return
				}
				o.until("2026-06-12 12:00")
				o.expectContacts("/0 sms received question", "declined-safety/1 email expired reply_waiting,past_not_after")
			})
		})
	}
}

// TestUnclearIsSettledByTheDaemon when nobody did.
func TestUnclearIsSettledByTheDaemon(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.owed(o.AddCustomer(fixture.Customer{Phone: phone(1), Email: mail(1)}), outreach.Email)
		o.hears(phone(1), "not interested")
		o.until("2026-06-04 12:05")
		if n := strings.Count(o.log.String(), "customers=1"); n != 1 || !strings.Contains(o.log.String(), "left alone") {
			o.t.Errorf("the log says so %d times:\n%s", n, o.log)
		}
		o.done(inbound.Answered)
		o.work()
		if got := o.mail.to(); len(got) != 0 {
			o.t.Errorf("mails went to %v", got)
		}
	})
}

// TestSoldCarEndsEverythingAboutIt, also in another follow-up.
func TestSoldCarEndsEverythingAboutIt(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		car := o.AddVehicle(c, "2018 Subaru Outback")
		o.AddOrder(fixture.Order{Customer: c, Vehicle: car, Closed: wall(t, "2026-06-01 15:00"), Lines: []fixture.Line{
			{Name: "Brake pads"}, {Name: "Timing belt", DeferredUntil: wall(t, "2026-08-01 00:00")},
		}})
		o.until("2026-06-05 12:00")
		o.presses(outreach.ActionSold, 0)
		o.until("2026-08-10 12:00")
		o.expectContacts("/0 email received sold",
			"declined-safety/1 email accepted ", "declined-safety/2 call canceled customer_sold", "declined-safety/3 email canceled customer_sold",
			"deferred/1 email suppressed vehicle_not_owned,reason_excluded,nothing_left", "deferred/2 email canceled vehicle_not_owned")
	})
}
