package scheduler_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
	"github.com/courtesyd/courtesyd/notify"
	"github.com/courtesyd/courtesyd/scheduler"
)

// troubled is a queue whose answers a test can spoil.
type troubled struct {
	scheduler.Queue
	handOver func(context.Context, outreach.HandOver, outreach.Decide) ([]outreach.Ruling, error)
	record   func() error // before recording; nil passes on
	seen     atomic.Int32 // results recorded
}

func (q *troubled) HandOver(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error) {
	if q.handOver != nil {
		return q.handOver(ctx, r, decide)
	}
	return q.Queue.HandOver(ctx, r, decide)
}

func (q *troubled) Record(ctx context.Context, now time.Time, by string, results []outreach.Result) (int, error) {
	if q.record != nil {
		if err := q.record(); err != nil {
			return 0, err
		}
	}
	n, err := q.Queue.Record(ctx, now, by, results)
	if err == nil {
		q.seen.Add(int32(len(results)))
	}
	return n, err
}

// trouble puts a troubled queue in the daemon's way.
func (o *office) trouble(spoil func(*troubled)) *troubled {
	o.t.Helper()
	q := &troubled{Queue: store.Queue{DB: o.DB}}
	spoil(q)
	o.queue = q
	o.restart()
	return q
}

// oneDue plans a mail to one customer, due now.
func (o *office) oneDue() {
	o.t.Helper()
	o.due(1)
}

// due plans mails to n customers, due now.
func (o *office) due(n int) {
	o.t.Helper()
	for i := range n {
		c := o.AddCustomer(fixture.Customer{Email: mail(i)})
		id := o.Declines(c, o.clock.Now().AddDate(0, 0, -3), "Front brake pads")
		line := o.Count(`select id from order_lines where order_id = $1`, id)
		o.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: o.clock.Now(), Line: int64(line)})
	}
	o.Exec(`delete from scan_marks`)
}

var errDown = errors.New("the database does not answer")

func TestHandOverThatCommittedAndThenFailed(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		failed := false
		o.trouble(func(q *troubled) {
			q.handOver = func(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error) {
				rulings, err := q.Queue.HandOver(ctx, r, decide)
				if err == nil && len(rulings) > 0 && !failed {
					failed = true
					return rulings, errDown
				}
				return rulings, err
			}
		})
		o.running(time.Second, func() { time.Sleep(3 * time.Minute) })
		o.expectContacts("declined-safety/1 email accepted ")
		if got := o.mail.to(); len(got) != 1 {
			o.t.Errorf("sent to %v, want one mail", got)
		}
	})
}

// TestLateNewsOfAHandOverThatFailed: a hand-over is rolled back, and the news
// of it reaches the database only after the contact was handed over anew. It
// must not make that hand-over undone.
func TestLateNewsOfAHandOverThatFailed(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		var failed, again atomic.Bool
		q := o.trouble(func(q *troubled) {
			q.handOver = func(ctx context.Context, r outreach.HandOver, decide outreach.Decide) ([]outreach.Ruling, error) {
				if !failed.Load() && r.Channel == outreach.Email {
					failed.Store(true)
					rolledBack, cancel := context.WithCancel(ctx)
					return q.Queue.HandOver(rolledBack, r, func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
						defer cancel()
						return decide(inst, due)
					})
				}
				rulings, err := q.Queue.HandOver(ctx, r, decide)
				again.Store(again.Load() || len(rulings) > 0)
				return rulings, err
			}
			q.record = func() error {
				if !again.Load() {
					return errDown
				}
				return nil
			}
		})
		o.mail.answer = func(context.Context, notify.Message) notify.Outcome {
			for q.seen.Load() == 0 { // until the late news has arrived
				time.Sleep(time.Second)
			}
			return notify.Outcome{Result: notify.Accepted, Provider: "tray"}
		}
		o.running(time.Second, func() { time.Sleep(3 * time.Minute) })
		o.expectContacts("declined-safety/1 email accepted ")
		if got := o.mail.to(); len(got) != 1 {
			o.t.Errorf("sent to %v, want one mail", got)
		}
	})
}

func TestResultsAreKeptUntilTheDatabaseTakesThem(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.due(3)
		left := 5
		o.trouble(func(q *troubled) {
			q.record = func() error {
				if left > 0 {
					left--
					return errDown
				}
				return nil
			}
		})
		o.running(time.Second, func() { time.Sleep(time.Minute) })
		if got := o.Count(`select count(*) from contacts where state = 'accepted'`); got != 3 || len(o.mail.to()) != 3 {
			o.t.Errorf("%d of 3 recorded as accepted, sent to %v", got, o.mail.to())
		}
	})
}

func TestSenderThatPanicsLeavesDoubt(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.oneDue()
		o.mail.answer = func(context.Context, notify.Message) notify.Outcome { panic("a mistake in the sender") }
		o.running(time.Second, func() { time.Sleep(3 * time.Minute) })
		o.expectContacts("declined-safety/1 email unconfirmed unknown_outcome")
		if got := o.mail.to(); len(got) != 1 {
			o.t.Errorf("sent to %v: what is in doubt is never sent again", got)
		}
	})
}

func TestStopWaitsForWhatIsOnItsWayButNotForEver(t *testing.T) {
	for name, tc := range map[string]struct {
		takes time.Duration
		want  string
		stops time.Duration
	}{
		"answers in time": {20 * time.Second, "declined-safety/1 email accepted ", 19 * time.Second},
		"hangs":           {time.Hour, "declined-safety/1 email unconfirmed unknown_outcome", 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, "2026-06-02 12:00", func(o *office) {
				o.oneDue()
				o.mail.answer = func(ctx context.Context, _ notify.Message) notify.Outcome {
					select {
					case <-time.After(tc.takes):
						return notify.Outcome{Result: notify.Accepted}
					case <-ctx.Done():
						return notify.Outcome{Result: notify.Unknown, Detail: "no answer"}
					}
				}
				var stopping time.Time
				o.running(30*time.Second, func() {
					time.Sleep(time.Second)
					stopping = time.Now()
				})
				if took := time.Since(stopping); took < tc.stops-2*time.Second || took > tc.stops+2*time.Second {
					o.t.Errorf("stopping took %v, want about %v", took, tc.stops)
				}
				o.expectContacts(tc.want)
			})
		})
	}
}

// TestNothingWaitsBehindABatch: with a slow provider only as many contacts are
// handed over as can leave at once, so an opt-out reaches all the others.
func TestNothingWaitsBehindABatch(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		const all, width = 40, 4
		o.due(all)
		var mu sync.Mutex
		most, now := 0, 0
		o.mail.answer = func(context.Context, notify.Message) notify.Outcome {
			mu.Lock()
			now++
			most = max(most, now)
			mu.Unlock()
			time.Sleep(5 * time.Second)
			mu.Lock()
			now--
			mu.Unlock()
			return notify.Outcome{Result: notify.Accepted}
		}
		o.running(time.Minute, func() {
			time.Sleep(7 * time.Second)
			if n := o.Count(`select count(*) from contacts where state = 'handed'`); n > width {
				o.t.Errorf("%d contacts are on their way, there are %d ways out", n, width)
			}
			for i := range all {
				o.optOut(mail(i))
			}
			time.Sleep(2 * time.Minute)
		})
		if most != width {
			o.t.Errorf("%d at once, want %d", most, width)
		}
		if got := len(o.mail.to()); got != 2*width {
			o.t.Errorf("%d mails, want the %d on their way when everybody opted out", got, 2*width)
		}
		if got := o.Count(`select count(*) from contacts where reason like '%opted_out%'`); got != all-2*width {
			o.t.Errorf("%d were stopped by the opt-outs, want %d", got, all-2*width)
		}
	})
}

// TestClockThatJumpsStopsSending until the next heartbeat has seen the new time.
func TestClockThatJumpsStopsSending(t *testing.T) {
	inBubble(t, "2026-06-02 12:00", func(o *office) {
		o.running(time.Second, func() {
			time.Sleep(12*time.Second + 500*time.Millisecond) // between two heartbeats
			o.clock.set(o.clock.Now().Add(time.Hour))
			o.oneDue()
			time.Sleep(3 * time.Second)
			if got := o.mail.to(); len(got) != 0 {
				o.t.Errorf("sent to %v before the new time was seen", got)
			}
			time.Sleep(time.Minute)
			o.expectContacts("declined-safety/1 email accepted ")
		})
	})
}

// TestDaemonBeatsOnceAMinute: what has come in is found when its run is due, not
// before and once.
func TestDaemonBeatsOnceAMinute(t *testing.T) {
	inBubble(t, "2026-06-03 07:58", func(o *office) {
		c := o.AddCustomer(fixture.Customer{Email: mail(1)})
		o.running(time.Second, func() {
			time.Sleep(30 * time.Second)
			o.Declines(c, o.clock.Now(), "Front brake pads")
			time.Sleep(80 * time.Second)
			if got := o.Contacts(); len(got) != 0 {
				o.t.Errorf("planned before the run was due: %v", got)
			}
			time.Sleep(80 * time.Second)
			if got := o.Contacts(); len(got) != 3 {
				o.t.Errorf("after the run: %v", got)
			}
		})
		if got := o.Strings(`select count(*), max(customers) from schedule_runs where playbook_id = 'declined-safety'`); got[0] != "1 1" {
			o.t.Errorf("runs and customers: %v", got)
		}
	})
}
