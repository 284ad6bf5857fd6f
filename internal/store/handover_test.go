package store_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

var noon = time.Date(2026, 6, 2, 17, 0, 0, 0, time.UTC)

func handOver(ch outreach.Channel) outreach.HandOver {
	return outreach.HandOver{Now: noon, Channel: ch, Limit: 10, Daemon: 1, HistorySince: noon.AddDate(0, 0, -35)}
}

// everyOne rules the same about all contacts.
func everyOne(state outreach.State, endReason string) outreach.Decide {
	return func(_ outreach.Installation, due []outreach.Due) []outreach.Ruling {
		out := make([]outreach.Ruling, len(due))
		for i, d := range due {
			c := d.Contact
			c.State = state
			if state == outreach.Handed {
				c.Attempts++
			}
			out[i] = outreach.Ruling{Contact: c, Why: "test", Address: d.Addresses[0].Value, EndReason: endReason}
		}
		return out
	}
}

// meanwhile runs f while a hand-over of the channel ch, which rules as decide
// says, is under way. Where f has to wait for the hand-over (on SQLite it always
// has) it ends after it; with PostgreSQL it must not wait, and meanwhile makes sure.
func meanwhile(t *testing.T, b *fixture.Books, ch outreach.Channel, decide outreach.Decide, f func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan error, 1)
	_, err := store.Queue{DB: b.DB}.HandOver(ctx, handOver(ch), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
		go func() { done <- f(ctx) }()
		if b.Postgres {
			select {
			case err := <-done:
				done <- err
			case <-ctx.Done():
				t.Error("it waited for the hand-over")
			}
		}
		return decide(inst, due)
	})
	if err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// awaitBlocked returns when somebody waits for a lock, or when done says that
// nobody will. SQLite does not tell, so there it returns at once.
func awaitBlocked(t *testing.T, b *fixture.Books, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for b.Postgres && !done() && b.Count(`select count(*) from pg_locks where not granted`) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("nobody came to wait for a lock")
		}
		runtime.Gosched()
	}
}

// TestTwoHandOversToOnePerson: a couple shares a phone. While a text to one of
// them is being handed over, a mail to the other must know of it or wait.
func TestTwoHandOversToOnePerson(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		ben := b.AddCustomer(fixture.Customer{Phone: "+13125550101", Email: "ben@example.com"})
		eve := b.AddCustomer(fixture.Customer{Email: "eve@example.com"})
		b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.SMS, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: ben, Channel: outreach.Email, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: eve, Channel: outreach.Email, Due: noon})
		q := store.Queue{DB: b.DB}
		var judged []outreach.Due
		meanwhile(t, b, outreach.SMS, everyOne(outreach.Handed, ""), func(ctx context.Context) error {
			_, err := q.HandOver(ctx, handOver(outreach.Email), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
				judged = due
				return everyOne(outreach.Suppressed, "")(inst, due)
			})
			return err
		})
		seen := map[int64]int{}
		for _, d := range judged {
			seen[d.Customer.ID] = len(d.History)
		}
		if _, ok := seen[eve]; !ok {
			t.Error("somebody else had to wait as well")
		}
		if past, ok := seen[ben]; ok && past != 1 {
			t.Errorf("ben was judged, and %d contacts of his household were known", past)
		}
		_, err := q.HandOver(t.Context(), handOver(outreach.Email), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
			for _, d := range due {
				if d.Customer.ID == ben && len(d.History) != 1 {
					t.Errorf("ben's history: %+v", d.History)
				}
			}
			return everyOne(outreach.Suppressed, "")(inst, due)
		})
		if err != nil {
			t.Fatal(err)
		}
		if left := b.Count(`select count(*) from contacts where state = 'planned'`); left != 0 {
			t.Errorf("%d contacts were left out for good", left)
		}
	})
}

// TestFollowUpEndsWhileItsNextStepIsJudged: two steps of one follow-up are due
// on two channels, and the judgement on the first ends the follow-up.
func TestFollowUpEndsWhileItsNextStepIsJudged(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := b.AddCustomer(fixture.Customer{Phone: "+13125550101", Email: "ana@example.com"})
		_, f := b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.SMS, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: ana, FollowUp: f, Step: 2, Channel: outreach.Email, Due: noon})
		meanwhile(t, b, outreach.SMS, everyOne(outreach.Suppressed, "already_done"), func(ctx context.Context) error {
			_, err := store.Queue{DB: b.DB}.HandOver(ctx, handOver(outreach.Email), everyOne(outreach.Handed, ""))
			return err
		})
		got := b.Strings(`select channel, state from contacts order by step`)
		if len(got) != 2 || got[0] != "sms suppressed" || got[1] != "email canceled" {
			t.Errorf("contacts: %v", got)
		}
	})
}

// TestScanEndsFollowUpWhileItIsHandedOver: the history of a contact says what
// happened to it, whoever came first.
func TestScanEndsFollowUpWhileItIsHandedOver(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ana := b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		_, f := b.AddPlanned(fixture.Planned{Customer: ana, Channel: outreach.SMS, Due: noon})
		b.AddPlanned(fixture.Planned{Customer: ana, FollowUp: f, Step: 2, Channel: outreach.Call, Due: noon})
		b.Exec(`insert into scan_todo (shop_id, playbook_id, customer_id, marked_at) values ('main', 'declined-safety', $1, $2)`, ana, noon)
		ended := make(chan error, 1)
		q, scans := store.Queue{DB: b.DB}, store.Scans{DB: b.DB}
		ctx := t.Context()
		_, err := q.HandOver(ctx, handOver(outreach.SMS), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
			go func() {
				_, err := scans.Work(ctx, noon, outreach.Schedule{ShopID: "main", PlaybookID: "declined-safety"}, false, 10,
					func(cs []outreach.Candidate) []outreach.Plan {
						return []outreach.Plan{{End: []outreach.Ending{{FollowUpID: f, Reason: "already_done"}}}}
					})
				ended <- err
			}()
			awaitBlocked(t, b, func() bool { return len(ended) > 0 })
			return everyOne(outreach.Handed, "")(inst, due)
		})
		if err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		got := b.Strings(`select channel, state from contacts order by step`)
		if len(got) != 2 || got[0] != "sms handed" && got[0] != "sms canceled" || got[1] != "call canceled" {
			t.Errorf("contacts: %v", got)
		}
	})
}

// TestLastPlaceOfADailyLimit: two lanes hand over at once; a limit that both
// count towards must see them one after the other.
func TestLastPlaceOfADailyLimit(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		for i, ch := range []outreach.Channel{outreach.SMS, outreach.Email} {
			c := b.AddCustomer(fixture.Customer{Phone: []string{"+13125550101", "+13125550102"}[i], Email: []string{"a@example.com", "b@example.com"}[i]})
			b.AddPlanned(fixture.Planned{Customer: c, Channel: ch, Due: noon})
		}
		limited := func(ch outreach.Channel) outreach.HandOver {
			r := handOver(ch)
			r.PilotDay, r.SenderDay = noon.Add(-12*time.Hour), noon.Add(-12*time.Hour)
			r.ShopDay = map[string]time.Time{"main": noon.Add(-12 * time.Hour)}
			return r
		}
		q := store.Queue{DB: b.DB}
		counts := make(chan outreach.Installation, 2)
		second := make(chan error, 1)
		hand := func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
			counts <- inst
			return everyOne(outreach.Handed, "")(inst, due)
		}
		_, err := q.HandOver(t.Context(), limited(outreach.SMS), func(inst outreach.Installation, due []outreach.Due) []outreach.Ruling {
			go func() {
				_, err := q.HandOver(t.Context(), limited(outreach.Email), hand)
				second <- err
			}()
			awaitBlocked(t, b, func() bool { return len(counts) > 0 })
			return hand(inst, due)
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-second; err != nil {
			t.Fatal(err)
		}
		one, two := <-counts, <-counts
		if one.PilotSent+two.PilotSent != 1 || one.SentToday["main"]+two.SentToday["main"] != 1 {
			t.Errorf("pilot counts %d and %d, shop counts %d and %d, want 0 and 1 each",
				one.PilotSent, two.PilotSent, one.SentToday["main"], two.SentToday["main"])
		}
	})
}
