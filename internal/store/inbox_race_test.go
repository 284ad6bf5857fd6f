package store_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// crowd is a household after household who share numbers, each with messages out
// and more planned in the same follow-ups, and tasks open.
type crowd struct {
	*fixture.Books
	phones, mails []string
	sent          []int64
}

func gather(b *fixture.Books, n int) crowd {
	c := crowd{Books: b}
	for i := range n {
		c.phones = append(c.phones, fmt.Sprintf("+1312555%04d", 100+i))
		for _, who := range []string{"ana", "ben"} {
			mail := fmt.Sprintf("%s%d@example.com", who, i)
			c.mails = append(c.mails, mail)
			id := b.AddCustomer(fixture.Customer{Phone: c.phones[i], Email: mail, Texts: true})
			order := b.Declines(id, noon.AddDate(0, 0, -3), "Front brake pads")
			text, followUp := b.AddSent(fixture.Sent{
				Customer: id, Channel: outreach.SMS, To: c.phones[i], At: noon.Add(-time.Hour), Lines: b.Lines(order), Provider: "twilio",
				ProviderID: fmt.Sprintf("SM%s%d", who, i),
			})
			letter, _ := b.AddSent(fixture.Sent{Customer: id, Channel: outreach.Email, To: mail, At: noon.Add(-time.Hour), FollowUp: followUp})
			c.sent = append(c.sent, text, letter)
			for step, ch := range []outreach.Channel{outreach.SMS, outreach.Email, outreach.SMS} {
				b.AddPlanned(fixture.Planned{Customer: id, FollowUp: followUp, Step: 3 + step, Channel: ch, Due: noon})
			}
		}
	}
	return c
}

// heard is a judge: what follows from something a customer said.
func heard(ends bool, kind outreach.TaskKind, refuses bool) outreach.Judge {
	return func(outreach.Sender) outreach.Consequence {
		c := outreach.Consequence{Reason: "other", Class: "none", Detail: "other"}
		if ends {
			c.End = "asked_to_stop"
		}
		if refuses {
			c.OptOut = &outreach.OptOut{Person: true, Reason: "stop", Source: "test"}
			c.Confirm = noon.Add(5 * time.Minute)
		}
		if kind != "" {
			c.Task = &outreach.Task{Kind: kind, DueAt: noon.Add(2 * time.Hour)}
		}
		return c
	}
}

// allAtOnce has two workers at each piece of work, so many rounds long. An error
// after the end of ctx is not the work's.
func allAtOnce(ctx context.Context, t *testing.T, rounds int, work map[string]func(i int) error, fine func(error) bool) {
	t.Helper()
	var all sync.WaitGroup
	for name, f := range work {
		for worker := range 2 {
			all.Go(func() {
				for i := range rounds {
					if err := f(2*i + worker); !fine(err) && ctx.Err() == nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
	all.Wait()
}

// TestEverythingAtOnce lets replies, presses, delivery news, hand-overs and the
// people who answer work on the same households. Nothing may wait in a ring, and
// the history of every contact stays whole.
func TestEverythingAtOnce(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		rounds := 25
		if !b.Postgres {
			rounds = 10 // one writer at a time: there is nothing to collide
		}
		c := gather(b, 3)
		ctx, inbox, tasks, queue := t.Context(), store.Inbox{DB: b.DB}, store.Tasks{DB: b.DB}, store.Queue{DB: b.DB}
		work := map[string]func(i int) error{
			"take": func(i int) error {
				a := outreach.Arrival{Provider: "twilio", ProviderID: fmt.Sprint("IN", i), Channel: outreach.SMS, From: c.phones[i%3], At: noon}
				_, err := inbox.Take(ctx, noon, a, heard(i%5 == 0, outreach.TaskReply, i%4 == 0))
				return err
			},
			"take mail": func(i int) error {
				a := outreach.Arrival{
					Provider: "mail", ProviderID: fmt.Sprint("IN", i), Channel: outreach.Email, From: c.mails[i%6], Answers: c.sent[i%12], At: noon,
				}
				_, err := inbox.Take(ctx, noon, a, heard(i%3 == 0, "", i%2 == 0))
				return err
			},
			"press": func(i int) error {
				p := outreach.Press{ContactID: c.sent[i%12], Key: fmt.Sprint(i), At: noon}
				_, err := inbox.Press(ctx, noon, p, func(s outreach.Sender) outreach.Consequence {
					k := heard(false, outreach.TaskBooking, false)(s)
					k.Answer = &outreach.Answer{Action: []outreach.Action{outreach.ActionNotThis, outreach.ActionLater}[i%2], Until: noon.AddDate(0, 3, 0)}
					return k
				})
				return err
			},
			"unsubscribe": func(i int) error {
				_, err := inbox.Unsubscribe(ctx, noon, c.sent[(5*i)%12], "one_click", heard(true, "", true))
				return err
			},
			"news": func(i int) error {
				var news []outreach.News
				for j := range 6 {
					r := outreach.Result{ContactID: c.sent[(7*i+j)%12], State: outreach.Delivered, Provider: "twilio"}
					if j%3 == 0 {
						r.State, r.OptOut = outreach.Undelivered, &outreach.OptOut{Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon}
					}
					news = append(news, outreach.News{Result: r, Complaint: j == 4})
				}
				return inbox.News(ctx, noon, "twilio", news)
			},
			"hand over": func(i int) error {
				ch := []outreach.Channel{outreach.SMS, outreach.Email}[i%2]
				rulings, err := queue.HandOver(ctx, handOver(ch), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
					if i%7 == 0 {
						return everyOne(outreach.Suppressed, "already_done")(inst, due)
					}
					return everyOne(outreach.Handed, "")(inst, due)
				})
				var results []outreach.Result
				for j, r := range rulings {
					if r.Contact.State != outreach.Handed {
						continue
					}
					result := outreach.Result{ContactID: r.Contact.ID, State: outreach.Planned, NextAt: noon} // it comes again
					if (i+j)%3 == 0 {
						result.OptOut = &outreach.OptOut{Address: r.Address, Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon}
					}
					results = append(results, result)
				}
				if err == nil && len(results) > 0 {
					_, err = queue.Record(ctx, noon, "test", results)
				}
				return err
			},
			"done": func(i int) error {
				open, err := tasks.Open(ctx, 10)
				for _, w := range open {
					e := store.TaskEnd{ID: w.ID, Outcome: "answered", Who: "kim"}
					if i%3 == 0 {
						e.Outcome, e.EndReason = "booked", "booked"
					}
					if i%4 == 0 {
						e.Outcome, e.Decided, e.OptOut = "opt_out", true, true
					}
					if err := tasks.Done(ctx, noon, e); err != nil && err != store.ErrNoTask {
						return err
					}
				}
				return err
			},
			"watch": func(int) error {
				_, err := tasks.Conclude(ctx, noon.AddDate(0, 0, 9))
				if err == nil {
					_, err = tasks.Escalate(ctx, noon.AddDate(0, 0, 9))
				}
				return err
			},
		}
		allAtOnce(ctx, t, rounds, work, func(err error) bool { return err == nil })
		if n := b.Count(`select count(*) from contacts c join replies r on r.contact_id = c.id join tasks t on t.id = r.task_id
			where c.answered_at is null and t.done_at is not null`); n > 0 {
			t.Errorf("%d replies wait for ever: their task was closed without them", n)
		}
	})
}

// TestTaskClosesWithWhatJoinsIt: a reply that arrives while somebody closes its
// task is answered with it, or opens another one.
func TestTaskClosesWithWhatJoinsIt(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		inbox, tasks := store.Inbox{DB: b.DB}, store.Tasks{DB: b.DB}
		take := func(ctx context.Context, id string) error {
			a := outreach.Arrival{Provider: "twilio", ProviderID: id, Channel: outreach.SMS, From: "+13125550101", At: noon}
			_, err := inbox.Take(ctx, noon, a, heard(false, outreach.TaskReply, false))
			return err
		}
		for round := range 15 {
			if err := take(t.Context(), fmt.Sprint("first", round)); err != nil {
				t.Fatal(err)
			}
			open, err := tasks.Open(t.Context(), 1)
			if err != nil || len(open) != 1 {
				t.Fatal(open, err)
			}
			errs := make(chan error, 2)
			go func() { errs <- take(t.Context(), fmt.Sprint("second", round)) }()
			go func() {
				errs <- tasks.Done(t.Context(), noon, store.TaskEnd{ID: open[0].ID, Outcome: "answered", Who: "kim"})
			}()
			for range 2 {
				if err := <-errs; err != nil {
					t.Fatal(err)
				}
			}
			lost := b.Count(`select count(*) from contacts c join replies r on r.contact_id = c.id join tasks t on t.id = r.task_id
				where (c.answered_at is null) <> (t.done_at is null)`)
			if lost > 0 {
				t.Fatalf("round %d: a reply and its task do not agree whether it waits", round)
			}
			b.Exec(`update tasks set done_at = $1 where done_at is null`, noon)
			b.Exec(`update contacts set answered_at = $1`, noon)
		}
	})
}

// TestRefusalAndNewsOfItsMessage: a text is refused by the provider, since the
// person has opted out there, at the moment when the "no" itself arrives.
func TestRefusalAndNewsOfItsMessage(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		c := gather(b, 1)
		ctx, inbox, queue := t.Context(), store.Inbox{DB: b.DB}, store.Queue{DB: b.DB}
		for round := range 40 {
			b.Exec(`update contacts set state = 'handed', handed_at = $2 where id = $1`, c.sent[0], noon.Add(time.Minute))
			b.Exec(`delete from contact_events where contact_id = $1 and (to_state = 'failed' or from_state = 'handed')`, c.sent[0])
			b.Exec(`delete from opt_outs`)
			errs := make(chan error, 2)
			go func() {
				a := outreach.Arrival{Provider: "twilio", ProviderID: fmt.Sprint("IN", round), Channel: outreach.SMS, From: c.phones[0], At: noon}
				_, err := inbox.Take(ctx, noon, a, heard(false, "", true))
				errs <- err
			}()
			go func() {
				_, err := queue.Record(ctx, noon, "test", []outreach.Result{{
					ContactID: c.sent[0], State: outreach.Failed, Provider: "twilio",
					OptOut: &outreach.OptOut{Address: c.phones[0], Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon},
				}})
				errs <- err
			}()
			for range 2 {
				if err := <-errs; err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
