package scheduler_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

// TestLiveWhileTheRehearsalStillWorks: a daemon that still rehearses, after
// another has gone live, plans and sends nothing, and takes nothing away.
func TestLiveWhileTheRehearsalStillWorks(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.settings.Policy.Mode = outreach.Rehearsal
		o.restart()
		rehearsing := o.Scheduler
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(0)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.clock.set(wall(t, "2026-06-02 08:00"))
		o.must(store.Controls{DB: o.DB}.SetMode(t.Context(), o.clock.Now(), outreach.Live, "reload"))
		o.must(rehearsing.Beat(t.Context()))
		o.must(rehearsing.Beat(t.Context()))
		o.expectContacts()
		if n := strings.Count(o.log.String(), "another mode"); n != 1 {
			o.t.Errorf("said %d times that the mode is another, want once:\n%s", n, o.log)
		}
		o.settings.Policy.Mode = outreach.Live
		o.restart()
		o.until("2026-06-04 12:00")
		if got := o.mail.to(); len(got) != 1 {
			o.t.Errorf("live, mails went to %v, want one", got)
		}
		if _, err := rehearsing.Drain(t.Context()); err == nil {
			o.t.Error("the daemon that rehearses found work in a live installation")
		}
	})
}

// TestDoubtDoesNotSwallowWhatComesLater: a follow-up that waits for an answer
// and has nothing more to say takes nothing in; the doubt can still be settled.
func TestDoubtDoesNotSwallowWhatComesLater(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		o.mail.says(notify.Outcome{Result: notify.Unknown, Provider: "tray"})
		o.work()
		o.expectContacts("declined-safety/1 email unconfirmed unknown_outcome")
		customer, doubt := o.Count(`select id from customers`), o.Count(`select id from contacts`)
		o.mail.says(notify.Outcome{Result: notify.Accepted, Provider: "tray"})
		o.clock.set(wall(t, "2026-12-01 07:00"))
		o.Declines(int64(customer), o.clock.Now().Add(-time.Hour), "Tie rod end")
		o.until("2026-12-07 12:00")
		if got := o.Contacts(); len(got) != 4 || !strings.Contains(got[1], "accepted") {
			o.t.Errorf("contacts: %v, want the doubt and a new follow-up under way", got)
		}
		taken, err := store.Queue{DB: o.DB}.Settle(t.Context(), o.clock.Now(), "me", outreach.Result{
			ContactID: int64(doubt), State: outreach.ClosedByHand, Reason: "closed_by_hand",
		})
		if err != nil || taken != 1 {
			o.t.Errorf("settling the doubt: %d taken, %v", taken, err)
		}
	})
}

// TestOpenCallOutlivesItsFollowUp: what comes later starts a follow-up of its
// own, and the adviser still makes the call.
func TestOpenCallOutlivesItsFollowUp(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.clock.set(wall(t, "2026-06-02 12:00"))
		customer, call := o.openCall()
		o.Declines(customer, o.clock.Now(), "Tie rod end")
		o.at("2026-06-03 08:00")
		if got := o.Strings(`select state from follow_ups order by id`); !slices.Equal(got, []string{"ended", "active"}) {
			o.t.Errorf("follow-ups: %v", got)
		}
		o.must(store.Calls{DB: o.DB}.End(t.Context(), o.clock.Now(), store.CallEnd{ContactID: call, Outcome: outreach.CallReached, Who: "me"}))
		if got := o.Contacts()[0]; got != "declined-safety/2 call reached " {
			o.t.Errorf("the call: %s", got)
		}
	})
}

// TestOutageFillsNoLog: a line when the database stops answering, one a minute,
// and one when it answers again.
func TestOutageFillsNoLog(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		back := o.clock.Now().Add(150 * time.Second)
		o.trouble(func(q *troubled) {
			q.handOver = func(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error) {
				if o.clock.Now().Before(back) {
					return nil, errDown
				}
				return q.Queue.HandOver(ctx, r, decide)
			}
		})
		o.running(time.Second, func() { time.Sleep(4 * time.Minute) })
		o.expectContacts("declined-safety/1 email accepted ")
		said, over := strings.Count(o.log.String(), "hand-over failed"), strings.Count(o.log.String(), "answers again")
		if said != 3 || over != 1 {
			o.t.Errorf("the log says %d times that it fails, want 3, and %d times that it is over, want 1:\n%s", said, over, o.log)
		}
	})
}

// openCall puts a call on the list, about front brake pads, and returns the
// customer and the call.
func (o *office) openCall() (customer, call int64) {
	o.t.Helper()
	customer = o.AddCustomer(fixture.Customer{Email: mail(0), Phone: phone(0)})
	order := o.Declines(customer, o.clock.Now().AddDate(0, 0, -10), "Front brake pads")
	line := o.Count(`select id from order_lines where order_id = $1`, order)
	call, _ = o.AddPlanned(fixture.Planned{Customer: customer, Channel: outreach.Call, Due: o.clock.Now(), Line: int64(line), Step: 2})
	o.Exec(`delete from scan_marks`)
	o.work()
	o.expectContacts("declined-safety/2 call open ")
	return customer, call
}

func TestOpenCallsAreJudgedAgain(t *testing.T) {
	for name, tc := range map[string]struct {
		happens func(o *office, customer int64)
		want    string
	}{
		"nothing": {func(*office, int64) {}, "open "},
		"opt-out": {func(o *office, _ int64) { o.optOut(phone(0)) }, "suppressed opted_out"},
		"opt-out of mail": {func(o *office, _ int64) {
			_, err := store.Consents{DB: o.DB}.OptOut(o.t.Context(), outreach.OptOut{
				Address: mail(0), Channel: outreach.Email, Reason: "keyword", Source: "test", RecordedAt: o.clock.Now(),
			})
			o.must(err)
		}, "open "},
		"recovery case": {func(o *office, c int64) {
			o.Exec(`insert into recovery_cases (shop_id, customer_id, opened_at) values ('main', $1, $2)`, c, o.clock.Now())
		}, "suppressed recovery_open"},
		"booked": {func(o *office, c int64) {
			o.Exec(`insert into appointments (shop_id, customer_id, starts_at) values ('main', $1, $2)`, c, o.clock.Now().AddDate(0, 0, 3))
		}, "suppressed already_booked"},
		"car sold": {func(o *office, _ int64) {
			o.Exec(`update vehicles set customer_id = $1`, o.AddCustomer(fixture.Customer{}))
		}, "suppressed vehicle_not_owned,nothing_left"},
		"brake": {func(o *office, _ int64) {
			o.must(store.Controls{DB: o.DB}.StopAll(o.t.Context(), o.clock.Now(), "me", "x"))
		}, "open "},
		"evening": {func(o *office, _ int64) { o.clock.set(wall(o.t, "2026-06-02 22:00")) }, "open "},
		"cap of one": {func(o *office, _ int64) {
			o.settings.Policy.Caps.PerFollowUp = 1
			o.restart()
		}, "open "},
	} {
		t.Run(name, func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				customer, call := o.openCall()
				tc.happens(o, customer)
				o.clock.set(o.clock.Now().Add(time.Minute))
				o.must(o.Beat(t.Context()))
				o.expectContacts("declined-safety/2 call " + tc.want)
				if got := o.Count(`select count(*) from contact_words where contact_id = $1 and body <> ''`, call); got != 1 {
					o.t.Error("the call lost its words")
				}
			})
		})
	}
}

// TestOpenCallCounts: nobody writes to a person whom an adviser may be calling
// now; a call that nobody answered was none.
func TestOpenCallCounts(t *testing.T) {
	for outcome, want := range map[outreach.State]int{"": 0, outreach.CallReached: 0, outreach.CallNoAnswer: 1} {
		t.Run("call "+string(outcome), func(t *testing.T) {
			eachOffice(t, "2026-06-02 12:00", func(o *office) {
				customer, call := o.openCall()
				if outcome != "" {
					o.must(store.Calls{DB: o.DB}.End(t.Context(), o.clock.Now(), store.CallEnd{ContactID: call, Outcome: outcome, Who: "me"}))
				}
				order := o.Declines(customer, o.clock.Now().AddDate(0, 0, -1), "Wiper blades")
				o.Exec(`update follow_ups set playbook_id = 'deferred'`)
				o.Exec(`delete from scan_marks`)
				line := o.Count(`select id from order_lines where order_id = $1`, order)
				o.AddPlanned(fixture.Planned{Customer: customer, Channel: outreach.Email, Due: wall(t, "2026-06-03 12:00"), Line: int64(line)})
				o.at("2026-06-03 12:00")
				if got := len(o.mail.to()); got != want {
					o.t.Errorf("%d mails the day after, want %d; contacts %v", got, want, o.Contacts())
				}
			})
		})
	}
}

// TestShopThatIsNotConfigured sends nothing, least of all under another's name.
func TestShopThatIsNotConfigured(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		north := fixture.MainShop()
		north.ID, north.Name = "north", "North Garage"
		o.AddShop(north)
		c := o.AddCustomer(fixture.Customer{Email: mail(0)})
		o.AddPlanned(fixture.Planned{Shop: "north", Customer: c, Channel: outreach.Email, Due: o.clock.Now()})
		o.work()
		o.expectContacts("declined-safety/1 email planned ")
		o.until("2026-06-10 12:00")
		o.expectContacts("declined-safety/1 email expired past_not_after")
	})
}

// TestClockThatJumpsAheadAndBack changes nothing while it is wrong.
func TestClockThatJumpsAheadAndBack(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(0)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.must(o.Heartbeat(t.Context()))
		o.until("2026-06-02 07:04")
		o.must(o.Heartbeat(t.Context()))
		o.clock.set(wall(t, "2026-08-02 12:00"))
		o.work()
		o.must(o.Heartbeat(t.Context())) // one look is not enough
		o.work()
		if got := o.Count(`select count(*) from schedules where last_wall > $1`, wall(t, "2026-06-03 12:00")); got != 0 {
			o.t.Errorf("%d schedules were moved into the future", got)
		}
		o.clock.set(wall(t, "2026-06-02 07:05"))
		for range 2 {
			o.must(o.Heartbeat(t.Context()))
		}
		o.clock.set(wall(t, "2026-06-02 08:01"))
		for range 2 {
			o.must(o.Heartbeat(t.Context()))
		}
		o.work()
		if got := o.Contacts(); len(got) != 3 {
			o.t.Errorf("contacts after the clock was right again: %v", got)
		}
	})
}

func TestScheduleInTheFutureIsSetBack(t *testing.T) {
	eachOffice(t, "2026-06-02 07:00", func(o *office) {
		o.Exec(`update schedules set last_wall = $1`, time.Date(2027, 1, 1, 8, 0, 0, 0, time.UTC))
		o.must(o.Beat(t.Context()))
		o.Declines(o.AddCustomer(fixture.Customer{Email: mail(0)}), wall(t, "2026-06-01 15:00"), "Front brake pads")
		o.at("2026-06-02 08:00")
		if got := o.Contacts(); len(got) != 3 {
			o.t.Errorf("contacts: %v, want those of a new follow-up", got)
		}
	})
}

// TestDeadDaemonWhoseClockWasAhead is dead all the same.
func TestDeadDaemonWhoseClockWasAhead(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		o.Exec(`update daemons set heartbeat_at = $1 where id = $2`, wall(t, "2026-08-02 12:00"), o.daemon)
		o.Exec(`update contacts set state = 'handed', handed_by = $1, handed_at = $2, attempts = 1`, o.daemon, o.clock.Now())
		o.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom)
			select id, $1, 'planned', 'handed', 'test' from contacts`, o.clock.Now())
		second, _ := o.hire()
		o.must(second.Beat(t.Context()))
		o.expectContacts("declined-safety/1 email unconfirmed daemon_ended")
	})
}

// TestOneThatCannotBeJudgedStopsNobodyElse: a mistake in judging one contact
// refuses that one.
func TestOneThatCannotBeJudgedStopsNobodyElse(t *testing.T) {
	eachOffice(t, "2026-06-02 12:00", func(o *office) {
		asked := false
		o.settings.Shops[0].Closed = func(time.Time) bool {
			if !asked {
				asked = true
				panic("a mistake in judging")
			}
			return false
		}
		o.due(3)
		o.restart()
		o.work()
		got := o.Contacts()
		slices.Sort(got)
		want := []string{"declined-safety/1 email accepted ", "declined-safety/1 email accepted ", "declined-safety/1 email suppressed template_renders_badly"}
		if !slices.Equal(got, want) {
			o.t.Errorf("contacts: %v", got)
		}
		if !strings.Contains(o.log.String(), "a mistake in judging") {
			o.t.Errorf("the log does not tell: %s", o.log)
		}
	})
}

// sleepy is a queue after whose hand-overs the machine sleeps a few times.
type sleepy struct {
	scheduler.Queue
	clock *clock
	naps  int
}

func (q *sleepy) HandOver(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error) {
	rulings, err := q.Queue.HandOver(ctx, r, decide)
	if len(rulings) > 0 && q.naps > 0 {
		q.naps--
		q.clock.set(q.clock.Now().Add(time.Minute))
	}
	return rulings, err
}

// TestWhatWasNotTriedUsesUpNoAttempt: a process that sleeps between hand-over
// and sending, again and again, has not tried.
func TestWhatWasNotTriedUsesUpNoAttempt(t *testing.T) {
	eachOffice(t, "2026-06-02 09:30", func(o *office) {
		o.oneDue()
		o.queue = &sleepy{Queue: o.queue, clock: o.clock, naps: 5}
		o.restart()
		for range 5 {
			o.work()
			o.clock.set(o.clock.Now().Add(5 * time.Minute))
			if got := o.Strings(`select state, attempts, reason from contacts`); got[0] != "planned 0 not_tried" {
				o.t.Fatalf("the contact: %v", got)
			}
		}
		o.work()
		o.expectContacts("declined-safety/1 email accepted ")
		if got := o.Count(`select attempts from contacts`); got != 1 {
			o.t.Errorf("%d attempts, want 1", got)
		}
	})
}
