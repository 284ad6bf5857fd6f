package store

import (
	"context"

	"github.com/courtesyd/courtesyd/internal/importer"
)

type canceledCells struct {
	Source     string `db:"source"`
	ShopID     string `db:"shop_id"`
	ExternalID string `db:"external_id"`
	Number     string `db:"number"`
	Kind       string `db:"kind"`
	CustomerID int64  `db:"customer_id"`
	VehicleID  int64  `db:"vehicle_id"`
	What       string `db:"what"`
	TotalMinor int64  `db:"total_minor"`
	Currency   string `db:"currency"`
	Reason     string `db:"reason"`
	ReasonText string `db:"reason_text"`
	CanceledBy string `db:"canceled_by"`
	PlacedAt   Time   `db:"placed_at"`
	CanceledAt Time   `db:"canceled_at"`
	ReopenedAt Time   `db:"reopened_at"`
}

var canceledTable = tableOf("canceled_orders", `source text, shop_id text, external_id text, number text, kind text,
	customer_id bigint, vehicle_id bigint, what text, total_minor bigint, currency text, reason text, reason_text text,
	canceled_by text, placed_at timestamptz, canceled_at timestamptz, reopened_at timestamptz`)

func (c canceledCells) cells() []any {
	return []any{
		c.Source, c.ShopID, c.ExternalID, c.Number, c.Kind, null(c.CustomerID), null(c.VehicleID), c.What, c.TotalMinor,
		c.Currency, c.Reason, c.ReasonText, c.CanceledBy, c.PlacedAt, c.CanceledAt, c.ReopenedAt,
	}
}

func (c canceledCells) refersTo() (externalID string, customerID int64) {
	return c.ExternalID, c.CustomerID
}

const (
	reasonNotRecorded = "not_recorded"
	canceledByUnknown = "unknown"
)

// take takes over what a record says. It reports whether the record is stale:
// from before the cancellation that is stored.
func (c *canceledCells) take(r importer.CanceledRecord) (stale bool) {
	o := r.Order
	canceled := instant(o.CanceledAt)
	stale = !canceled.IsZero() && canceled.Before(c.CanceledAt.Time)
	give(&c.Number, o.Number, stale)
	give(&c.Kind, string(o.Kind), stale)
	give(&c.What, o.What, stale)
	giveMoney(&c.TotalMinor, &c.Currency, o.Total, stale)
	if o.Reason != reasonNotRecorded {
		give(&c.Reason, o.Reason, stale)
	}
	give(&c.Reason, reasonNotRecorded, true)
	give(&c.ReasonText, o.ReasonText, stale)
	if o.CanceledBy != canceledByUnknown {
		give(&c.CanceledBy, o.CanceledBy, stale)
	}
	give(&c.CanceledBy, canceledByUnknown, true)
	give(&c.PlacedAt, instant(o.PlacedAt), stale)
	if canceled.After(c.ReopenedAt.Time) && canceled.After(c.CanceledAt.Time) {
		c.ReopenedAt = Time{} // it came back to life and was canceled again
	}
	give(&c.CanceledAt, canceled, stale)
	give(&c.ReopenedAt, instant(o.ReopenedAt), stale)
	return stale
}

// canceled takes in canceled orders.
func (b *intake) canceled(ctx context.Context, records []importer.CanceledRecord) error {
	orders, err := b.storedCanceled(ctx, records)
	if err != nil {
		return err
	}
	stale := make([]bool, len(records))
	visits := make([]visit, len(records))
	customers := make([]importer.CustomerRecord, len(records))
	for i, r := range records {
		stale[i] = orders[i].is.take(r)
		visits[i] = visitOfCanceled(orders[i])
		customers[i] = r.Customer
	}
	who, err := b.visitors(ctx, customers, visits)
	if err != nil {
		return err
	}
	seen := make([]sighting, len(records))
	for i, r := range records {
		give(&orders[i].is.CustomerID, who[i], stale[i])
		seen[i] = sighting{vehicle: r.Vehicle, before: orders[i].is.VehicleID, owner: who[i], visit: visits[i]}
	}
	cars, err := b.vehicles(ctx, seen)
	if err != nil {
		return err
	}
	for i := range records {
		give(&orders[i].is.VehicleID, cars[i], stale[i])
	}
	return save(ctx, b, canceledTable, orders, &b.counts.Canceled)
}

// storedCanceled returns for each record its order, a new one where none is stored.
func (b *intake) storedCanceled(ctx context.Context, records []importer.CanceledRecord) ([]*kept[canceledCells], error) {
	keys := make([]string, len(records))
	for i, r := range records {
		keys[i] = r.Order.ExternalID
	}
	return storedByKey(ctx, b, canceledTable, keys, func(key string) canceledCells {
		return canceledCells{Source: b.origin.source, ShopID: b.origin.shop, ExternalID: key}
	})
}
