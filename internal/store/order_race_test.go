package store_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// meet lets two people at work meet at a bad moment: each begins in turn while
// another program holds a contact that the first needs, so that the second has begun
// before the first goes on. Neither may fail. On SQLite, where there is one writer,
// they come one after the other.
func meet(t *testing.T, b *fixture.Books, contact int64, work ...func(context.Context) error) {
	t.Helper()
	ctx := t.Context()
	if !b.Postgres {
		for _, f := range work {
			if err := f(ctx); err != nil {
				t.Error(err)
			}
		}
		return
	}
	other, err := b.SQL.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Rollback() }() // there is nothing to keep
	if _, err := other.ExecContext(ctx, `select 1 from contacts where id = $1 for update`, contact); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, len(work))
	for i, f := range work {
		go func() { ended <- f(ctx) }()
		awaitWaiting(t, b, i+1, func() bool { return len(ended) > 0 })
	}
	if err := other.Rollback(); err != nil {
		t.Fatal(err)
	}
	for range work {
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

// awaitWaiting returns when n of those at work with the books wait for somebody, or
// when one of them has no need to.
func awaitWaiting(t *testing.T, b *fixture.Books, n int, done func() bool) {
	t.Helper()
	const waiting = `select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
	deadline := time.Now().Add(time.Minute)
	for !done() && b.Count(waiting) < n {
		if time.Now().After(deadline) {
			t.Fatal("nobody came to wait")
		}
		runtime.Gosched()
	}
}

// TestRefusalInAnswerAndInNews: the provider refuses a text because the person has
// opted out there, in its answer and in a report that overtakes the answer.
func TestRefusalInAnswerAndInNews(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		var sent []int64
		for _, number := range []string{"+13125550101", "+13125550102"} {
			id, _ := b.AddSent(fixture.Sent{
				Customer: b.AddCustomer(fixture.Customer{Phone: number}), Channel: outreach.SMS, To: number, At: noon, Provider: "twilio",
			})
			b.Exec(`update contacts set state = 'handed' where id = $1`, id)
			b.Exec(`update contact_events set to_state = 'handed' where contact_id = $1 and to_state = 'accepted'`, id)
			sent = append(sent, id)
		}
		refused := outreach.Result{
			ContactID: sent[0], State: outreach.Failed, Provider: "twilio",
			OptOut: &outreach.OptOut{Address: "+13125550101", Person: true, Reason: "21610", Source: "twilio", RecordedAt: noon},
		}
		meet(
			t, b, sent[1],
			func(ctx context.Context) error {
				other := outreach.Result{ContactID: sent[1], State: outreach.Failed, Provider: "twilio"}
				_, err := store.Queue{DB: b.DB}.Record(ctx, noon, "test", []outreach.Result{refused, other})
				return err
			},
			func(ctx context.Context) error {
				return store.Inbox{DB: b.DB}.News(ctx, noon, "twilio", []outreach.News{{Result: refused}})
			},
		)
		if n := b.Count(`select count(*) from opt_outs`); n != 1 {
			t.Errorf("%d opt-outs", n)
		}
	})
}

// TestCallAnswersReplyFromElsewhere: a customer says on the telephone that they want
// to be left alone, as they have written from a number that is not on file, and
// write again from there.
func TestCallAnswersReplyFromElsewhere(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		// Whose lock comes first depends on the number: so the numbers change places.
		for i, numbers := range [][2]string{{"+13125550101", "+13125550102"}, {"+13125550102", "+13125550101"}} {
			own, other := numbers[0]+fmt.Sprint(i), numbers[1]+fmt.Sprint(i)
			ana := b.AddCustomer(fixture.Customer{Phone: own})
			call, followUp := b.AddOpenCall(fixture.OpenCall{Customer: ana, Number: own, Since: noon})
			text, _ := b.AddSent(fixture.Sent{Customer: ana, FollowUp: followUp, Channel: outreach.SMS, To: own, At: noon.Add(-time.Hour)})
			take := func(ctx context.Context, id string, refuses bool) error {
				a := outreach.Arrival{
					Provider: "twilio", ProviderID: fmt.Sprint(id, i), Channel: outreach.SMS, From: other, Answers: text, At: noon,
				}
				_, err := store.Inbox{DB: b.DB}.Take(ctx, noon, a, heard(false, outreach.TaskReply, refuses))
				return err
			}
			if err := take(t.Context(), "first", false); err != nil {
				t.Fatal(err)
			}
			open, err := store.Tasks{DB: b.DB}.Open(t.Context(), 1)
			if err != nil || len(open) != 1 || open[0].CustomerID != ana {
				t.Fatal(open, err)
			}
			meet(
				t, b, call,
				func(ctx context.Context) error {
					return store.Calls{DB: b.DB}.End(ctx, noon, store.CallEnd{
						ContactID: call, Replies: []int64{open[0].ID}, Outcome: outreach.CallRefused, Who: "kim",
						EndReason: outreach.AskedToStop, OptOut: true,
					})
				},
				func(ctx context.Context) error { return take(ctx, "second", true) },
			)
			b.Exec(`update tasks set done_at = $1 where done_at is null`, noon)
		}
	})
}

// TestAnswerExpiresWhileItsTaskIsDone: what an adviser wrote can go no more, which
// opens the customer's task again, while somebody closes it, which ends what else
// can go no more.
func TestAnswerExpiresWhileItsTaskIsDone(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const number = "+13125550101"
		ana := b.AddCustomer(fixture.Customer{Phone: number})
		a := outreach.Arrival{Provider: "twilio", ProviderID: "IN1", Channel: outreach.SMS, From: number, At: noon}
		if _, err := (store.Inbox{DB: b.DB}).Take(t.Context(), noon, a, heard(false, outreach.TaskReply, false)); err != nil {
			t.Fatal(err)
		}
		reply := int64(b.Count(`select id from contacts`))
		step, followUp := b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.SMS, Due: noon, NotAfter: noon})
		answer, _ := b.AddPlanned(fixture.Planned{Customer: ana, FollowUp: followUp, Step: 2, Channel: outreach.SMS, Due: noon, NotAfter: noon})
		b.Exec(`update contacts set written_by = 'kim', follow_up_id = null, step = 0, answers = $2 where id = $1`, answer, reply)
		task := int64(b.Count(`select id from tasks`))
		tasks, q := store.Tasks{DB: b.DB}, store.Queue{DB: b.DB}
		meet(
			t, b, reply,
			func(ctx context.Context) error {
				return tasks.Done(ctx, noon, store.TaskEnd{ID: task, Outcome: "booked", EndReason: "booked", Who: "lee"})
			},
			func(ctx context.Context) error { _, err := q.Expire(ctx, noon.Add(time.Minute), "test"); return err },
		)
		if _, err := q.Expire(t.Context(), noon.Add(time.Minute), "test"); err != nil {
			t.Fatal(err)
		}
		if got := b.Strings(`select state from contacts where id in ($1, $2) order by id`, step, answer); got[0] != "canceled" || got[1] != "expired" {
			t.Errorf("the step is %s, the answer %s", got[0], got[1])
		}
		if n := b.Count(`select count(*) from tasks where done_at is null`); n != 1 {
			t.Errorf("%d tasks are open: nobody answered", n)
		}
	})
}
