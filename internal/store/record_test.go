package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// handedMail puts a contact on its way and returns its id.
func handedMail(t *testing.T, b *fixture.Books) int64 {
	t.Helper()
	c := b.AddCustomer(fixture.Customer{Email: "ana@example.com", Phone: "+13125550101"})
	id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
	if _, err := (store.Queue{DB: b.DB}).HandOver(t.Context(), handOver(outreach.Email), everyOne(outreach.Handed, "")); err != nil {
		t.Fatal(err)
	}
	return id
}

// TestNewsInAnyOrder gives a contact on its way every order of the news that a
// provider may bring, twice each, and wants it to end as far on as any of them.
func TestNewsInAnyOrder(t *testing.T) {
	road := map[outreach.State]int{outreach.Accepted: 1, outreach.Delivered: 2, outreach.Bounced: 3}
	orders := [][]outreach.State{
		{outreach.Accepted, outreach.Delivered, outreach.Bounced},
		{outreach.Accepted, outreach.Bounced, outreach.Delivered},
		{outreach.Delivered, outreach.Accepted, outreach.Bounced},
		{outreach.Delivered, outreach.Bounced, outreach.Accepted},
		{outreach.Bounced, outreach.Accepted, outreach.Delivered},
		{outreach.Bounced, outreach.Delivered, outreach.Accepted},
		{outreach.Delivered, outreach.Accepted},
		{outreach.Accepted, outreach.Delivered, outreach.Planned, outreach.Failed, outreach.Unconfirmed},
	}
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		q := store.Queue{DB: b.DB}
		for _, news := range orders {
			id := handedMail(t, b)
			far := outreach.State("")
			for _, s := range news {
				if road[s] > road[far] {
					far = s
				}
				for range 2 {
					r := outreach.Result{ContactID: id, Attempt: 1, State: s, Provider: "smtp", Why: "news"}
					if _, err := q.Record(t.Context(), noon, "test", []outreach.Result{r}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if got := b.Strings(`select state from contacts where id = $1`, id)[0]; got != string(far) {
				t.Errorf("after %v it stands at %s, want %s", news, got, far)
			}
		}
	})
}

func TestNewsOfAnEarlierAttempt(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		q, id := store.Queue{DB: b.DB}, handedMail(t, b)
		record := func(r outreach.Result) int {
			t.Helper()
			r.ContactID, r.Provider = id, "smtp"
			taken, err := q.Record(t.Context(), noon, "test", []outreach.Result{r})
			if err != nil {
				t.Fatal(err)
			}
			return taken
		}
		if record(outreach.Result{Attempt: 1, State: outreach.Planned, NextAt: noon, Reason: "not_accepted_yet"}) != 1 {
			t.Fatal("the first attempt's answer was not taken")
		}
		if got := b.Strings(`select id from contacts where handed_at is null and handed_by is null`); len(got) != 1 {
			t.Error("what was certainly not accepted still counts as handed over")
		}
		if _, err := q.HandOver(t.Context(), handOver(outreach.Email), everyOne(outreach.Handed, "")); err != nil {
			t.Fatal(err)
		}
		for _, r := range []outreach.Result{
			{Attempt: 1, State: outreach.Accepted},
			{Attempt: 1, State: outreach.Failed},
			{Attempt: 3, State: outreach.Accepted},
			{Attempt: 2, HandedBy: 2, HandedAt: noon, State: outreach.Planned},
			{Attempt: 2, HandedBy: 1, HandedAt: noon.Add(time.Microsecond), State: outreach.Planned},
		} {
			if record(r) != 0 {
				t.Errorf("taken for the second attempt: %+v", r)
			}
		}
		if record(outreach.Result{Attempt: 2, HandedBy: 1, HandedAt: noon, State: outreach.Accepted, ProviderID: "q1"}) != 1 {
			t.Error("the second attempt's answer was not taken")
		}
	})
}

// TestEffects: what an answer means beyond its contact is recorded with it, or
// neither is.
func TestEffects(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		q, ctx := store.Queue{DB: b.DB}, t.Context()
		first, second := handedMail(t, b), handedMail(t, b)
		results := []outreach.Result{
			{
				ContactID: first, Attempt: 1, State: outreach.Failed, Reason: "refused_by_provider", Provider: "twilio", ErrorCode: "21610",
				Address: "+13125550101", OptOut: &outreach.OptOut{
					Address: "+13125550101", Channel: outreach.SMS, Reason: "21610", Source: "twilio", RecordedAt: noon,
				},
				Line: outreach.Landline,
			},
			{
				ContactID: second, Attempt: 1, State: outreach.Planned, NextAt: noon, Provider: "smtp", Why: "the login was refused",
				Address: "ana@example.com", Mark: outreach.AddressInvalid, Hold: outreach.Email,
			},
		}
		// First a transaction that must fail as a whole.
		broken := append(slices.Clone(results), outreach.Result{
			ContactID: second, State: outreach.Accepted, OptOut: &outreach.OptOut{Address: "", Reason: "no address", Source: "test"},
		})
		if _, err := q.Record(ctx, noon, "test", broken); err == nil {
			t.Fatal("an opt-out without an address was taken")
		}
		for _, table := range []string{"opt_outs", "controls", "audit_log"} {
			if n := b.Count(`select count(*) from ` + table); n != 0 {
				t.Errorf("%d rows in %s from a transaction that failed", n, table)
			}
		}
		if n := b.Count(`select count(*) from contacts where state = 'handed'`); n != 2 {
			t.Errorf("%d contacts are still on their way, want 2", n)
		}
		if taken, err := q.Record(ctx, noon, "test", results); err != nil || taken != 2 {
			t.Fatalf("taken %d, %v", taken, err)
		}
		got := []string{
			b.Strings(`select address, channel, reason from opt_outs`)[0],
			b.Strings(`select distinct line_type from addresses where kind = 'phone'`)[0],
			b.Strings(`select distinct status from addresses where kind = 'email'`)[0],
			b.Strings(`select name, value from controls`)[0],
		}
		want := []string{"+13125550101 sms 21610", "landline", "invalid", "hold:email the login was refused"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

func TestSettleIsForDoubtsOnly(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		q, ctx, id := store.Queue{DB: b.DB}, t.Context(), handedMail(t, b)
		closed := outreach.Result{ContactID: id, State: outreach.ClosedByHand, Why: "seen in the provider's log"}
		if taken, err := q.Settle(ctx, noon, "jdoe", closed); err != nil || taken != 0 {
			t.Errorf("settled what was on its way: %d, %v", taken, err)
		}
		doubt := outreach.Result{ContactID: id, Attempt: 1, State: outreach.Unconfirmed, NextAt: noon, Reason: "unknown_outcome"}
		if _, err := q.Record(ctx, noon, "test", []outreach.Result{doubt}); err != nil {
			t.Fatal(err)
		}
		doubts, err := q.InDoubt(ctx, noon, noon, outreach.Email, 10)
		if err != nil || len(doubts) != 1 || doubts[0].Contact.ID != id || doubts[0].Address != "+13125550101" {
			t.Fatalf("in doubt: %+v, %v", doubts, err)
		}
		if err := q.AskLater(ctx, id, noon.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		for at, want := range map[time.Time]int{noon: 0, noon.Add(time.Hour): 1} {
			if doubts, err := q.InDoubt(ctx, at, at, outreach.Email, 10); err != nil || len(doubts) != want {
				t.Errorf("in doubt at %v: %d, %v, want %d", at, len(doubts), err, want)
			}
		}
		for i, want := range []int{1, 0} {
			if taken, err := q.Settle(ctx, noon, "jdoe", closed); err != nil || taken != want {
				t.Errorf("settling for the %d. time: %d, %v", i+1, taken, err)
			}
		}
		if got := b.Strings(`select state, end_reason from follow_ups`)[0]; got != "ended completed" {
			t.Errorf("the follow-up: %s", got)
		}
	})
}

func TestAbandonLeavesTheLivingAlone(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx, daemons, q := t.Context(), store.Daemons{DB: b.DB}, store.Queue{DB: b.DB}
		var ids []int64
		for i := range 3 { // self, one with a beating heart, one that signed off
			id, err := daemons.Start(ctx, noon, "host", 100+i, "")
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
			c := b.AddCustomer(fixture.Customer{Email: fmt.Sprintf("p%d@example.com", i)})
			b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
			r := handOver(outreach.Email)
			r.Daemon = id
			if _, err := q.HandOver(ctx, r, everyOne(outreach.Handed, "")); err != nil {
				t.Fatal(err)
			}
		}
		if err := daemons.Stop(ctx, noon, ids[2]); err != nil {
			t.Fatal(err)
		}
		abandon := func(at time.Time) int {
			t.Helper()
			n, err := daemons.Abandon(ctx, at, ids[0], time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		want := []int{1, 0, 1} // the one that signed off; nobody; the one whose heart went silent
		if !b.Postgres {
			want = []int{2, 0, 0} // whoever holds the file is alone
		}
		got := []int{abandon(noon.Add(time.Second)), abandon(noon.Add(59 * time.Second)), abandon(noon.Add(time.Minute))}
		if !slices.Equal(got, want) {
			t.Errorf("newly in doubt: %v, want %v", got, want)
		}
		if state := b.Strings(`select state from contacts where handed_by = $1`, ids[0])[0]; state != "handed" {
			t.Errorf("its own contact is %s", state)
		}
		if alive, err := daemons.Beat(ctx, noon.Add(time.Minute), ids[0], time.Minute); err != nil || alive != 1 {
			t.Errorf("%d alive, %v", alive, err)
		}
	})
}

func TestExpire(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const old, young = 900, 2 // more than one statement takes
		manyPlanned(b, old+young, 0)
		b.Exec(`update contacts set not_after = $1 where id <= $2`, noon.Add(time.Hour), old)
		b.Exec(`update contacts set not_after = $1 where id > $2`, noon.Add(48*time.Hour), old)
		b.Exec(`update contacts set state = 'open' where id = 1`)
		b.Exec(`update contact_events set to_state = 'open' where contact_id = 1`)
		n, err := (store.Queue{DB: b.DB}).Expire(t.Context(), noon.Add(2*time.Hour), "test")
		if err != nil || n != old {
			t.Fatalf("expired %d, %v; want %d", n, err, old)
		}
		if got := b.Strings(`select state, reason, count(*) from contacts group by state, reason order by state`); !slices.Equal(got,
			[]string{"expired past_not_after 900", "planned  2"}) {
			t.Errorf("contacts: %v", got)
		}
		if n := b.Count(`select count(*) from follow_ups where state = 'active'`); n != young {
			t.Errorf("%d follow-ups go on, want %d", n, young)
		}
	})
}
