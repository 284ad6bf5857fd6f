package store_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// reply takes in a message that asks for a task.
func reply(t *testing.T, db *store.DB, from string, task outreach.Task) {
	t.Helper()
	a := outreach.Arrival{Provider: "twilio", ProviderID: rand.Text(), Channel: outreach.SMS, From: from, Body: "hello", At: noon}
	_, err := store.Inbox{DB: db}.Take(t.Context(), noon, a, func(outreach.Sender) outreach.Consequence {
		return outreach.Consequence{Reason: "other", Class: "none", Detail: "other", Task: &task}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTasksJoin: one for a customer, which the gravest thing names; the first
// clock goes on. Strangers have theirs by address.
func TestTasksJoin(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const anas, bens, nobodys = "+13125550101", "+13125550102", "+13125550199"
		ana := b.AddCustomer(fixture.Customer{Phone: anas})
		ben := b.AddCustomer(fixture.Customer{Phone: bens})
		first, later, review := noon.Add(time.Hour), noon.Add(2*time.Hour), noon.Add(48*time.Hour)
		for i, step := range []struct {
			task outreach.Task
			want string
		}{
			{outreach.Task{Kind: outreach.TaskReply, DueAt: first}, "reply"},
			{outreach.Task{Kind: outreach.TaskQuestion, DueAt: later}, "question"},
			{outreach.Task{Kind: outreach.TaskReply, DueAt: later}, "question"},
			{outreach.Task{Kind: outreach.TaskBooking, DueAt: later}, "booking"},
			{outreach.Task{Kind: outreach.TaskReview, DueAt: later, ReviewBy: review}, "review"},
			{outreach.Task{Kind: outreach.TaskBooking, DueAt: later}, "review"},
			{outreach.Task{Kind: outreach.TaskReview, DueAt: later, ReviewBy: review.Add(time.Hour)}, "review"},
		} {
			reply(t, b.DB, anas, step.task)
			got, err := store.Tasks{DB: b.DB}.Open(t.Context(), 10)
			if err != nil || len(got) != 1 || got[0].Kind != step.want || !got[0].DueAt.Equal(first) || got[0].Replies != i+1 || got[0].CustomerID != ana {
				t.Fatalf("after %s: %+v, %v", step.task.Kind, got, err)
			}
			if want := (i >= 4); want != got[0].ReviewBy.Equal(review) {
				t.Errorf("after %s it is to be read until %v", step.task.Kind, got[0].ReviewBy)
			}
		}
		for range 2 {
			reply(t, b.DB, bens, outreach.Task{Kind: outreach.TaskReply, DueAt: later})
			reply(t, b.DB, nobodys, outreach.Task{Kind: outreach.TaskReply, DueAt: later})
		}
		got := b.Strings(`select coalesce(customer_id, 0), address from tasks order by id`)
		if want := []string{fmt.Sprint(ana, " "), fmt.Sprint(ben, " "), "0 " + nobodys}; !slices.Equal(got, want) {
			t.Errorf("tasks: %q, want %q", got, want)
		}
	})
}

// TestTaskIsDoneOnce, however many try.
func TestTaskIsDoneOnce(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		reply(t, b.DB, "+13125550101", outreach.Task{Kind: outreach.TaskReply, DueAt: noon})
		tasks, errs := store.Tasks{DB: b.DB}, make(chan error, 20)
		id := int64(b.Count(`select id from tasks`))
		for i := range cap(errs) {
			go func() {
				errs <- tasks.Done(t.Context(), noon, store.TaskEnd{ID: id, Outcome: "answered", Note: "called back", Who: fmt.Sprint("adviser ", i)})
			}()
		}
		won := 0
		for range cap(errs) {
			switch err := <-errs; {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrNoTask):
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d have done it", won)
		}
		if got := b.Strings(`select why from contact_events where by_whom like 'adviser%'`); !slices.Equal(got, []string{"answered: called back"}) {
			t.Errorf("history: %v", got)
		}
		if err := tasks.Done(t.Context(), noon, store.TaskEnd{ID: 999, Outcome: "answered"}); !errors.Is(err, store.ErrNoTask) {
			t.Errorf("of no task: %v", err)
		}
	})
}

// TestTaskEndsWhatItSays: the follow-ups of that customer at that shop.
func TestTaskEndsWhatItSays(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		east := fixture.MainShop()
		east.ID = "east"
		b.AddShop(east)
		ana, ben := b.AddCustomer(fixture.Customer{Phone: "+13125550101"}), b.AddCustomer(fixture.Customer{Phone: "+13125550102"})
		b.AddSent(fixture.Sent{Customer: ana, Channel: outreach.SMS, To: "+13125550101", At: noon.Add(-time.Hour)})
		for _, p := range []fixture.Planned{{Customer: ana, Shop: "east"}, {Customer: ben}} {
			p.Channel, p.Due = outreach.SMS, noon.AddDate(0, 0, 1)
			b.AddPlanned(p)
		}
		reply(t, b.DB, "+13125550101", outreach.Task{Kind: outreach.TaskBooking, DueAt: noon})
		err := store.Tasks{DB: b.DB}.Done(t.Context(), noon, store.TaskEnd{
			ID: int64(b.Count(`select id from tasks`)), Outcome: "booked", EndReason: "booked", Who: "kim",
		})
		if err != nil {
			t.Fatal(err)
		}
		got := b.Strings(`select customer_id, shop_id, state, end_reason from follow_ups order by id`)
		want := []string{fmt.Sprint(ana, " main ended booked"), fmt.Sprint(ana, " east active "), fmt.Sprint(ben, " main active ")}
		if !slices.Equal(got, want) {
			t.Errorf("follow-ups: %q", got)
		}
	})
}

// TestTasksGoToTheManager once, when their time is over.
func TestTasksGoToTheManager(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		for i, due := range []time.Time{noon, noon.Add(time.Hour), noon} {
			reply(t, b.DB, fmt.Sprintf("+1312555%04d", 100+i), outreach.Task{Kind: outreach.TaskReply, DueAt: due})
		}
		tasks := store.Tasks{DB: b.DB}
		done := int64(b.Count(`select max(id) from tasks`))
		if err := tasks.Done(t.Context(), noon, store.TaskEnd{ID: done, Outcome: "answered", Who: "kim"}); err != nil {
			t.Fatal(err)
		}
		var said []int
		for _, at := range []time.Duration{-time.Second, 0, time.Minute, time.Hour, 2 * time.Hour} {
			late, err := tasks.Escalate(t.Context(), noon.Add(at))
			if err != nil {
				t.Fatal(err)
			}
			said = append(said, len(late))
		}
		if want := []int{0, 1, 0, 1, 0}; !slices.Equal(said, want) {
			t.Errorf("said %v times, want %v", said, want)
		}
	})
}

// TestMergedCustomersTasks: two customers turn out to be one person, each with a
// task open. One is left, the graver, with the sooner clocks and all replies.
func TestMergedCustomersTasks(t *testing.T) {
	soon, late := day(40).Add(time.Hour), day(40).Add(2*time.Hour)
	for name, tc := range map[string]struct{ c1, c2, want outreach.Task }{
		"a review into a reply": {
			outreach.Task{Kind: outreach.TaskReview, DueAt: late, ReviewBy: late},
			outreach.Task{Kind: outreach.TaskReply, DueAt: soon},
			outreach.Task{Kind: outreach.TaskReview, DueAt: soon, ReviewBy: late},
		},
		"a reply into a booking": {
			outreach.Task{Kind: outreach.TaskReply, DueAt: soon},
			outreach.Task{Kind: outreach.TaskBooking, DueAt: late},
			outreach.Task{Kind: outreach.TaskBooking, DueAt: soon},
		},
		"a booking into a reply": {
			outreach.Task{Kind: outreach.TaskBooking, DueAt: late},
			outreach.Task{Kind: outreach.TaskReply, DueAt: soon},
			outreach.Task{Kind: outreach.TaskBooking, DueAt: soon},
		},
		"two reviews": {
			outreach.Task{Kind: outreach.TaskReview, DueAt: late, ReviewBy: soon},
			outreach.Task{Kind: outreach.TaskReview, DueAt: late, ReviewBy: late},
			outreach.Task{Kind: outreach.TaskReview, DueAt: late, ReviewBy: soon},
		},
		"one into none": {
			outreach.Task{Kind: outreach.TaskQuestion, DueAt: late},
			outreach.Task{},
			outreach.Task{Kind: outreach.TaskQuestion, DueAt: late},
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachYard(t, func(t *testing.T, y *yard) {
				const second = "+12125550177"
				y.customers(dana(), customer("c2", "Dana", "Example-Sample", second))
				reply(t, y.db, danaPhone, tc.c1)
				replies := 1
				if tc.c2.Kind != "" {
					replies++
					reply(t, y.db, second, tc.c2)
				}
				y.customers(intoC2())
				open, err := store.Tasks{DB: y.db}.Open(t.Context(), 10)
				if err != nil || len(open) != 1 {
					t.Fatalf("open: %+v, %v", open, err)
				}
				got := open[0]
				if got.Kind != string(tc.want.Kind) || !got.DueAt.Equal(tc.want.DueAt) || !got.ReviewBy.Equal(tc.want.ReviewBy) || got.Replies != replies {
					t.Errorf("got %+v, want %+v with %d replies", got, tc.want, replies)
				}
				y.want("2", `select max(customer_id) from tasks where done_at is null`)
				err = store.Tasks{DB: y.db}.Done(t.Context(), day(41), store.TaskEnd{ID: got.ID, Outcome: "not_opt_out", Decided: true, Who: "kim"})
				if err != nil {
					t.Error(err)
				}
				y.want("0", `select count(*) from contacts where direction = 'in' and answered_at is null`)
			})
		})
	}
}

// TestImportLeavesAnswersAlone: the source of an order knows nothing of what the
// customer has said since, and its next file undoes none of it.
func TestImportLeavesAnswersAlone(t *testing.T) {
	eachYard(t, func(t *testing.T, y *yard) {
		visit := with(of(order("1", 30), dana()), line("1", "Brake pads", outreach.Declined), line("2", "Tires", outreach.NotAuthorizedAtClose))
		gone := importer.CanceledRecord{
			Order:    outreach.CanceledOrder{Source: "test", ShopID: "main", ExternalID: "E1", Kind: outreach.NoShow, CanceledAt: day(31)},
			Customer: dana(),
		}
		y.orders(visit)
		y.canceled(gone)
		y.exec(`update order_lines set answer = 'later', answer_until = '2026-06-01T00:00:00Z', answered_at = '2026-02-01T00:00:00Z' where id = 1`)
		y.exec(`update order_lines set answer = 'not_this', refused_again = 1, answered_at = '2026-02-01T00:00:00Z' where id = 2`)
		y.exec(`update canceled_orders set answer = 'why', answer_reason = 'cost', answered_at = '2026-02-01T00:00:00Z'`)
		const said = `select answer, refused_again, answer_until is null, answered_at is null from order_lines order by id`
		const why = `select answer, answer_reason, answered_at is null from canceled_orders`
		lines, reason := y.get(said), y.get(why)
		y.orders(visit)
		visit.Lines[0].Line.Finding, gone.Order.What = "1 mm left", "Brakes" // and when something else has changed
		y.orders(visit)
		y.canceled(gone)
		y.want(lines, said)
		y.want(reason, why)
	})
}
