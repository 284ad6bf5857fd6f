package demo

import (
	"context"
	"time"

	"github.com/courtesyd/courtesyd/internal/outreach"
	"github.com/courtesyd/courtesyd/internal/simulate"
	"github.com/courtesyd/courtesyd/internal/store"
)

// mistake lets the shop have made one with somebody who came back for the work, so
// that whoever looks at the demo finds a recovery case to decide.
func (s shop) mistake(until time.Time) simulate.Event {
	return simulate.Event{At: until.Add(-40 * time.Hour), Do: func(ctx context.Context) error {
		var customer int64
		done := store.LogFilter{States: []outreach.State{outreach.Canceled}, Reason: "already_done", Limit: 1}
		err := store.Log{DB: s.db}.Each(ctx, done, func(e store.LogEntry) error {
			customer = e.CustomerID
			return nil
		})
		if err != nil || customer == 0 {
			return err
		}
		cases, now, adviser := store.Recovery{DB: s.db}, s.clock.Now(), Users()[0]
		id, _, err := cases.Start(ctx, now, store.CaseOpening{
			CustomerID: customer, ShopID: s.config.ShopList()[0].ID, Who: adviser.Login, DecideBy: now.AddDate(0, 0, 4),
			Happened: "The drain plug was not tightened at the oil change. The engine lost its oil on the highway and stopped.",
		})
		if err != nil {
			return err
		}
		c, err := cases.ByID(ctx, id)
		if err != nil {
			return err
		}
		c.ApologizedBy, c.ApologizedAt = adviser.Name, now
		c.Estimate = outreach.Estimate{Value: 12_400_00, Repair: 6_900_00, Insured: 3_000_00}
		c.Asked = "A car to get to work with, and to hear by the weekend what we will do."
		c.NextStep, c.NextAt = "Robin brings a loan car.", now.AddDate(0, 0, 2)
		return cases.Change(ctx, now.Add(20*time.Minute), adviser.Login, "change recovery case", c.RecoveryCase)
	}}
}
