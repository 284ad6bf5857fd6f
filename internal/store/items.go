package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/courtesyd/courtesyd/internal/outreach"
)

// lineRow is an open line with its order, its vehicle and its follow-up.
type lineRow struct {
	LineID          int64  `db:"line_id"`
	LineExternalID  string `db:"line_external_id"`
	Name            string `db:"name"`
	Finding         string `db:"finding"`
	OpCode          string `db:"op_code"`
	Category        string `db:"category"`
	Severity        string `db:"severity"`
	Auth            string `db:"auth"`
	Trigger         string `db:"deferral_trigger"`
	DeclineReason   string `db:"decline_reason"`
	DeclineNote     string `db:"decline_note"`
	DeclinedAt      Time   `db:"declined_at"`
	DeferredUntil   Time   `db:"deferred_until"`
	PriceMinor      int64  `db:"price_minor"`
	LineCurrency    string `db:"line_currency"`
	PriceValidUntil Time   `db:"price_valid_until"`
	PayType         string `db:"pay_type"`
	DoneAt          Time   `db:"done_at"`
	RefusedAgain    int    `db:"refused_again"`
	Answer          string `db:"answer"`
	AnswerUntil     Time   `db:"answer_until"`
	orderRow
	vehicleRow
	FollowUpID int64 `db:"follow_up_id"`
}

type orderRow struct {
	OrderID         int64  `db:"order_id"`
	Source          string `db:"source"`
	ShopID          string `db:"shop_id"`
	ExternalID      string `db:"external_id"`
	Number          string `db:"number"`
	CustomerID      int64  `db:"customer_id"`
	Adviser         string `db:"adviser"`
	Status          string `db:"status"`
	OpenedAt        Time   `db:"opened_at"`
	ClosedAt        Time   `db:"closed_at"`
	VoidedAt        Time   `db:"voided_at"`
	MessagesBlocked bool   `db:"messages_blocked"`
}

type vehicleRow struct {
	VehicleID    int64  `db:"vehicle_id"`
	VehicleOwner int64  `db:"vehicle_owner"`
	VIN          string `db:"vin"`
	Plate        string `db:"plate"`
	Year         int    `db:"year"`
	Make         string `db:"make"`
	Model        string `db:"model"`
}

const lineColumns = `
	l.id as line_id, l.external_id as line_external_id, l.name, l.finding, l.op_code, l.category,
	l.severity, l.auth, l.deferral_trigger, l.decline_reason, l.decline_note, l.declined_at, l.deferred_until,
	l.price_minor, l.currency as line_currency, l.price_valid_until, l.pay_type, l.done_at, l.refused_again,
	l.answer, l.answer_until,
	o.id as order_id, o.source, o.shop_id, o.external_id, o.number, coalesce(o.customer_id, 0) as customer_id,
	o.adviser, o.status, o.opened_at, o.closed_at, o.voided_at, o.messages_blocked,` + vehicleColumns

const vehicleColumns = `
	coalesce(v.id, 0) as vehicle_id, coalesce(v.customer_id, 0) as vehicle_owner, coalesce(v.vin, '') as vin,
	coalesce(v.plate, '') as plate, coalesce(v.year, 0) as year, coalesce(v.make, '') as make,
	coalesce(v.model, '') as model, coalesce(i.follow_up_id, 0) as follow_up_id`

func (r lineRow) item() outreach.Item {
	it := outreach.Item{
		Line: &outreach.Line{
			ID: r.LineID, OrderID: r.OrderID, ExternalID: r.LineExternalID, Name: r.Name, Finding: r.Finding,
			OpCode: r.OpCode, Category: r.Category, Severity: outreach.Severity(r.Severity),
			Authorization: outreach.Authorization(r.Auth), Trigger: outreach.DeferralTrigger(r.Trigger),
			DeclineReason: outreach.DeclineReason(r.DeclineReason), DeclineNote: r.DeclineNote,
			DeclinedAt: r.DeclinedAt.Time, DeferredUntil: r.DeferredUntil.Time,
			Price:           outreach.Money{Minor: r.PriceMinor, Currency: r.LineCurrency},
			PriceValidUntil: r.PriceValidUntil.Time, PayType: r.PayType, DoneAt: r.DoneAt.Time,
			RefusedAgain: r.RefusedAgain,
		},
		Order:      r.order(r.VehicleID),
		Vehicle:    r.vehicle(),
		NotOwned:   r.soldBy(r.CustomerID),
		FollowUpID: r.FollowUpID,
		Answer:     outreach.Action(r.Answer),
	}
	r.overlay(it.Line)
	return it
}

// overlay puts what the customer said since the visit over what the source of
// the order says, which knows nothing of it.
func (r lineRow) overlay(l *outreach.Line) {
	switch outreach.Action(r.Answer) {
	case outreach.ActionElsewhere:
		l.DeclineReason = outreach.ReasonDoneElsewhere
	case outreach.ActionSold:
		l.DeclineReason = outreach.ReasonNoLongerOwns
	case outreach.ActionLater:
		l.DeferredUntil = r.AnswerUntil.Time
	}
}

func (r orderRow) order(vehicleID int64) *outreach.Order {
	return &outreach.Order{
		ID: r.OrderID, Source: r.Source, ShopID: r.ShopID, ExternalID: r.ExternalID, Number: r.Number,
		CustomerID: r.CustomerID, VehicleID: vehicleID, Adviser: r.Adviser,
		Status: outreach.OrderStatus(r.Status), OpenedAt: r.OpenedAt.Time, ClosedAt: r.ClosedAt.Time,
		VoidedAt: r.VoidedAt.Time, MessagesBlocked: r.MessagesBlocked,
	}
}

func (r vehicleRow) vehicle() *outreach.Vehicle {
	if r.VehicleID == 0 {
		return nil
	}
	return &outreach.Vehicle{
		ID: r.VehicleID, CustomerID: r.VehicleOwner, VIN: r.VIN, Plate: r.Plate,
		Year: r.Year, Make: r.Make, Model: r.Model,
	}
}

// soldBy reports whether the vehicle is known to belong to somebody else now.
func (r vehicleRow) soldBy(customerID int64) bool {
	return r.VehicleOwner != 0 && customerID != 0 && r.VehicleOwner != customerID
}

// canceledRow is a canceled order with its vehicle and its follow-up.
type canceledRow struct {
	ID         int64  `db:"id"`
	Source     string `db:"source"`
	ShopID     string `db:"shop_id"`
	ExternalID string `db:"external_id"`
	Number     string `db:"number"`
	Kind       string `db:"kind"`
	CustomerID int64  `db:"customer_id"`
	What       string `db:"what"`
	TotalMinor int64  `db:"total_minor"`
	Currency   string `db:"currency"`
	Reason     string `db:"reason"`
	ReasonText string `db:"reason_text"`
	CanceledBy string `db:"canceled_by"`
	PlacedAt   Time   `db:"placed_at"`
	CanceledAt Time   `db:"canceled_at"`
	ReopenedAt Time   `db:"reopened_at"`

	Answer       string `db:"answer"`
	AnswerReason string `db:"answer_reason"`
	vehicleRow
	FollowUpID int64 `db:"follow_up_id"`
}

const canceledColumns = `
	x.id, x.source, x.shop_id, x.external_id, x.number, x.kind, coalesce(x.customer_id, 0) as customer_id, x.what,
	x.total_minor, x.currency, x.reason, x.reason_text, x.canceled_by, x.placed_at, x.canceled_at,
	x.reopened_at, x.answer, x.answer_reason,` + vehicleColumns

func (r canceledRow) item() outreach.Item {
	return outreach.Item{
		Canceled: &outreach.CanceledOrder{
			ID: r.ID, Source: r.Source, ShopID: r.ShopID, ExternalID: r.ExternalID, Number: r.Number,
			Kind: outreach.CancelKind(r.Kind), CustomerID: r.CustomerID, VehicleID: r.VehicleID, What: r.What,
			Total:  outreach.Money{Minor: r.TotalMinor, Currency: r.Currency},
			Reason: cmp.Or(r.AnswerReason, r.Reason), ReasonText: r.ReasonText, CanceledBy: r.CanceledBy,
			PlacedAt: r.PlacedAt.Time, CanceledAt: r.CanceledAt.Time, ReopenedAt: r.ReopenedAt.Time,
		},
		Vehicle:    r.vehicle(),
		NotOwned:   r.soldBy(r.CustomerID),
		FollowUpID: r.FollowUpID,
		Answer:     outreach.Action(r.Answer),
	}
}

// sibling is a line of the same vehicle, open or not.
type sibling struct {
	VehicleID    int64  `db:"vehicle_id"`
	OrderID      int64  `db:"order_id"`
	Name         string `db:"name"`
	OpCode       string `db:"op_code"`
	ServiceKey   string `db:"service_key"`
	Auth         string `db:"auth"`
	RefusedAgain int    `db:"refused_again"`
	Status       string `db:"status"`
	OpenedAt     Time   `db:"opened_at"`
	ClosedAt     Time   `db:"closed_at"`
}

// weighed returns the lines of rows with what the rest of the vehicle's history
// says: how often the customer said no to the same service, and whether it was
// done on a later order, at whichever shop of the installation.
func weighed[R interface{ item() outreach.Item }](ctx context.Context, tx *sqlx.Tx, rows []R) ([]outreach.Item, error) {
	items := make([]outreach.Item, len(rows))
	var vehicles []int64
	for i, r := range rows {
		items[i] = r.item()
		items[i].Refusals = refusalsOf(*items[i].Line)
		if v := items[i].Vehicle; v != nil {
			vehicles = append(vehicles, v.ID)
		}
	}
	history, err := historyOf(ctx, tx, unique(vehicles))
	if err != nil {
		return nil, err
	}
	for i := range items {
		if v := items[i].Vehicle; v != nil {
			weighOne(&items[i], history[v.ID])
		}
	}
	return items, nil
}

// historyOf reads the lines of vehicles, by vehicle.
func historyOf(ctx context.Context, tx *sqlx.Tx, vehicles []int64) (map[int64][]sibling, error) {
	if len(vehicles) == 0 {
		return nil, nil
	}
	var a args
	var rows []sibling
	err := tx.SelectContext(ctx, &rows, `
		select o.vehicle_id, o.id as order_id, l.name, l.op_code, l.service_key, l.auth, l.refused_again,
		       o.status, o.opened_at, o.closed_at
		from order_lines l join orders o on o.id = l.order_id
		where o.vehicle_id in `+in(&a, vehicles), a.list...)
	if err != nil {
		return nil, fmt.Errorf("read vehicle history: %w", err)
	}
	byVehicle := make(map[int64][]sibling)
	for _, r := range rows {
		byVehicle[r.VehicleID] = append(byVehicle[r.VehicleID], r)
	}
	return byVehicle, nil
}

func refusalsOf(l outreach.Line) int {
	n := l.RefusedAgain
	if l.Authorization == outreach.Declined {
		n++
	}
	return n
}

func weighOne(it *outreach.Item, history []sibling) {
	key := outreach.ServiceKey(*it.Line)
	since := it.Order.OpenedAt
	if since.IsZero() {
		since = it.Day() // a report of closed orders seldom says when they were opened
	}
	var lastDone time.Time // before this item came about
	var same []sibling
	for _, s := range history {
		if s.key() != key || s.Status == string(outreach.OrderVoided) {
			continue
		}
		same = append(same, s)
		if outreach.Authorization(s.Auth) != outreach.Authorized || s.OrderID == it.Order.ID {
			continue
		}
		if when := s.when(); !when.Before(since) {
			it.DoneHere = true
		} else if when.After(lastDone) {
			lastDone = when
		}
	}
	it.Refusals = refusalsSince(lastDone, same)
}

// refusalsSince counts the visits at which the customer said no, and the times
// since. A no before the work was last done was about the part that has gone.
func refusalsSince(lastDone time.Time, same []sibling) int {
	visits := make(map[int64]bool)
	n := 0
	for _, s := range same {
		if s.when().Before(lastDone) {
			continue
		}
		if outreach.Authorization(s.Auth) == outreach.Declined && !visits[s.OrderID] {
			visits[s.OrderID] = true
			n++
		}
		n += s.RefusedAgain
	}
	return n
}

func (s sibling) key() string {
	if s.ServiceKey != "" {
		return s.ServiceKey
	}
	return outreach.ServiceKey(outreach.Line{Name: s.Name, OpCode: s.OpCode})
}

// when is the day of the visit, as far as it is known.
func (s sibling) when() time.Time {
	if s.ClosedAt.IsZero() {
		return s.OpenedAt.Time
	}
	return s.ClosedAt.Time
}
