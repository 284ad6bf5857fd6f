package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

const patsPhone, patsOther = "+12125550101", "+12125550102"

// twoCalls puts two calls to Pat on the list, due one after the other: the second
// may wait for two days, the first for a week.
func twoCalls(b *fixture.Books) (pat, first, second int64) {
	pat = b.AddCustomer(fixture.Customer{Name: "Pat Example", Phone: patsPhone})
	first, _ = b.AddOpenCall(fixture.OpenCall{Customer: pat, Number: patsPhone, Since: noon.Add(-2 * time.Hour), Words: "About the brakes."})
	b.Exec(`update follow_ups set playbook_id = 'another'`) // a customer has one follow-up by a playbook
	second, _ = b.AddOpenCall(fixture.OpenCall{
		Customer: pat, Number: patsPhone, Since: noon.Add(-time.Hour), NotAfter: noon.AddDate(0, 0, 2), Words: "About the wipers.",
	})
	return pat, first, second
}

// asks has a customer write, and returns the task that waits for an answer.
func asks(t *testing.T, b *fixture.Books, from string, task outreach.Task) int64 {
	t.Helper()
	_, err := store.Inbox{DB: b.DB}.Take(t.Context(), noon, outreach.Arrival{
		Provider: "twilio", ProviderID: "SM1" + from, Channel: outreach.SMS, From: from, Body: "Can I come on Monday?", At: noon,
	}, func(outreach.Sender) outreach.Consequence {
		return outreach.Consequence{Reason: "booking", Class: "none", Detail: "booking", Task: &task}
	})
	if err != nil {
		t.Fatal(err)
	}
	return int64(b.Count(`select max(id) from tasks`))
}

// Whoever is to be called about two things is on the list once.
func TestOneEntryForACustomer(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		_, first, second := twoCalls(b)
		task := asks(t, b, patsPhone, outreach.Task{Kind: outreach.TaskBooking, DueAt: noon})
		other := b.AddCustomer(fixture.Customer{Name: "Kim Example", Phone: "+12125550103"})
		b.AddOpenCall(fixture.OpenCall{Customer: other, Number: "+12125550103", Since: noon.Add(-90 * time.Minute)})
		open, err := calls.Open(ctx, noon, noon, "pat", 10)
		if err != nil || len(open) != 2 {
			t.Fatalf("%d entries, %v", len(open), err)
		}
		pats := open[0]
		if got := []int64{pats.First().ID, pats.Calls[1].ID}; len(pats.Calls) != 2 || !slices.Equal(got, []int64{first, second}) {
			t.Errorf("calls %+v", pats.Calls)
		}
		if !pats.NotAfter().Equal(noon.AddDate(0, 0, 2)) || !slices.Equal(pats.Numbers(), []string{patsPhone}) {
			t.Errorf("until %v, to %q", pats.NotAfter(), pats.Numbers())
		}
		if len(pats.Waiting) != 1 || pats.Waiting[0].ID != task || pats.Waiting[0].Words != "Can I come on Monday?" || len(open[1].Waiting) != 0 {
			t.Errorf("waiting %+v", pats.Waiting)
		}
		if open, err = calls.Open(ctx, noon, noon, "pat", 1); err != nil || len(open) != 1 || len(open[0].Calls) != 2 {
			t.Errorf("a limit counts customers: %+v, %v", open, err)
		}
		if n, err := calls.Count(ctx, noon, noon, "pat"); err != nil || n != 2 {
			t.Errorf("counted %d, %v", n, err)
		}
	})
}

// Of two advisers who each take on another call to one customer at once, one has both.
func TestOneAdviserCallsACustomer(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		calls := store.Calls{DB: b.DB}
		_, first, second := twoCalls(b)
		who := map[int64]string{first: "ana", second: "ben"}
		var all sync.WaitGroup
		for id, who := range who {
			all.Go(func() {
				var claimed store.ClaimedError
				if err := calls.Claim(t.Context(), noon, id, who); err != nil && !errors.As(err, &claimed) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := b.Strings(`select distinct claimed_by from contacts where claimed_by <> ''`); len(got) != 1 {
			t.Fatalf("the customer is called by %q", got)
		}
		if n := b.Count(`select count(*) from contacts where claimed_by <> ''`); n != 2 {
			t.Errorf("%d calls are taken on", n)
		}
		winner := b.Strings(`select distinct claimed_by from contacts`)[0]
		if err := calls.Release(t.Context(), noon, second, winner); err != nil {
			t.Fatal(err)
		}
		if n := b.Count(`select count(*) from contacts where claimed_by <> ''`); n != 0 {
			t.Errorf("%d calls were not given back", n)
		}
	})
}

// One outcome settles all that the conversation was about, and nothing else.
func TestOneConversation(t *testing.T) {
	tests := map[string]struct {
		end      store.CallEnd
		callsAre []string // the states of the two calls
		task     string   // its outcome, "" while it waits
	}{
		"reached":     {store.CallEnd{Outcome: outreach.CallReached, EndReason: "reached_by_call"}, []string{"reached", "reached"}, "answered"},
		"booked":      {store.CallEnd{Outcome: outreach.CallBooked, EndReason: "booked"}, []string{"booked", "booked"}, "answered"},
		"refused":     {store.CallEnd{Outcome: outreach.CallRefused, EndReason: "asked_to_stop", OptOut: true}, []string{"asked_to_stop", "asked_to_stop"}, "opt_out"},
		"voicemail":   {store.CallEnd{Outcome: outreach.CallVoicemail}, []string{"voicemail", "voicemail"}, ""},
		"wrong":       {store.CallEnd{Outcome: outreach.CallWrong, Invalidate: true}, []string{"wrong_number", "wrong_number"}, ""},
		"one of both": {store.CallEnd{Outcome: outreach.CallReached, EndReason: "reached_by_call", With: []int64{}}, []string{"reached", "open"}, "answered"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				calls := store.Calls{DB: b.DB}
				_, first, second := twoCalls(b)
				task := asks(t, b, patsPhone, outreach.Task{Kind: outreach.TaskBooking, DueAt: noon})
				e := tt.end
				e.ContactID, e.Replies, e.Who, e.Note = first, []int64{task}, "ana", "spoke of both"
				if e.With == nil {
					e.With = []int64{second}
				}
				if err := calls.Claim(t.Context(), noon, second, "ana"); err != nil {
					t.Fatal(err)
				}
				if err := calls.End(t.Context(), noon, e); err != nil {
					t.Fatal(err)
				}
				if got := b.Strings(`select state from contacts where channel = 'call' order by id`); !slices.Equal(got, tt.callsAre) {
					t.Errorf("the calls are %q, want %q", got, tt.callsAre)
				}
				if got := b.Strings(`select outcome from tasks`)[0]; got != tt.task {
					t.Errorf("the reply was dealt with as %q, want %q", got, tt.task)
				}
				if n := b.Count(`select count(*) from contacts where claimed_by <> ''`); n != 0 {
					t.Errorf("%d calls are still taken on", n)
				}
				if err := calls.End(t.Context(), noon, e); !errors.Is(err, store.ErrNotOpen) {
					t.Errorf("recorded twice: %v", err)
				}
			})
		})
	}
}

// What a number says nothing about stays: another number of the customer's, and
// whether the customer wants to be left alone.
func TestWhatAConversationLeavesOpen(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		_, first, second := twoCalls(b)
		b.Exec(`update contact_words set address = $1 where contact_id = $2`, patsOther, second)
		end := func(e store.CallEnd) {
			t.Helper()
			if err := calls.End(ctx, noon, e); err != nil {
				t.Fatal(err)
			}
		}
		end(store.CallEnd{ContactID: first, With: []int64{second}, Outcome: outreach.CallWrong, Invalidate: true, Who: "ana"})
		if got := b.Strings(`select state from contacts where channel = 'call' order by id`); !slices.Equal(got, []string{"wrong_number", "open"}) {
			t.Errorf("the calls are %q", got)
		}
		task := asks(t, b, patsPhone, outreach.Task{Kind: outreach.TaskReview, DueAt: noon, ReviewBy: noon.AddDate(0, 0, 1)})
		end(store.CallEnd{ContactID: second, Replies: []int64{task}, Outcome: outreach.CallReached, EndReason: "reached_by_call", Who: "ana"})
		if n := b.Count(`select count(*) from tasks where done_at is null`); n != 1 {
			t.Error("a conversation decided that the customer may be written to")
		}
	})
}

// A conversation is put off as a whole, within the time of each call.
func TestPutOffTogether(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, calls := t.Context(), store.Calls{DB: b.DB}
		_, first, second := twoCalls(b)
		e := store.CallEnd{ContactID: first, With: []int64{second}, Outcome: outreach.CallNoAnswer, Who: "ana"}
		if err := calls.PutOff(ctx, noon, e, noon.AddDate(0, 0, 3)); !errors.Is(err, store.ErrTooLate) {
			t.Errorf("put off past the time of one of them: %v", err)
		}
		if err := calls.PutOff(ctx, noon, e, noon.AddDate(0, 0, 1)); err != nil {
			t.Fatal(err)
		}
		if n := b.Count(`select count(*) from contacts where due_at = $1 and state = 'open'`, noon.AddDate(0, 0, 1)); n != 2 {
			t.Errorf("%d calls were put off", n)
		}
		if n, err := calls.Count(ctx, noon, noon.Add(time.Hour), "ana"); err != nil || n != 0 {
			t.Errorf("%d customers are still to be called today, %v", n, err)
		}
	})
}
