package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestAhead: the soonest first, page by page, without what is only rehearsed.
func TestAhead(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		today := store.Today{DB: b.DB}
		c := b.AddCustomer(fixture.Customer{Name: "Ana Example", Email: "a@example.com"})
		lines := b.Lines(b.Declines(c, noon.AddDate(0, 0, -3), "Front brake pads"))
		var ids []int64
		var followUp int64
		for i, ch := range []outreach.Channel{outreach.SMS, outreach.Email, outreach.Call, outreach.SMS, outreach.Email} {
			p := fixture.Planned{Customer: c, FollowUp: followUp, Step: i + 1, Channel: ch, Due: noon.Add(time.Duration(i) * time.Hour)}
			if i == 0 {
				p.Line = lines[0]
			}
			var id int64
			id, followUp = b.AddPlanned(p)
			ids = append(ids, id)
		}
		b.Exec(`update contacts set rehearsal = $2 where id = $1`, ids[4], true)
		f := store.AheadFilter{Until: noon.Add(3 * time.Hour), Limit: 2}
		list, err := today.Ahead(t.Context(), f)
		if err != nil || len(list) != 2 || list[0].ID != ids[0] || list[1].ID != ids[1] {
			t.Fatalf("first page %+v, %v", list, err)
		}
		if a := list[0]; a.Customer != "Ana Example" || !slices.Equal(a.Items, []string{"Front brake pads"}) || !a.NextAt.Equal(noon) {
			t.Errorf("first %+v", a)
		}
		f.After = list[1].ID
		list, err = today.Ahead(t.Context(), f)
		if err != nil || len(list) != 1 || list[0].ID != ids[2] {
			t.Errorf("second page %+v, %v", list, err)
		}
		for want, f := range map[int]store.AheadFilter{
			3: {Until: noon.Add(3 * time.Hour), Limit: 9},
			2: {From: noon.Add(2 * time.Hour), Until: noon.Add(9 * time.Hour), Limit: 9},
			1: {Until: noon.Add(9 * time.Hour), Rehearsal: true, Limit: 9},
			4: {Until: noon.Add(9 * time.Hour), Limit: 4},
		} {
			if got, err := today.CountAhead(t.Context(), f); err != nil || got != want {
				t.Errorf("%+v: %d, %v", f, got, err)
			}
		}
		if next, err := today.NextAhead(t.Context(), true); err != nil || !next.Equal(noon.Add(4*time.Hour)) {
			t.Errorf("next rehearsed at %v, %v", next, err)
		}
	})
}

// TestTroubleOfToday finds what is in doubt for long and what failed since midnight.
func TestTroubleOfToday(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		today := store.Today{DB: b.DB}
		sent := func(state, why string, when time.Time) int64 {
			c := b.AddCustomer(fixture.Customer{Name: "Ana Example", Phone: "+13125550101"})
			id, _ := b.AddSent(fixture.Sent{Customer: c, Channel: outreach.SMS, To: "+13125550101", At: when})
			b.Exec(`update contacts set state = $2, reason = $3 where id = $1`, id, state, map[bool]string{true: "refused_by_provider"}[state == "failed"])
			b.Exec(`insert into contact_events (contact_id, at, from_state, to_state, by_whom, why) values ($1, $2, 'accepted', $3, 'daemon 1', $4)`,
				id, when, state, why)
			return id
		}
		old := sent("unconfirmed", "no answer", noon.Add(-3*time.Hour))
		sent("unconfirmed", "no answer", noon.Add(-time.Hour))
		sent("failed", "campaign not registered", noon.Add(-time.Hour))
		sent("failed", "campaign not registered", noon.Add(-time.Minute))
		sent("failed", "campaign not registered", noon.AddDate(0, 0, -2))
		doubtful, err := today.Doubtful(t.Context(), noon.Add(-2*time.Hour), 5)
		if err != nil || len(doubtful) != 1 || doubtful[0].ID != old || doubtful[0].Customer != "Ana Example" {
			t.Errorf("in doubt %+v, %v", doubtful, err)
		}
		failures, err := today.Failures(t.Context(), noon.Add(-6*time.Hour))
		want := []store.Failure{{Channel: "sms", Reason: "refused_by_provider", Why: "campaign not registered", Count: 2}}
		if err != nil || !slices.Equal(failures, want) {
			t.Errorf("failures %+v, %v", failures, err)
		}
	})
}

// TestAtWork counts daemons by their heartbeat.
func TestAtWork(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		today, daemons := store.Today{DB: b.DB}, store.Daemons{DB: b.DB}
		expect := func(after time.Duration, alive int, last time.Time) {
			t.Helper()
			n, at, err := today.AtWork(t.Context(), noon.Add(after), time.Minute)
			if err != nil || n != alive || !at.Equal(last) {
				t.Errorf("after %v: %d at work, last %v, %v", after, n, at, err)
			}
		}
		expect(0, 0, time.Time{})
		id, err := daemons.Start(t.Context(), noon, "host", 1, "")
		if err != nil {
			t.Fatal(err)
		}
		expect(30*time.Second, 1, noon)
		expect(time.Minute, 0, noon)
		if err := daemons.Stop(t.Context(), noon.Add(time.Second), id); err != nil {
			t.Fatal(err)
		}
		expect(2*time.Second, 0, noon)
	})
}

// TestSaid returns the whole conversation, with what it is in answer to.
func TestSaid(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		const anas = "+13125550101"
		c := b.AddCustomer(fixture.Customer{Phone: anas})
		b.AddSent(fixture.Sent{Customer: c, Channel: outreach.SMS, To: anas, At: noon.Add(-time.Hour), Body: "Your pads are low."})
		for range 2 {
			reply(t, b.DB, anas, outreach.Task{Kind: outreach.TaskReply, DueAt: noon.Add(time.Hour)})
		}
		id := int64(b.Count(`select id from tasks`))
		said, err := store.Tasks{DB: b.DB}.Said(t.Context(), []int64{id})
		if err != nil || len(said[id]) != 2 || said[id][0].ID >= said[id][1].ID {
			t.Fatalf("said %+v, %v", said, err)
		}
		if s := said[id][0]; s.Words != "hello" || s.Detail != "other" || s.Ours != "Your pads are low." || !s.At.Equal(noon) || s.Address != anas {
			t.Errorf("said %+v", s)
		}
		task, ok, err := store.Tasks{DB: b.DB}.ByID(t.Context(), id)
		if err != nil || !ok || task.CustomerID != c || !task.DoneAt.IsZero() {
			t.Errorf("task %+v, %v, %v", task, ok, err)
		}
		if _, ok, err := (store.Tasks{DB: b.DB}).ByID(t.Context(), id+1); ok || err != nil {
			t.Errorf("a task that there is not: %v, %v", ok, err)
		}
	})
}
