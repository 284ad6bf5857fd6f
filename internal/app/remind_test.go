package app

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/fixture"
)

func TestReminder(t *testing.T) {
	fixture.Each(t, func(t *testing.T, b *fixture.Books) {
		var log strings.Builder
		now := time.Date(2026, 6, 2, 17, 0, 0, 0, time.UTC)
		r := Reminder{
			Cases: store.Recovery{DB: b.DB}, Zone: fixture.MainShop().Location(),
			Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)),
		}
		look := func(want int) {
			t.Helper()
			if err := r.Look(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(log.String(), "recovery cases are overdue"); n != want {
				t.Errorf("%s: reminded %d times, want %d", now, n, want)
			}
		}
		c := b.AddCustomer(fixture.Customer{})
		_, _, err := r.Cases.Start(t.Context(), now, store.CaseOpening{CustomerID: c, ShopID: "main", DecideBy: now.Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		look(0)
		now = time.Date(2026, 6, 3, 4, 59, 0, 0, time.UTC) // before midnight by the shop's clock
		look(0)
		now = time.Date(2026, 6, 3, 5, 0, 0, 0, time.UTC)
		look(1)
		now = now.Add(23 * time.Hour)
		look(1)
		now = now.Add(time.Hour)
		look(2)
	})
}
