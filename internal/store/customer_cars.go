package store

import (
	"context"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// Car is a vehicle with what was done on it and what was not.
type Car struct {
	outreach.Vehicle // the zero vehicle for orders that name none
	Sold             bool
	Visits           []Visit // the newest first
}

// Visit is one order with its lines.
type Visit struct {
	outreach.Order
	Lines []outreach.Line
}

// When is the day of the visit, as far as it is known.
func (v Visit) When() time.Time {
	if v.ClosedAt.IsZero() {
		return v.OpenedAt
	}
	return v.ClosedAt
}

// OpenItem is something left undone, with what the customer has said of it since.
type OpenItem struct {
	outreach.Item
	AnsweredAt time.Time
	Until      time.Time // asked to be reminded then
}

// fileVehicles reads the customer's vehicles, those they had before included, with
// this customer's visits alone: who had the car before or since is nobody's
// business here.
func fileVehicles(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) error {
	var vehicles []vehicleRow
	err := tx.SelectContext(ctx, &vehicles, `
		select v.id as vehicle_id, coalesce(v.customer_id, 0) as vehicle_owner, v.vin, v.plate, v.year, v.make, v.model from vehicles v
		where v.customer_id = $1 or v.id in (select vehicle_id from orders where customer_id = $1) order by v.id desc`, f.Customer.ID)
	if err != nil {
		return err
	}
	var rows []lineRow
	err = tx.SelectContext(ctx, &rows, `
		select coalesce(l.id, 0) as line_id, coalesce(l.name, '') as name, coalesce(l.finding, '') as finding,
		       coalesce(l.severity, '') as severity, coalesce(l.auth, '') as auth, coalesce(l.pay_type, '') as pay_type,
		       coalesce(l.price_minor, 0) as price_minor, coalesce(l.currency, '') as line_currency, l.done_at,
		       coalesce(l.decline_reason, '') as decline_reason, coalesce(l.decline_note, '') as decline_note, l.deferred_until,
		       o.id as order_id, o.source, o.shop_id, o.external_id, o.number, o.adviser, o.status, o.opened_at, o.closed_at,
		       o.voided_at, o.messages_blocked, coalesce(o.customer_id, 0) as customer_id, coalesce(o.vehicle_id, 0) as vehicle_id
		from orders o left join order_lines l on l.order_id = o.id
		where o.customer_id = $1 order by coalesce(o.closed_at, o.opened_at, o.created_at) desc, o.id desc, l.id`, f.Customer.ID)
	if err != nil {
		return err
	}
	visits := map[int64][]Visit{}
	for _, r := range rows {
		list := visits[r.VehicleID]
		if len(list) == 0 || list[len(list)-1].ID != r.OrderID {
			list = append(list, Visit{Order: *r.order(r.VehicleID)})
		}
		if last := &list[len(list)-1]; r.LineID != 0 {
			last.Lines = append(last.Lines, *r.item().Line)
		}
		visits[r.VehicleID] = list
	}
	for _, v := range vehicles {
		f.Cars = append(f.Cars, Car{Vehicle: *v.vehicle(), Sold: v.soldBy(f.Customer.ID), Visits: visits[v.VehicleID]})
	}
	if len(visits[0]) > 0 {
		f.Cars = append(f.Cars, Car{Visits: visits[0]})
	}
	// The car that came last is the one they speak of.
	slices.SortStableFunc(f.Cars, func(a, b Car) int { return b.last().Compare(a.last()) })
	return nil
}

func (c Car) last() time.Time {
	if len(c.Visits) == 0 {
		return time.Time{}
	}
	return c.Visits[0].When()
}

// fileOpen reads what the customer left undone, on orders and canceled ones.
func fileOpen(ctx context.Context, tx *sqlx.Tx, _ time.Time, f *File) error {
	var lines []struct {
		lineRow
		AnsweredAt Time `db:"answered_at"`
	}
	err := tx.SelectContext(ctx, &lines, `
		select `+lineColumns+`, l.answered_at
		from order_lines l join orders o on o.id = l.order_id left join vehicles v on v.id = o.vehicle_id
		left join follow_up_items i on i.line_id = l.id and i.released_at is null and not i.rehearsal
		where o.customer_id = $1 and l.auth in ('declined', 'not_authorized_at_close') and l.done_at is null and o.status <> 'voided'
		order by coalesce(l.declined_at, o.closed_at, o.opened_at) desc, l.id`, f.Customer.ID)
	if err != nil {
		return err
	}
	items, err := weighed(ctx, tx, lines)
	if err != nil {
		return err
	}
	for i, it := range items {
		if !it.DoneHere {
			f.Open = append(f.Open, OpenItem{Item: it, AnsweredAt: lines[i].AnsweredAt.Time, Until: lines[i].AnswerUntil.Time})
		}
	}
	var canceled []struct {
		canceledRow
		AnsweredAt Time `db:"answered_at"`
	}
	err = tx.SelectContext(ctx, &canceled, `
		select `+canceledColumns+`, x.answered_at
		from canceled_orders x left join vehicles v on v.id = x.vehicle_id
		left join follow_up_items i on i.canceled_order_id = x.id and i.released_at is null and not i.rehearsal
		where x.customer_id = $1 and x.reopened_at is null order by x.canceled_at desc, x.id`, f.Customer.ID)
	for _, r := range canceled {
		f.Open = append(f.Open, OpenItem{Item: r.item(), AnsweredAt: r.AnsweredAt.Time})
	}
	return err
}
