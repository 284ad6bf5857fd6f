package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

// Whoever only looks waits for nobody who writes: an import may take long.
func TestLookingWhileSomebodyWrites(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		ctx := t.Context()
		ana := b.AddCustomer(fixture.Customer{Phone: "+13125550101"})
		text, _ := b.AddSent(fixture.Sent{Customer: ana, Channel: outreach.SMS, To: "+13125550101", At: noon.Add(-time.Hour)})
		a := outreach.Arrival{Provider: "twilio", ProviderID: "IN1", Channel: outreach.SMS, From: "+13125550101", At: noon}
		if _, err := (store.Inbox{DB: b.DB}).Take(ctx, noon, a, heard(false, outreach.TaskReply, false)); err != nil {
			t.Fatal(err)
		}
		question := outreach.OwnWords{CustomerID: ana, Answers: text + 1, Author: "kim", Body: "x", NotAfter: noon.Add(time.Hour)}
		writer, err := b.SQL.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = writer.Rollback() }() // there is nothing to keep
		if _, err := writer.ExecContext(ctx, `update customers set first_name = 'Ana' where id = $1`, ana); err != nil {
			t.Fatal(err)
		}
		people, log := store.Customers{DB: b.DB}, store.Log{DB: b.DB}
		for name, look := range map[string]func(context.Context) error{
			"file":     func(ctx context.Context) error { _, err := people.File(ctx, noon, ana); return err },
			"timeline": func(ctx context.Context) error { _, _, err := people.Timeline(ctx, ana, store.Mark{}); return err },
			"an answer": func(ctx context.Context) error {
				_, err := store.Answers{DB: b.DB}.Judge(ctx, handOver(outreach.SMS), question, everyOne(outreach.Handed, ""))
				return err
			},
			"contact": func(ctx context.Context) error { _, err := log.Contact(ctx, text); return err },
		} {
			if err := look(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
