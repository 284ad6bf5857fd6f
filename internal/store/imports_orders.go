package store

import (
	"context"

	"github.com/courtesyd/courtesyd/internal/importer"
	"github.com/courtesyd/courtesyd/internal/outreach"
)

type orderCells struct {
	Source          string `db:"source"`
	ShopID          string `db:"shop_id"`
	ExternalID      string `db:"external_id"`
	Number          string `db:"number"`
	CustomerID      int64  `db:"customer_id"`
	VehicleID       int64  `db:"vehicle_id"`
	Adviser         string `db:"adviser"`
	Status          string `db:"status"`
	OpenedAt        Time   `db:"opened_at"`
	ClosedAt        Time   `db:"closed_at"`
	VoidedAt        Time   `db:"voided_at"`
	Odometer        int    `db:"odometer"`
	TotalMinor      int64  `db:"total_minor"`
	Currency        string `db:"currency"`
	MessagesBlocked bool   `db:"messages_blocked"`
}

var ordersTable = tableOf("orders", `source text, shop_id text, external_id text, number text, customer_id bigint,
	vehicle_id bigint, adviser text, status text, opened_at timestamptz, closed_at timestamptz, voided_at timestamptz,
	odometer integer, total_minor bigint, currency text, messages_blocked boolean`)

func (c orderCells) cells() []any {
	return []any{
		c.Source, c.ShopID, c.ExternalID, c.Number, null(c.CustomerID), null(c.VehicleID), c.Adviser, c.Status,
		c.OpenedAt, c.ClosedAt, c.VoidedAt, c.Odometer, c.TotalMinor, c.Currency, c.MessagesBlocked,
	}
}

func (c orderCells) refersTo() (externalID string, customerID int64) {
	return c.ExternalID, c.CustomerID
}

// take takes over what a record says about the order itself. It reports whether
// the record is stale: a record with an earlier close than the one that is
// stored is from before the order was closed again, and only completes it.
func (c *orderCells) take(r importer.OrderRecord) (stale bool) {
	o := r.Order
	stale = !o.ClosedAt.IsZero() && instant(o.ClosedAt).Before(c.ClosedAt.Time)
	give(&c.Number, o.Number, stale)
	give(&c.Adviser, o.Adviser, stale)
	give(&c.Status, string(o.Status), stale)
	give(&c.OpenedAt, instant(o.OpenedAt), stale)
	give(&c.Odometer, o.Odometer, stale)
	giveMoney(&c.TotalMinor, &c.Currency, o.Total, stale)
	if !stale {
		c.reopen(r.Cleared)
	}
	give(&c.ClosedAt, instant(o.ClosedAt), stale)
	give(&c.VoidedAt, instant(o.VoidedAt), stale)
	c.MessagesBlocked = c.MessagesBlocked || o.MessagesBlocked
	give(&c.Status, string(outreach.OrderClosed), true)
	return stale
}

// reopen erases what the source states to be empty now.
func (c *orderCells) reopen(cleared importer.Cleared) {
	if cleared.Has(importer.FieldClosedAt) {
		c.ClosedAt = Time{}
	}
	if cleared.Has(importer.FieldVoidedAt) {
		c.VoidedAt = Time{}
	}
	if cleared.Has(importer.FieldMessagesBlocked) {
		c.MessagesBlocked = false
	}
}

// orders takes in orders: first what tells when they were, then the people and
// the vehicles, then the orders that refer to them, then the lines.
func (b *intake) orders(ctx context.Context, records []importer.OrderRecord) error {
	orders, err := b.storedOrders(ctx, records)
	if err != nil {
		return err
	}
	stale := make([]bool, len(records))
	visits := make([]visit, len(records))
	customers := make([]importer.CustomerRecord, len(records))
	for i, r := range records {
		stale[i] = orders[i].is.take(r)
		visits[i] = visitOf(orders[i])
		customers[i] = r.Customer
	}
	who, err := b.visitors(ctx, customers, visits)
	if err != nil {
		return err
	}
	seen := make([]sighting, len(records))
	for i, r := range records {
		o := &orders[i].is
		give(&o.CustomerID, who[i], stale[i])
		seen[i] = sighting{
			vehicle: r.Vehicle, before: o.VehicleID, owner: who[i], visit: visits[i],
			void: o.Status == string(outreach.OrderVoided),
		}
	}
	cars, err := b.vehicles(ctx, seen)
	if err != nil {
		return err
	}
	for i := range records {
		give(&orders[i].is.VehicleID, cars[i], stale[i])
	}
	if err := save(ctx, b, ordersTable, orders, &b.counts.Orders); err != nil {
		return err
	}
	return b.lines(ctx, records, orders, stale)
}

// visitors takes in the customers of orders and returns their ids, 0 for
// walk-ins.
func (b *intake) visitors(ctx context.Context, customers []importer.CustomerRecord, visits []visit) ([]int64, error) {
	who, err := b.identify(ctx, customers)
	if err != nil {
		return nil, err
	}
	lead, err := b.leads(ctx, who, visits)
	if err != nil {
		return nil, err
	}
	if err := b.saveCustomers(ctx, customers, who, lead); err != nil {
		return nil, err
	}
	ids := make([]int64, len(who))
	for i, p := range who {
		if p != nil {
			ids[i] = p.id
		}
	}
	return ids, nil
}

// storedOrders returns for each record its order, a new one where none is stored.
func (b *intake) storedOrders(ctx context.Context, records []importer.OrderRecord) ([]*kept[orderCells], error) {
	keys := make([]string, len(records))
	for i, r := range records {
		keys[i] = r.Order.ExternalID
	}
	return storedByKey(ctx, b, ordersTable, keys, func(key string) orderCells {
		return orderCells{Source: b.origin.source, ShopID: b.origin.shop, ExternalID: key}
	})
}
