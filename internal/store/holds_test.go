package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// TestHeldContactStays: it is not handed over, can be let go, and expires when its
// time has passed, with a reason.
func TestHeldContactStays(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		holds, queue := store.Holds{DB: b.DB}, store.Queue{DB: b.DB}
		c := b.AddCustomer(fixture.Customer{Email: "a@example.com"})
		id, _ := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
		idle := func(want bool) {
			t.Helper()
			got, err := queue.Idle(t.Context(), outreach.HandOver{Now: noon, Channel: outreach.Email})
			if err != nil || got != want {
				t.Errorf("idle %v, %v", got, err)
			}
		}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		idle(false)
		must(holds.Hold(t.Context(), noon, id, "pat"))
		idle(true)
		if next, err := queue.NextDue(t.Context(), false, nil); err != nil || !next.IsZero() {
			t.Errorf("next due %v, %v", next, err)
		}
		must(holds.LetGo(t.Context(), noon.Add(time.Minute), id, "robin"))
		idle(false)
		must(holds.Hold(t.Context(), noon.Add(2*time.Minute), id, "pat"))
		if n, err := queue.Expire(t.Context(), noon.AddDate(0, 0, 8), "daemon 1"); err != nil || n != 1 {
			t.Fatalf("expired %d, %v", n, err)
		}
		if got := b.Contacts(); !slices.Equal(got, []string{"declined-safety/1 email expired held,past_not_after"}) {
			t.Errorf("contacts %q", got)
		}
		events := b.Strings(`select by_whom, why from contact_events where from_state = 'planned' order by id`)
		want := []string{"pat held back", "robin let go", "pat held back", "daemon 1 its time had passed before it could go"}
		if !slices.Equal(events, want) {
			t.Errorf("history %q", events)
		}
		name := fmt.Sprint("contact ", id)
		audit := b.Strings(`select who, what, object from audit_log order by id`)
		if !slices.Equal(audit, []string{"pat held back " + name, "robin let go " + name, "pat held back " + name}) {
			t.Errorf("audit log %q", audit)
		}
	})
}

// TestRemovedPerson hears nothing more of the follow-up, and it is not planned anew.
func TestRemovedPerson(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		holds := store.Holds{DB: b.DB}
		c := b.AddCustomer(fixture.Customer{Email: "a@example.com"})
		first, followUp := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: c, FollowUp: followUp, Step: 2, Channel: outreach.Call, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: b.AddCustomer(fixture.Customer{}), Channel: outreach.SMS, Due: noon})
		if err := holds.Remove(t.Context(), noon, first, "pat", "a friend of the owner"); err != nil {
			t.Fatal(err)
		}
		want := []string{
			"declined-safety/1 email canceled removed_by_staff", "declined-safety/2 call canceled removed_by_staff",
			"declined-safety/1 sms planned ",
		}
		if got := b.Contacts(); !slices.Equal(got, want) {
			t.Errorf("contacts %q", got)
		}
		if got := b.Strings(`select state, end_reason from follow_ups order by id`); !slices.Equal(got, []string{"ended removed_by_staff", "active "}) {
			t.Errorf("follow-ups %q", got)
		}
		if got := b.Strings(`select who, what, detail from audit_log`); !slices.Equal(got, []string{"pat remove from follow-up a friend of the owner"}) {
			t.Errorf("audit log %q", got)
		}
		var other store.NotPlannedError
		err := holds.Remove(t.Context(), noon.Add(time.Hour), first, "robin", "")
		if !errors.As(err, &other) || other.Reason != outreach.RemovedByStaff || !other.At.Equal(noon) {
			t.Errorf("removed twice: %v", err)
		}
		if err := holds.Hold(t.Context(), noon, 999_999, "robin"); !errors.Is(err, store.ErrNoContact) {
			t.Errorf("held what there is not: %v", err)
		}
	})
}

// TestHoldAtTheSameTime: of many who do the same at once, one has done it.
func TestHoldAtTheSameTime(t *testing.T) {
	for name, change := range map[string]func(store.Holds, *testing.T, int64, string) error{
		"hold": func(h store.Holds, t *testing.T, id int64, who string) error {
			return h.Hold(t.Context(), noon, id, who)
		},
		"remove": func(h store.Holds, t *testing.T, id int64, who string) error {
			return h.Remove(t.Context(), noon, id, who, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			fixture.Each(t, func(t *testing.T, b *fixture.Books) {
				c := b.AddCustomer(fixture.Customer{Email: "a@example.com"})
				id, followUp := b.AddPlanned(fixture.Planned{Customer: c, Channel: outreach.Email, Due: noon})
				b.AddPlanned(fixture.Planned{Customer: c, FollowUp: followUp, Step: 2, Channel: outreach.Email, Due: noon})
				errs := make(chan error, 8)
				for i := range cap(errs) {
					go func() { errs <- change(store.Holds{DB: b.DB}, t, id, fmt.Sprint("person ", i)) }()
				}
				won := 0
				for range cap(errs) {
					err := <-errs
					var other store.NotPlannedError
					switch {
					case err == nil:
						won++
					case !errors.As(err, &other):
						t.Error(err)
					}
				}
				if n := b.Count(`select count(*) from audit_log`); won != 1 || n != 1 {
					t.Errorf("%d won, %d in the audit log", won, n)
				}
			})
		})
	}
}
