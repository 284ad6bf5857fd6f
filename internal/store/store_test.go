package store_test

import (
	"context"
	"testing"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/store"
	"github.com/courtesyd/courtesyd/internal/testkit/testdb"
)

func TestBrakeOutlivesEverything(t *testing.T) {
	testdb.Each(t, func(t *testing.T, db *store.DB) {
		ctx, now := context.Background(), time.Date(2026, 9, 7, 15, 0, 0, 0, time.UTC)
		c := store.Controls{DB: db}
		if err := c.StopAll(ctx, now, "tester", "a look"); err != nil {
			t.Fatal(err)
		}
		if err := c.Hold(ctx, now, outreach.SMS, "tester", "not registered"); err != nil {
			t.Fatal(err)
		}
		brakes, err := c.Brakes(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(brakes) != 2 || brakes[""].Value != "a look" || brakes["sms"].By != "tester" || !brakes[""].At.Equal(now) {
			t.Fatalf("brakes = %+v", brakes)
		}
		if err := c.Resume(ctx, now, "tester"); err != nil {
			t.Fatal(err)
		}
		if brakes, err = c.Brakes(ctx); err != nil || len(brakes) != 0 {
			t.Fatalf("after resume: %+v, %v", brakes, err)
		}
	})
}
