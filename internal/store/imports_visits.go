package store

import (
	"context"
	"fmt"
	"time"
)

// visit places an order or canceled order in time. Files come in any order:
// what a later visit said about a customer or a vehicle stands against what an
// earlier one says.
type visit struct {
	at       time.Time
	canceled bool
	id       int64 // 0 while it is not stored; such a one comes after those that are
}

// notBefore orders visits of the same instant as well, always in the same way,
// so that importing the same records again finds the same one to be the last.
func (v visit) notBefore(o visit) bool {
	switch {
	case !v.at.Equal(o.at):
		return v.at.After(o.at)
	case v.canceled != o.canceled:
		return o.canceled
	case v.id == 0 || o.id == 0:
		return v.id == 0
	}
	return v.id >= o.id
}

// newest remembers the last visit of each customer or vehicle.
type newest[K comparable] map[K]visit

// take notes a visit and reports whether none is known to be later.
func (n newest[K]) take(k K, v visit) bool {
	last, have := n[k]
	if have && !v.notBefore(last) {
		return false
	}
	n[k] = v
	return true
}

// newestVisits returns the last stored visit by customer ("customer_id") or by
// vehicle ("vehicle_id").
func (b *intake) newestVisits(ctx context.Context, column string, ids []int64) (map[int64]visit, error) {
	ids = unique(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	var a args
	list := in(&a, ids)
	var found []struct {
		Key      int64 `db:"key"`
		At       Time  `db:"at"`
		Canceled bool  `db:"canceled"`
		ID       int64 `db:"id"`
	}
	err := b.tx.SelectContext(ctx, &found, `
		select key, at, canceled, id from (
		    select s.*, row_number() over (partition by key order by at is null, at desc, canceled, id desc) as place from (
		        select `+column+` as key, coalesce(closed_at, opened_at) as at, false as canceled, id
		        from orders where `+column+` in `+list+`
		        union all
		        select `+column+`, coalesce(canceled_at, placed_at), true, id
		        from canceled_orders where `+column+` in `+list+`) s) p
		where place = 1`, a.list...)
	if err != nil {
		return nil, fmt.Errorf("read last visits: %w", err)
	}
	out := make(map[int64]visit, len(found))
	for _, f := range found {
		out[f.Key] = visit{at: f.At.Time, canceled: f.Canceled, id: f.ID}
	}
	return out, nil
}

// leads tells for each record whether it has the last word on its customer.
// An earlier one only completes what is known.
func (b *intake) leads(ctx context.Context, who []*person, visits []visit) ([]bool, error) {
	stored, err := b.newestVisits(ctx, "customer_id", idsOf(who))
	if err != nil {
		return nil, err
	}
	last := make(newest[*person])
	for _, p := range who {
		if p != nil && p.id != 0 {
			if v, have := stored[p.id]; have {
				last[p] = v
			}
		}
	}
	out := make([]bool, len(who))
	for i, p := range who {
		if p != nil {
			out[i] = last.take(p, visits[i])
		}
	}
	return out, nil
}

// visitOf dates an order as newestVisits does.
func visitOf(o *kept[orderCells]) visit {
	at := o.is.ClosedAt
	if at.IsZero() {
		at = o.is.OpenedAt
	}
	return visit{at: at.Time, id: o.id}
}

func visitOfCanceled(o *kept[canceledCells]) visit {
	at := o.is.CanceledAt
	if at.IsZero() {
		at = o.is.PlacedAt
	}
	return visit{at: at.Time, canceled: true, id: o.id}
}
